import type { HttpConnectionManager } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { TcpProxy } from '@weft/proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy';
import type { ExtensionCategory } from '../config/extension-category.ts';
import { POLICY_NETWORK_FILTERS } from '../filters/network/all.ts';
import { compileConnectionManager } from '../http/connection-manager.ts';
import type { NetworkFilterCompiler } from './network-filter.ts';
import { compileTcpProxy } from './tcp-proxy.ts';

const LATER = 'it is not there yet';

const CONNECTION_MANAGER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.http_connection_manager',
  typeName: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  isTerminal: true,
  compile: (message, path, context) => compileConnectionManager(message as HttpConnectionManager, path, context),
};

const TCP_PROXY: NetworkFilterCompiler = {
  name: 'envoy.filters.network.tcp_proxy',
  typeName: 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  isTerminal: true,
  compile: (message, path, context) => compileTcpProxy(message as TcpProxy, path, context),
};

/** All network filters, in the order in which the documentation lists them. */
export const NETWORK_FILTERS: ExtensionCategory<unknown, NetworkFilterCompiler> = {
  name: 'envoy.filters.network',
  what: 'network filter',
  supported: [...POLICY_NETWORK_FILTERS, CONNECTION_MANAGER, TCP_PROXY],
  refused: {
    'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz': LATER,
    'envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy': 'use tcp_proxy: MongoDB is not understood',
    'envoy.extensions.filters.network.ratelimit.v3.RateLimit': LATER,
    'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy': 'use tcp_proxy: Redis is not understood',
    'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig': LATER,
    'envoy.extensions.filters.network.wasm.v3.Wasm': 'programs are not run within the proxy',
  },
};

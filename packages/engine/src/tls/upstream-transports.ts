import type { ProxyProtocolUpstreamTransport } from '@weft/proto/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol';
import type { UpstreamTlsContext } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { isMissing } from '../compile/matchers/outcome.ts';
import { compileProxyProtocol, type ProxyProtocolVersion } from '../compile/proxy-protocol.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { ExtensionCategory } from '../config/extension-category.ts';
import {
  compileTransportSocket,
  RAW_TRANSPORT,
  REFUSED_TRANSPORTS,
  type TransportRuntime,
} from './transport-socket.ts';
import { compileUpstreamTls, type UpstreamTlsRuntime } from './upstream-tls.ts';

/** What is supported of the PROXY protocol towards upstreams. */
export const UPSTREAM_PROXY_PROTOCOL_SUPPORT = [
  supports<ProxyProtocolUpstreamTransport>(
    'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
    {
      config: true,
      transportSocket: true,
      allowUnspecifiedAddress: 'leave it out',
      tlvAsPoolKey: 'values of the PROXY protocol are not sent upstream',
    },
  ),
];

/** Connections that begin with a PROXY header. */
export interface UpstreamProxyProtocolRuntime {
  readonly kind: 'proxyProtocol';
  readonly version: ProxyProtocolVersion;
  /** What comes after the header. */
  readonly inner: UpstreamTransport;
}

/** How the bytes of an upstream connection are carried. */
export type UpstreamTransport = TransportRuntime<UpstreamTlsRuntime | UpstreamProxyProtocolRuntime>;

/** All transport sockets for upstream connections. */
export const UPSTREAM_TRANSPORTS: ExtensionCategory<UpstreamTransport> = {
  name: 'envoy.transport_sockets.upstream',
  what: 'upstream transport socket',
  supported: [
    {
      name: 'envoy.transport_sockets.tls',
      typeName: 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      compile: (message, path, context) => compileUpstreamTls(message as UpstreamTlsContext, path, context),
    },
    {
      name: 'envoy.transport_sockets.raw_buffer',
      typeName: 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
      compile: () => RAW_TRANSPORT,
    },
    {
      name: 'envoy.transport_sockets.upstream_proxy_protocol',
      typeName: 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
      compile: (message, path, context) =>
        compileUpstreamProxyProtocol(message as ProxyProtocolUpstreamTransport, path, context),
    },
  ],
  refused: {
    ...REFUSED_TRANSPORTS,
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext': 'it is for listeners: use UpstreamTlsContext',
    'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport':
      'connections through an HTTP proxy are made by the tunneling_config of tcp_proxy',
  },
};

/** Sockets within sockets are decoded to a bounded depth, so the recursion is bounded too. */
function compileUpstreamProxyProtocol(
  { config, transportSocket }: ProxyProtocolUpstreamTransport,
  path: string,
  context: ConfigContext,
): UpstreamProxyProtocolRuntime | undefined {
  if (transportSocket === undefined) return isMissing(path, 'transport_socket', context);
  const version = config === undefined ? 'v1' : compileProxyProtocol(config, `${path}.config`, context);
  const inner = compileTransportSocket(transportSocket, UPSTREAM_TRANSPORTS, `${path}.transport_socket`, context);
  return version && inner && Object.freeze({ kind: 'proxyProtocol', version, inner });
}

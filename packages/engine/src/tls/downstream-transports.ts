import type { DownstreamTlsContext } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import type { ExtensionCategory } from '../config/extension-category.ts';
import { compileDownstreamTls, type DownstreamTlsRuntime } from './downstream-tls.ts';
import { RAW_TRANSPORT, REFUSED_TRANSPORTS, type TransportRuntime } from './transport-socket.ts';

/** How the bytes of a downstream connection are carried. */
export type DownstreamTransport = TransportRuntime<DownstreamTlsRuntime>;

/** All transport sockets for downstream connections. */
export const DOWNSTREAM_TRANSPORTS: ExtensionCategory<DownstreamTransport> = {
  name: 'envoy.transport_sockets.downstream',
  what: 'downstream transport socket',
  supported: [
    {
      name: 'envoy.transport_sockets.tls',
      typeName: 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      compile: (message, path, context) => compileDownstreamTls(message as DownstreamTlsContext, path, context),
    },
    {
      name: 'envoy.transport_sockets.raw_buffer',
      typeName: 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
      compile: () => RAW_TRANSPORT,
    },
  ],
  refused: {
    ...REFUSED_TRANSPORTS,
    'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport':
      'it is for clusters: use the listener filter envoy.filters.listener.proxy_protocol',
    'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext': 'it is for clusters: use DownstreamTlsContext',
  },
};

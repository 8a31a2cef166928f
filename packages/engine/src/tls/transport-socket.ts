import type { TransportSocket } from '@weft/proto/envoy/config/core/v3/base';
import type { RawBuffer } from '@weft/proto/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';

/** What is supported of transport sockets, beside TLS. */
export const TRANSPORT_SOCKET_SUPPORT = [
  supports<TransportSocket>('envoy.config.core.v3.TransportSocket', {
    name: true,
    configType: { typedConfig: true },
  }),
  supports<RawBuffer>('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {}),
];

/** How the bytes of a connection are carried. */
export type TransportRuntime<T> = { readonly kind: 'raw' } | T;

/** Plain TCP. */
export const RAW_TRANSPORT: { readonly kind: 'raw' } = Object.freeze({ kind: 'raw' });

/** Compiles a transport socket; undefined when there was a problem. Without a message it is plain TCP. */
export function compileTransportSocket<T extends object>(
  message: TransportSocket | undefined,
  category: ExtensionCategory<TransportRuntime<T>>,
  path: string,
  context: ConfigContext,
): TransportRuntime<T> | undefined {
  if (message === undefined) return RAW_TRANSPORT;
  const holder = { name: message.name, typedConfig: message.configType.value };
  return compileExtension(category, holder, path, context)?.config;
}

/** Transport sockets that neither role has. */
export const REFUSED_TRANSPORTS: Readonly<Record<string, string>> = {
  'envoy.extensions.transport_sockets.alts.v3.Alts': "Google's ALTS is not spoken: use TLS",
  'envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport':
    'internal listeners are connected to directly: leave it out',
  'envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport': 'HTTP/3 is not spoken',
  'envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport': 'HTTP/3 is not spoken',
  'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig': 'connections are TLS from their beginning, or never',
  'envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig':
    'connections are TLS from their beginning, or never',
  'envoy.extensions.transport_sockets.tap.v3.Tap': 'connections are not recorded',
  'envoy.extensions.transport_sockets.tcp_stats.v3.Config': 'Node.js does not tell what TCP measures',
};

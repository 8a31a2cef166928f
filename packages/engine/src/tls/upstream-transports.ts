import type { ExtensionCategory } from '../config/extension-category.ts';
import { RAW_TRANSPORT, type TransportRuntime } from './transport-socket.ts';

/** How the bytes of an upstream connection are carried. */
export type UpstreamTransport = TransportRuntime<never>;

/** All transport sockets for upstream connections. */
export const UPSTREAM_TRANSPORTS: ExtensionCategory<UpstreamTransport> = {
  name: 'envoy.transport_sockets.upstream',
  what: 'upstream transport socket',
  supported: [
    {
      name: 'envoy.transport_sockets.raw_buffer',
      typeName: 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
      compile: () => RAW_TRANSPORT,
    },
  ],
  refused: {},
};

import type { ExtensionCategory } from '../config/extension-category.ts';
import { RAW_TRANSPORT, type TransportRuntime } from './transport-socket.ts';

/** How the bytes of a downstream connection are carried. */
export type DownstreamTransport = TransportRuntime<never>;

/** All transport sockets for downstream connections. */
export const DOWNSTREAM_TRANSPORTS: ExtensionCategory<DownstreamTransport> = {
  name: 'envoy.transport_sockets.downstream',
  what: 'downstream transport socket',
  supported: [
    {
      name: 'envoy.transport_sockets.raw_buffer',
      typeName: 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
      compile: () => RAW_TRANSPORT,
    },
  ],
  refused: {},
};

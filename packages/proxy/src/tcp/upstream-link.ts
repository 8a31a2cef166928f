import type { ByteStream } from '../transport/byte-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';

/** The upstream side of a proxied connection: a connection of its own, or a tunnel in a request; being made, or made. */
export interface UpstreamLink {
  /** Only once it is there. */
  readonly stream: ByteStream;
  /** Of the connection that carries it. */
  readonly info: ConnectionInfo;
  /** Gives up an attempt: no callback follows. */
  cancel(): void;
  /** Who uses it tells by this that it has gone; once. */
  closed(isRemote: boolean): void;
}

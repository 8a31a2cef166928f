import type { ByteSink, ByteStream } from '../transport/byte-stream.ts';

const NOBODY: ByteSink = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

/** Closes a connection that nobody wants. */
export function discard(stream: ByteStream): void {
  stream.attach(NOBODY);
  stream.destroy();
}

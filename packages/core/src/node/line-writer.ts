import type { Writable } from 'node:stream';

/** Lines waiting for a reader that does not keep up; beyond this they are dropped and counted. */
const MAX_WAITING_BYTES = 1_048_576;

/** Writes log lines to a stream without ever holding more than a bounded amount for a slow reader. */
export class LineWriter {
  readonly #stream: Writable;
  readonly #maxWaitingBytes: number;
  #droppedCount = 0;
  #untoldDrops = 0;
  #isBroken = false;

  constructor(stream: Writable, maxWaitingBytes: number = MAX_WAITING_BYTES) {
    this.#stream = stream;
    this.#maxWaitingBytes = maxWaitingBytes;
    // The reader may go away (`weft ... | head`); a program must not die because nobody reads its log.
    stream.on('error', () => {
      this.#isBroken = true;
    });
  }

  /** Lines dropped so far, because the reader was slow or gone. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Takes one line with its line end; usable as a logger's `write`. */
  readonly write = (line: string): void => {
    if (this.#isBroken || this.#stream.writableLength > this.#maxWaitingBytes) {
      this.#droppedCount += 1;
      this.#untoldDrops += 1;
      return;
    }
    if (this.#untoldDrops > 0) {
      this.#stream.write(`... ${this.#untoldDrops} log lines dropped: the reader is too slow\n`);
      this.#untoldDrops = 0;
    }
    this.#stream.write(line);
  };
}

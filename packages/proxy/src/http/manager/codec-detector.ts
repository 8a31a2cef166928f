import type { ByteSink, ByteStream, StreamFault } from '../../transport/byte-stream.ts';

/** What every HTTP/2 client says first (RFC 9113 §3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Looks at the first bytes of a connection to learn which version of HTTP it speaks. */
export class CodecDetector implements ByteSink {
  readonly #onDetected: (isHttp2: boolean, first: Buffer) => void;
  readonly #onClosed: (fault: StreamFault | undefined) => void;
  readonly #stream: ByteStream;
  #first = Buffer.alloc(0);

  constructor(
    stream: ByteStream,
    onDetected: (isHttp2: boolean, first: Buffer) => void,
    onClosed: (fault: StreamFault | undefined) => void,
  ) {
    this.#stream = stream;
    this.#onDetected = onDetected;
    this.#onClosed = onClosed;
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    // Nearly always the first read decides, and its bytes need not be copied.
    if (this.#first.length === 0) {
      const matching = matchingBytes(bytes, start, end);
      if (matching < Math.min(end - start, PREFACE.length)) this.#onDetected(false, bytes.subarray(start, end));
      else if (matching === PREFACE.length) this.#onDetected(true, bytes.subarray(start, end));
      else this.#first = Buffer.from(bytes.subarray(start, end));
      return;
    }
    this.#first = Buffer.concat([this.#first, bytes.subarray(start, end)]);
    const matching = matchingBytes(this.#first, 0, this.#first.length);
    if (matching < Math.min(this.#first.length, PREFACE.length)) this.#onDetected(false, this.#first);
    else if (matching === PREFACE.length) this.#onDetected(true, this.#first);
  }

  onEnd(): void {
    this.#stream.destroy();
  }

  onDrain(): void {
    // Nothing has been sent yet.
  }

  onClose(fault: StreamFault | undefined): void {
    this.#onClosed(fault);
  }
}

/** How many bytes from `start` are those of the preface. */
function matchingBytes(bytes: Buffer, start: number, end: number): number {
  const length = Math.min(end - start, PREFACE.length);
  for (let i = 0; i < length; i++) if (bytes[start + i] !== PREFACE[i]) return i;
  return length;
}

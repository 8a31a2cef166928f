/** The bytes of a connection that is carried in an HTTP exchange: what is written goes into one body, what is read comes from the other. */
import type { ConnectionView } from '@weft/engine';
import type { ByteSink, ByteStream } from '../transport/byte-stream.ts';
import { runLater } from '../transport/turn.ts';
import type { BodyReceiver, BodySender, StreamReset } from './codec.ts';

const NOTHING = Buffer.alloc(0);
const FIRST_OUT = 4096;

/** See the file's head. It is attached in the callback that brought it: the codec brings the first bytes right after that. */
export class TunnelStream implements ByteStream, BodyReceiver {
  readonly connection: ConnectionView;
  out: Buffer = NOTHING;
  isCongested = false;
  isClosed = false;
  bytesRead = 0;
  bytesWritten = 0;
  pendingBytes = 0;
  /** Without effect: the connection below sends everything of a turn at once. */
  isBatching = false;
  readonly #sender: BodySender;
  #sink: ByteSink | undefined;
  #isEnding = false;
  #isReceived = false;

  constructor(sender: BodySender, connection: ConnectionView) {
    this.#sender = sender;
    this.connection = connection;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
  }

  room(bytes: number): number {
    if (bytes > this.out.length) this.out = Buffer.allocUnsafeSlow(Math.max(bytes, FIRST_OUT, this.out.length * 2));
    return 0;
  }

  commit(end: number): void {
    this.write(this.out, 0, end);
  }

  write(bytes: Buffer, start: number, end: number): void {
    if (this.isClosed || this.#isEnding || start === end) return;
    const length = end - start;
    this.bytesWritten += length;
    if (this.#sender.sendData(bytes, start, end, false)) return;
    this.isCongested = true;
    this.pendingBytes += length;
  }

  /** The connection below sends by itself. */
  flush(): void {}

  pause(): void {
    if (!this.isClosed) this.#sender.pause();
  }

  resume(): void {
    if (!this.isClosed) this.#sender.resume();
  }

  end(): void {
    if (this.isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#sender.sendData(NOTHING, 0, 0, true);
    if (this.#isReceived) this.#closeLater();
  }

  destroy(isAbrupt = false): void {
    if (this.isClosed) return;
    // When both ends have ended, what is queued still goes out, and the exchange ends by itself. A reset is one on the other side too (RFC 9113 §8.5).
    if (isAbrupt || !this.#isEnding || !this.#isReceived) this.#sender.reset(isAbrupt ? 'connectError' : 'cancel');
    this.#closeLater();
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isClosed) return;
    if (end > start) {
      this.bytesRead += end - start;
      this.#sink?.onBytes(bytes, start, end);
    }
    if (endStream) this.#received();
  }

  /** A connection has none: they are its end. */
  onTrailers(): void {
    this.#received();
  }

  onReset({ kind, details }: StreamReset): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#sink?.onClose({ kind: 'reset', message: details === '' ? kind : details });
  }

  onDrain(): void {
    if (this.isClosed) return;
    this.isCongested = false;
    this.pendingBytes = 0;
    this.#sink?.onDrain();
  }

  #received(): void {
    if (this.isClosed || this.#isReceived) return;
    this.#isReceived = true;
    this.#sink?.onEnd();
    if (this.#isEnding) this.#closeLater();
  }

  /** Nothing is called back from inside a call. */
  #closeLater(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    runLater(() => this.#sink?.onClose(undefined));
  }
}

/** A ByteStream on any Duplex: where Node's handles are not known, for streams inside other connections, and for pipes inside the process. */
import type { Duplex } from 'node:stream';
import type { ByteSink, ByteStream, StreamFault } from './byte-stream.ts';
import type { EndingConnection } from './connection-info.ts';
import { giveOutputBuffer, OUTPUT_BUFFER_BYTES } from './output-buffers.ts';
import { HIGH_WATER_BYTES, OutputQueue } from './output-queue.ts';
import { resetSocket } from './reset-socket.ts';
import { faultOfError } from './system-error.ts';
import { flushLater, inCallback } from './turn.ts';

/** See the file's head. */
export class DuplexStream implements ByteStream {
  readonly connection: EndingConnection;
  isBatching = false;
  isClosed = false;
  bytesRead = 0;
  readonly #duplex: Duplex;
  readonly #listeners = {
    data: (bytes: Buffer) => this.#onData(bytes),
    end: () => this.#onEnd(),
    drain: () => this.#onDrain(),
    error: (error: Error) => this.#fail(error),
    close: () => this.#onClose(),
  };
  readonly #queue = new OutputQueue();
  /** Bytes that the duplex was given. */
  #given = 0;
  #isFlushDue = false;
  #sink: ByteSink | undefined;
  #isPaused = false;
  #isEnding = false;
  #hasEnded = false;
  #isPeerDone = false;
  #fault: StreamFault | undefined;

  constructor(duplex: Duplex, connection: EndingConnection) {
    this.connection = connection;
    this.#duplex = duplex;
    // An error may come before a sink does.
    duplex.on('error', this.#listeners.error);
    duplex.on('close', this.#listeners.close);
  }

  get out(): Buffer {
    return this.#queue.out;
  }

  get pendingBytes(): number {
    return this.#queue.pendingBytes + this.#duplex.writableLength;
  }

  get bytesWritten(): number {
    return this.#given - this.#duplex.writableLength;
  }

  get isCongested(): boolean {
    return this.#duplex.writableNeedDrain && this.pendingBytes >= HIGH_WATER_BYTES;
  }

  attach(sink: ByteSink): void {
    const isFirst = this.#sink === undefined;
    this.#sink = sink;
    if (!isFirst) return;
    this.#duplex.on('data', this.#listeners.data);
    this.#duplex.on('end', this.#listeners.end);
    this.#duplex.on('drain', this.#listeners.drain);
    // It may have been accepted paused, and a listener alone does not start what was paused.
    if (!this.#isPaused) this.#duplex.resume();
  }

  room(bytes: number): number {
    return this.#queue.room(bytes);
  }

  commit(end: number): void {
    this.#queue.commit(end);
    this.#flushInTime();
  }

  write(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.#queue.write(bytes, start, end);
    this.#flushInTime();
  }

  flush(): void {
    this.#isFlushDue = false;
    if (this.isClosed) {
      this.#queue.clear();
      return;
    }
    for (let filled = this.#queue.take(); filled !== undefined; filled = this.#queue.take()) {
      // The stream keeps what it is given for as long as it likes: a full buffer is given away, of another a copy.
      const used = this.#queue.takenBytes;
      const bytes = filled.view(used);
      if (used * 2 >= OUTPUT_BUFFER_BYTES) this.#duplex.write(bytes);
      else {
        this.#duplex.write(Buffer.from(bytes));
        giveOutputBuffer(filled);
      }
      this.#given += used;
    }
    if (this.#isEnding && !this.#hasEnded) {
      this.#hasEnded = true;
      this.#duplex.end();
    }
  }

  pause(): void {
    this.#isPaused = true;
    this.#duplex.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#sink !== undefined) this.#duplex.resume();
  }

  end(): void {
    if (this.#isEnding || this.isClosed) return;
    this.#isEnding = true;
    if (!this.#isFlushDue) this.#flushLater();
  }

  destroy(isAbrupt = false): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#queue.clear();
    if (isAbrupt) resetSocket(this.#duplex);
    else this.#duplex.destroy();
  }

  /** Gives the connection away; the stream is not used any more. */
  detach(): Duplex {
    this.isClosed = true;
    this.#sink = undefined;
    // Sockets listen to themselves: only what was added here is taken away.
    for (const [event, listener] of Object.entries(this.#listeners)) this.#duplex.off(event, listener);
    this.#duplex.pause();
    return this.#duplex;
  }

  /** At the end of the turn; but whoever writes on and on within one turn must learn whether the peer takes it. */
  #flushInTime(): void {
    if (!this.#isFlushDue) this.#flushLater();
    if (this.#queue.pendingBytes >= HIGH_WATER_BYTES) this.flush();
  }

  #flushLater(): void {
    this.#isFlushDue = true;
    flushLater(this);
  }

  #onData(bytes: Buffer): void {
    if (this.isClosed) return;
    this.bytesRead += bytes.length;
    inCallback(() => this.#sink!.onBytes(bytes, 0, bytes.length));
  }

  #onEnd(): void {
    if (this.isClosed) return;
    this.#isPeerDone = true;
    inCallback(() => this.#sink!.onEnd());
    if (this.#hasEnded) this.destroy();
  }

  #onDrain(): void {
    if (this.isClosed) return;
    inCallback(() => this.#sink?.onDrain());
    if (this.#isPeerDone && this.#hasEnded) this.destroy();
  }

  #fail(error: Error): void {
    this.#fault ??= faultOfError(error);
    this.destroy();
  }

  #onClose(): void {
    this.isClosed = true;
    inCallback(() => this.#sink?.onClose(this.#fault));
    this.connection.handleClosed?.();
  }
}

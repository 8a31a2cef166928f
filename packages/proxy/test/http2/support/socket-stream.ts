import type { Socket } from 'node:net';
import type { ByteSink, ByteStream, StreamFault } from '../../../src/transport/byte-stream.ts';
import { MemoryPipe } from '../../../src/transport/memory-pipe.ts';

const HIGH_WATER = 64 * 1024;

/** A ByteStream over a plain socket, as simple as can be: what the sessions are tested with must not depend on the transport of the proxy. */
export class SocketStream implements ByteStream {
  readonly connection = new MemoryPipe({ isManual: true }).first.connection;
  out: Buffer = Buffer.alloc(4096);
  isBatching = false;
  isClosed = false;
  readonly #socket: Socket;
  #sink: ByteSink | undefined = undefined;
  #used = 0;
  #isScheduled = false;
  #isEnding = false;
  #fault: StreamFault | undefined = undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.pause();
    socket.on('data', (bytes: Buffer) => this.#sink?.onBytes(bytes, 0, bytes.length));
    socket.on('end', () => this.#sink?.onEnd());
    socket.on('drain', () => this.#sink?.onDrain());
    socket.on('error', (error) => {
      this.#fault = { kind: 'reset', message: error.message };
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#sink?.onClose(this.#fault);
    });
  }

  get isCongested(): boolean {
    return this.pendingBytes >= HIGH_WATER;
  }

  get pendingBytes(): number {
    return this.#used + this.#socket.writableLength;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    this.#socket.resume();
  }

  room(bytes: number): number {
    if (this.#used + bytes > this.out.length) {
      const grown = Buffer.alloc(Math.max(this.#used + bytes, this.out.length * 2));
      this.out.copy(grown, 0, 0, this.#used);
      this.out = grown;
    }
    return this.#used;
  }

  commit(end: number): void {
    if (this.isClosed || this.#isEnding) return;
    this.#used = end;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  write(bytes: Buffer, start: number, end: number): void {
    const at = this.room(end - start);
    bytes.copy(this.out, at, start, end);
    this.commit(at + end - start);
  }

  flush(): void {
    if (this.#used === 0 || this.isClosed) return;
    const bytes = Buffer.from(this.out.subarray(0, this.#used));
    this.#used = 0;
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.flush();
    this.#isEnding = true;
    this.#socket.end();
  }

  destroy(isAbrupt = false): void {
    this.isClosed = true;
    if (isAbrupt) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}

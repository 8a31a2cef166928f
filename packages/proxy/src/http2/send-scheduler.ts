import type { ByteStream } from '../transport/byte-stream.ts';
import { DEFAULT_WINDOW, MAX_FRAME_BYTES, MAX_WINDOW } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Http2Stream } from './http2-stream.ts';
import type { Http2Stats } from './stats.ts';

const FLUSH_BYTES = 64 * 1024;

/** What the scheduler works with. */
export interface SendSchedulerParts {
  readonly transport: ByteStream;
  readonly writer: FrameWriter;
  readonly stats: Http2Stats;
  /** END_STREAM of a stream has been sent. */
  readonly onLocalEnd: (stream: Http2Stream) => void;
  /** Queued trailers of a stream are due: all its data has been sent. */
  readonly sendQueuedTrailers: (stream: Http2Stream) => void;
  /** The first stream began to wait. */
  readonly onWaiting: () => void;
  readonly now: () => number;
}

/**
 * The sending side of flow control: sends DATA as far as the stream's window, the connection's window and the transport allow, keeps the rest
 * and sends it in turns when there is room again. What a stream keeps is bounded by its user, who is told to stop.
 */
export class SendScheduler {
  /** What may still be sent on the connection. */
  window = DEFAULT_WINDOW;
  /** DATA frames sent since the beginning. */
  dataFrames = 0;
  readonly #transport: ByteStream;
  readonly #writer: FrameWriter;
  readonly #stats: Http2Stats;
  readonly #parts: SendSchedulerParts;
  #first: Http2Stream | undefined = undefined;
  #last: Http2Stream | undefined = undefined;
  #waiting = 0;

  constructor(parts: SendSchedulerParts) {
    this.#parts = parts;
    this.#transport = parts.transport;
    this.#writer = parts.writer;
    this.#stats = parts.stats;
  }

  /** How many streams wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** See BodySender.sendData. */
  sendData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    if (stream.isClosed || stream.isLocalEnded || stream.isEndQueued || stream.queuedTrailers !== undefined)
      return true;
    if (stream.queue !== undefined) {
      this.#enqueue(stream, bytes, start, end);
      stream.isEndQueued = endStream;
      return false;
    }
    if (start === end && !endStream) return true;
    const at = this.#sendFrames(stream, bytes, start, end, endStream);
    if (at < end) {
      this.#enqueue(stream, bytes, at, end);
      stream.isEndQueued = endStream;
      return this.#wait(stream);
    }
    if (endStream) {
      this.#parts.onLocalEnd(stream);
      return true;
    }
    return this.#isFull() ? this.#wait(stream) : true;
  }

  /** Whether something queued goes before what comes now. */
  hasQueued(stream: Http2Stream): boolean {
    return stream.queue !== undefined;
  }

  /** The window of a stream, or of the connection (undefined), has grown; false if it is too large now. */
  grow(stream: Http2Stream | undefined, increment: number): boolean {
    if (stream === undefined) {
      this.window += increment;
      if (this.window > MAX_WINDOW) return false;
      if (this.#waiting > 0) this.pump();
      return true;
    }
    stream.sendWindow += increment;
    if (stream.sendWindow > MAX_WINDOW) return false;
    while (stream.isWaiting && !this.#isFull() && this.#serve(stream));
    return true;
  }

  /** Sends what waits, a frame of each stream in turn, as far as there is room. */
  pump(): void {
    let idleTurns = 0;
    while (idleTurns < this.#waiting && !this.#isFull() && !this.#transport.isClosed) {
      idleTurns = this.#serve(this.#first!) ? 0 : idleTurns + 1;
    }
  }

  /** Drops what a stream has queued. */
  forget(stream: Http2Stream): void {
    if (stream.queue !== undefined) {
      this.#stats.pendingSendBytes -= stream.queueEnd - stream.queueStart;
      stream.queue = undefined;
    }
    stream.queuedTrailers = undefined;
    stream.needsDrain = false;
    if (stream.isWaiting) this.#unlink(stream);
  }

  /** The stream whose data has waited longest without any progress. */
  longestWaiting(): Http2Stream | undefined {
    let longest: Http2Stream | undefined;
    for (let stream = this.#first; stream !== undefined; stream = stream.nextWaiting) {
      if (stream.queue === undefined) continue;
      if (longest === undefined || stream.waitingSinceMs < longest.waitingSinceMs) longest = stream;
    }
    return longest;
  }

  /** Whether the transport takes no more. Much output is sent at once: a user who has all of a body would fill the memory with it in one turn. */
  #isFull(): boolean {
    if (this.#transport.pendingBytes >= FLUSH_BYTES) this.#transport.flush();
    return this.#transport.isCongested;
  }

  /** Writes as many frames as windows allow; returns where the rest begins. An empty last frame needs no window. */
  #sendFrames(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): number {
    let at = start;
    do {
      const room = Math.min(MAX_FRAME_BYTES, this.window, stream.sendWindow);
      const length = end - at;
      if (length > 0 && room <= 0) return at;
      const sent = Math.min(length, Math.max(0, room));
      this.#writer.data(stream.id, bytes, at, at + sent, endStream && sent === length);
      this.dataFrames++;
      this.window -= sent;
      stream.sendWindow -= sent;
      at += sent;
    } while (at < end);
    return at;
  }

  /** One turn of a waiting stream: it leaves the list, or goes to its end. False if there was no room for anything of it. */
  #serve(stream: Http2Stream): boolean {
    this.#unlink(stream);
    const { queue } = stream;
    if (queue !== undefined) {
      const before = stream.queueStart;
      const end = Math.min(stream.queueEnd, before + MAX_FRAME_BYTES);
      const isRest = end === stream.queueEnd;
      const at = this.#sendFrames(stream, queue, before, end, isRest && stream.isEndQueued);
      stream.queueStart = at;
      this.#stats.pendingSendBytes -= at - before;
      if (at < stream.queueEnd) {
        this.#link(stream, at > before ? this.#parts.now() : stream.waitingSinceMs);
        return at > before;
      }
      stream.queue = undefined;
      if (stream.isEndQueued) this.#parts.onLocalEnd(stream);
      else if (stream.queuedTrailers !== undefined) this.#parts.sendQueuedTrailers(stream);
    }
    if (!stream.needsDrain || stream.isLocalEnded) return true;
    if (this.#transport.isCongested) this.#link(stream, this.#parts.now());
    else {
      stream.needsDrain = false;
      stream.receiver.onDrain();
    }
    return true;
  }

  #enqueue(stream: Http2Stream, bytes: Buffer, start: number, end: number): void {
    const added = end - start;
    const kept = stream.queue === undefined ? 0 : stream.queueEnd - stream.queueStart;
    if (stream.queue === undefined || stream.queueEnd + added > stream.queue.length) {
      const old = stream.queue;
      stream.queue = Buffer.allocUnsafe(old === undefined ? added : Math.max(old.length, (kept + added) * 2));
      old?.copy(stream.queue, 0, stream.queueStart, stream.queueEnd);
      stream.queueStart = 0;
      stream.queueEnd = kept;
    }
    bytes.copy(stream.queue, stream.queueEnd, start, end);
    stream.queueEnd += added;
    this.#stats.pendingSendBytes += added;
  }

  #wait(stream: Http2Stream): false {
    stream.needsDrain = true;
    if (!stream.isWaiting) this.#link(stream, this.#parts.now());
    return false;
  }

  #link(stream: Http2Stream, sinceMs: number): void {
    stream.isWaiting = true;
    stream.waitingSinceMs = sinceMs;
    stream.previousWaiting = this.#last;
    stream.nextWaiting = undefined;
    if (this.#last === undefined) this.#first = stream;
    else this.#last.nextWaiting = stream;
    this.#last = stream;
    this.#waiting++;
    if (this.#waiting === 1) this.#parts.onWaiting();
  }

  #unlink(stream: Http2Stream): void {
    const { previousWaiting, nextWaiting } = stream;
    if (previousWaiting === undefined) this.#first = nextWaiting;
    else previousWaiting.nextWaiting = nextWaiting;
    if (nextWaiting === undefined) this.#last = previousWaiting;
    else nextWaiting.previousWaiting = previousWaiting;
    stream.isWaiting = false;
    stream.previousWaiting = undefined;
    stream.nextWaiting = undefined;
    this.#waiting--;
  }
}

/** A ByteStream straight on a handle of Node (TCP, pipe or TLS). */
import { Socket, type SocketConstructorOpts } from 'node:net';
import { throwLater } from '@weft/core';
import type { ByteSink, ByteStream, StreamFault } from './byte-stream.ts';
import type { EndingConnection } from './connection-info.ts';
import {
  type NodeHandles,
  nodeHandles,
  type ShutdownRequest,
  type StreamHandle,
  type WriteRequest,
} from './node-handles.ts';
import { giveOutputBuffer, type OutputBuffer } from './output-buffers.ts';
import { HIGH_WATER_BYTES, OutputQueue } from './output-queue.ts';
import { faultOfStatus } from './system-error.ts';
import { enter, flushLater, inCallback, leave } from './turn.ts';

const UV_EOF = -4095;
const UV_ECANCELED = -125;
const READ_BYTES = 64 * 1024;

/**
 * What every connection reads into: bytes are used up before the callback returns, so one buffer serves all. It is as large as libuv reads at
 * once.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BYTES);

/** The internals, for modules that only run when there are any. */
function internals(): NodeHandles {
  if (nodeHandles === undefined) throw new Error('bug: a handle stream without the handles of Node');
  return nodeHandles;
}

const { WriteWrap, ShutdownWrap, streamBaseState, kReadBytesOrError, kLastWriteWasAsync } =
  nodeHandles === undefined ? ({} as NodeHandles) : internals();

/** A handle that knows its stream: looking it up in a map would cost more than the rest of the callback. */
interface OwnedHandle extends StreamHandle {
  weftStream: HandleStream;
}

/** A write that the system has not finished; it owns the buffer it reads from. */
interface OwnedWrite extends WriteRequest {
  weftStream: HandleStream;
}

/** How a stream gets rid of its handle. */
export interface HandleOwner {
  /** Closes the handle and calls back when it is gone. */
  close(isAbrupt: boolean, onClosed: () => void): void;
}

/** Serves every write that ends at once; replaced when one does not. Sole writer: HandleStream.flush. */
let spareWrite: WriteRequest | undefined;

/** See the file's head. */
export class HandleStream implements ByteStream {
  readonly connection: EndingConnection;
  isBatching = false;
  isClosed = false;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #handle: OwnedHandle;
  readonly #owner: HandleOwner | undefined;
  readonly #queue = new OutputQueue();
  /** The buffer that a write under way reads from, and how much of it. */
  #writing: OutputBuffer | undefined;
  #writingBytes = 0;
  #isWriting = false;
  #isFlushDue = false;
  #sink: ByteSink | undefined;
  #isPaused = false;
  #wasCongested = false;
  #isEnding = false;
  #hasEnded = false;
  #isPeerDone = false;
  /** Whether writing has failed. */
  #isBroken = false;
  #fault: StreamFault | undefined;

  constructor(handle: StreamHandle, connection: EndingConnection, owner?: HandleOwner) {
    this.connection = connection;
    this.#handle = handle as OwnedHandle;
    this.#owner = owner;
    this.#handle.weftStream = this;
  }

  /** The system's number of the connection, below zero when it has gone. */
  get fd(): number {
    return this.#handle.fd;
  }

  get out(): Buffer {
    return this.#queue.out;
  }

  get pendingBytes(): number {
    return this.#queue.pendingBytes + this.#writingBytes;
  }

  get isCongested(): boolean {
    if (!this.#isWriting || this.#queue.pendingBytes < HIGH_WATER_BYTES) return false;
    this.#wasCongested = true;
    return true;
  }

  attach(sink: ByteSink): void {
    const isFirst = this.#sink === undefined;
    this.#sink = sink;
    if (!isFirst || this.isClosed) return;
    this.#handle.onread = onRead;
    this.#handle.useUserBuffer(READ_BUFFER);
    // A TLS session reads already: that is how its handshake came about.
    if (this.#isPaused) this.#handle.readStop();
    else this.#handle.readStart();
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
    while (!this.#isWriting) {
      if (this.isClosed || this.#isBroken) {
        this.#queue.clear();
        return;
      }
      const filled = this.#queue.take();
      if (filled === undefined) break;
      if (!this.#send(filled, this.#queue.takenBytes)) return;
    }
    if (this.#isEnding && !this.#isWriting && !this.#hasEnded) this.#shutdown();
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    if (this.#sink !== undefined && !this.isClosed && !this.#isPeerDone) this.#handle.readStop();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#sink !== undefined && !this.isClosed && !this.#isPeerDone) this.#handle.readStart();
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
    const onClosed = (): void => this.#closed();
    if (this.#owner !== undefined) this.#owner.close(isAbrupt, onClosed);
    else if (isAbrupt && this.#handle.reset !== undefined) {
      // The handle may have gone already, or the system may refuse: an ordinary close is what is left.
      if (this.#handle.reset(onClosed) !== 0) this.#handle.close(onClosed);
    } else this.#handle.close(onClosed);
  }

  /** Gives the connection away as a public socket that has not read yet; the stream is not used any more. */
  detach(): Socket {
    this.isClosed = true;
    this.#queue.clear();
    this.#handle.readStop();
    return new Socket({
      handle: this.#handle,
      allowHalfOpen: true,
      pauseOnCreate: true,
    } as unknown as SocketConstructorOpts);
  }

  /** For the owner of a TLS session, which learns of failures by other ways than the handle. */
  fail(fault: StreamFault): void {
    this.#fault ??= fault;
    this.destroy();
  }

  /** A callback has thrown, which is a bug: this stream ends, the others go on. */
  handleBug(thrown: unknown): void {
    this.fail({ kind: 'io', message: `bug: ${String(thrown)}` });
    throwLater(thrown);
  }

  /** Called for each read of the handle. */
  handleRead(count: number): void {
    if (this.isClosed) return;
    if (count > 0) {
      this.bytesRead += count;
      this.#sink!.onBytes(READ_BUFFER, 0, count);
    } else if (count === UV_EOF) this.#peerDone();
    else if (count < 0) this.fail(faultOfStatus(count));
  }

  /** Called when a write that was under way has ended. */
  handleWritten(status: number): void {
    this.#isWriting = false;
    if (this.#writing !== undefined) giveOutputBuffer(this.#writing);
    this.#writing = undefined;
    const written = this.#writingBytes;
    this.#writingBytes = 0;
    if (status === 0) this.bytesWritten += written;
    if (this.isClosed) return;
    if (status < 0) {
      if (status !== UV_ECANCELED) this.#writeFailed(status);
      return;
    }
    this.flush();
    if (!this.#wasCongested || this.isClosed || this.#queue.pendingBytes >= HIGH_WATER_BYTES) return;
    this.#wasCongested = false;
    this.#sink?.onDrain();
  }

  /** At the end of the turn; but whoever writes on and on within one turn must learn whether the peer takes it. */
  #flushInTime(): void {
    if (!this.#isFlushDue) this.#flushLater();
    if (!this.#isWriting && this.#queue.pendingBytes >= HIGH_WATER_BYTES) this.flush();
  }

  #flushLater(): void {
    this.#isFlushDue = true;
    flushLater(this);
  }

  /** False when the stream has failed. */
  #send(buffer: OutputBuffer, used: number): boolean {
    spareWrite ??= new WriteWrap();
    const write = spareWrite;
    const status = this.#handle.writeBuffer(write, buffer.view(used));
    if (status !== 0) {
      giveOutputBuffer(buffer);
      this.#writeFailed(status);
      return false;
    }
    if (streamBaseState[kLastWriteWasAsync] === 0) {
      this.bytesWritten += used;
      giveOutputBuffer(buffer);
      return true;
    }
    spareWrite = undefined;
    const owned = write as OwnedWrite;
    owned.weftStream = this;
    owned.oncomplete = onWritten;
    this.#isWriting = true;
    this.#writing = buffer;
    this.#writingBytes = used;
    return true;
  }

  /**
   * The peer takes no more. What it said before, such as an answer that tells why, may lie unread behind this news: it is read for another turn of
   * the event loop, then the stream fails.
   */
  #writeFailed(status: number): void {
    this.#queue.clear();
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#fault ??= faultOfStatus(status);
    if (this.#isPaused || this.#isPeerDone || this.#sink === undefined) this.destroy();
    // The first one comes before the system is asked for news again.
    else setImmediate(() => setImmediate(() => this.destroy()));
  }

  #shutdown(): void {
    this.#hasEnded = true;
    const request: ShutdownRequest = new ShutdownWrap();
    request.oncomplete = (status) => {
      if (this.isClosed) return;
      if (status < 0 && status !== UV_ECANCELED) this.fail(faultOfStatus(status));
      else if (this.#isPeerDone) this.destroy();
    };
    const status = this.#handle.shutdown(request);
    if (status < 0) this.fail(faultOfStatus(status));
    else if (this.#isPeerDone) this.destroy();
  }

  #peerDone(): void {
    this.#isPeerDone = true;
    this.#handle.readStop();
    this.#sink!.onEnd();
    if (this.#hasEnded && !this.isClosed) this.destroy();
  }

  #closed(): void {
    inCallback(() => this.#sink?.onClose(this.#fault));
    this.connection.handleClosed?.();
  }
}

function onRead(this: StreamHandle): void {
  const stream = (this as OwnedHandle).weftStream;
  enter();
  try {
    stream.handleRead(streamBaseState[kReadBytesOrError]!);
  } catch (thrown) {
    stream.handleBug(thrown);
  }
  leave();
}

function onWritten(this: WriteRequest, status: number): void {
  const stream = (this as OwnedWrite).weftStream;
  enter();
  try {
    stream.handleWritten(status);
  } catch (thrown) {
    stream.handleBug(thrown);
  }
  leave();
}

import type { ConnectionView } from '@weft/engine';
import type { ByteSink, ByteStream, StreamFault } from './byte-stream.ts';

/** How a pipe behaves. */
export interface MemoryPipeOptions {
  /** Bytes that wait at an end before it is congested. */
  readonly highWaterMark?: number;
  /** Bytes that flush() may put on the way although the other end has not read: what the system's buffers would take. */
  readonly wireCapacity?: number;
  /** Whether bytes move by themselves, in a microtask; otherwise only run() moves them. */
  readonly isManual?: boolean;
  /** What is known of the two ends' connections. */
  readonly connections?: readonly [ConnectionView, ConnectionView];
}

const DEFAULT_HIGH_WATER = 64 * 1024;
const DEFAULT_WIRE = 256 * 1024;
const FIRST_OUT = 4096;
/** Rounds after which the rest waits for another microtask, so that two ends that talk for ever do not stop the world. */
const ROUNDS_PER_TURN = 1000;

const NOWHERE = { text: 'memory', host: 'memory', port: 0, ip: undefined } as const;
let lastConnectionId = 0;

function memoryConnection(): ConnectionView {
  lastConnectionId++;
  return {
    id: lastConnectionId,
    directRemote: NOWHERE,
    remote: NOWHERE,
    local: NOWHERE,
    directLocal: NOWHERE,
    requestedServerName: '',
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    tls: undefined,
  };
}

/** Two ByteStreams within the process: what one is given, the other receives. */
export class MemoryPipe {
  readonly first: ByteStream;
  readonly second: ByteStream;
  readonly #first: MemoryEnd;
  readonly #second: MemoryEnd;
  readonly #isManual: boolean;
  readonly #runTurn = (): void => {
    this.#isScheduled = false;
    this.run();
  };
  #isScheduled = false;
  #isRunning = false;

  constructor(options: MemoryPipeOptions = {}) {
    const [one, other] = options.connections ?? [memoryConnection(), memoryConnection()];
    const wake = (): void => this.#wake();
    this.#first = new MemoryEnd(one, options, wake);
    this.#second = new MemoryEnd(other, options, wake);
    this.#first.peer = this.#second;
    this.#second.peer = this.#first;
    this.#isManual = options.isManual === true;
    this.first = this.#first;
    this.second = this.#second;
  }

  /** Moves bytes both ways until nothing moves any more. Not to be called from a sink. */
  run(): void {
    this.#isRunning = true;
    let isBusy = true;
    for (let round = 0; isBusy && round < ROUNDS_PER_TURN; round++) {
      const hasFirstMoved = this.#first.deliver();
      isBusy = this.#second.deliver() || hasFirstMoved;
    }
    this.#isRunning = false;
    if (isBusy) this.#wake();
  }

  #wake(): void {
    if (this.#isManual || this.#isScheduled || this.#isRunning) return;
    this.#isScheduled = true;
    queueMicrotask(this.#runTurn);
  }
}

class MemoryEnd implements ByteStream {
  readonly connection: ConnectionView;
  peer: MemoryEnd | undefined = undefined;
  out: Buffer = Buffer.allocUnsafeSlow(FIRST_OUT);
  bytesRead = 0;
  bytesWritten = 0;
  isBatching = false;
  isClosed = false;
  readonly #highWaterMark: number;
  readonly #wireCapacity: number;
  readonly #wake: () => void;
  #sink: ByteSink | undefined = undefined;
  #used = 0;
  #spare: Buffer | undefined = undefined;
  #wire: Buffer[] = [];
  #wireBytes = 0;
  #isPaused = false;
  #isEnding = false;
  #hasEnded = false;
  #isDestroyed = false;
  #isAbrupt = false;
  #isCloseTold = false;
  #mustTellDrain = false;

  constructor(connection: ConnectionView, options: MemoryPipeOptions, wake: () => void) {
    this.connection = connection;
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER;
    this.#wireCapacity = options.wireCapacity ?? DEFAULT_WIRE;
    this.#wake = wake;
  }

  get isCongested(): boolean {
    return this.#used >= this.#highWaterMark;
  }

  get pendingBytes(): number {
    return this.#used;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    this.#wake();
  }

  room(bytes: number): number {
    const needed = this.#used + bytes;
    if (needed > this.out.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.out.length * 2));
      this.out.copy(grown, 0, 0, this.#used);
      this.out = grown;
    }
    return this.#used;
  }

  commit(end: number): void {
    if (this.isClosed || this.#isEnding) return;
    this.#used = end;
    if (end >= this.#highWaterMark) this.#mustTellDrain = true;
    this.#wake();
  }

  write(bytes: Buffer, start: number, end: number): void {
    const at = this.room(end - start);
    bytes.copy(this.out, at, start, end);
    this.commit(at + end - start);
  }

  flush(): void {
    if (this.#used === 0 || this.#wireBytes + this.#used > this.#wireCapacity) return;
    this.#wire.push(Buffer.from(this.out.subarray(0, this.#used)));
    this.#wireBytes += this.#used;
    this.bytesWritten += this.#used;
    this.#used = 0;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake();
  }

  end(): void {
    this.#isEnding = true;
    this.#wake();
  }

  destroy(isAbrupt = false): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#isDestroyed = true;
    this.#isAbrupt = isAbrupt;
    this.#used = 0;
    this.#wake();
  }

  /** Hands over what this end has sent, and tells both what became of the connection; false if nothing happened. */
  deliver(): boolean {
    const peer = this.peer!;
    let hasMoved = false;
    if (peer.#sink !== undefined && !peer.#isPaused && !peer.isClosed) {
      hasMoved = this.#deliverWire(peer) || this.#deliverOut(peer);
      if (!hasMoved && (this.#isEnding || this.#isDestroyed) && !this.#hasEnded) hasMoved = this.#deliverEnd(peer);
    } else if (peer.isClosed && (this.#used > 0 || this.#wireBytes > 0)) this.#dropAll();
    if (this.#mustTellDrain && this.#used < this.#highWaterMark && !this.isClosed && this.#sink !== undefined) {
      this.#mustTellDrain = false;
      this.#sink.onDrain();
      hasMoved = true;
    }
    return this.#tellClose(peer) || hasMoved;
  }

  #deliverWire(peer: MemoryEnd): boolean {
    const bytes = this.#wire.shift();
    if (bytes === undefined) return false;
    this.#wireBytes -= bytes.length;
    peer.#receive(bytes, bytes.length);
    return true;
  }

  #deliverOut(peer: MemoryEnd): boolean {
    const used = this.#used;
    if (used === 0) return false;
    const bytes = this.out;
    this.out = this.#spare ?? Buffer.allocUnsafeSlow(bytes.length);
    this.#spare = undefined;
    this.#used = 0;
    this.bytesWritten += used;
    peer.#receive(bytes, used);
    this.#spare = bytes;
    return true;
  }

  #receive(bytes: Buffer, length: number): void {
    this.bytesRead += length;
    this.#sink!.onBytes(bytes, 0, length);
  }

  #deliverEnd(peer: MemoryEnd): boolean {
    this.#hasEnded = true;
    if (this.#isAbrupt) {
      peer.isClosed = true;
      peer.#isCloseTold = true;
      peer.#sink!.onClose({ kind: 'reset', message: 'connection reset by peer' } satisfies StreamFault);
    } else peer.#sink!.onEnd();
    return true;
  }

  #tellClose(peer: MemoryEnd): boolean {
    if (this.#isCloseTold || this.#sink === undefined) return false;
    const isDone = this.#hasEnded || (this.#isEnding && peer.isClosed);
    const isOver = this.#isDestroyed || (isDone && (peer.#hasEnded || peer.isClosed));
    if (!isOver) return false;
    this.isClosed = true;
    this.#isCloseTold = true;
    this.#sink.onClose(undefined);
    return true;
  }

  #dropAll(): void {
    this.#used = 0;
    this.#wire = [];
    this.#wireBytes = 0;
  }
}

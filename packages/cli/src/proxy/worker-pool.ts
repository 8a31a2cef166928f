/**
 * The workers of a proxy: starts them, starts those again that end without being told to, and puts new ones in the place of all. Sockets belong to
 * the pool, so a client that waits to be accepted by a worker that is gone is accepted by the one that follows.
 */
import {
  type BackoffState,
  type Clock,
  initialBackoff,
  type Logger,
  MeshError,
  nextBackoff,
  type Random,
  type Timer,
} from '@weft/core';
import { BoundSockets, type CounterList } from '@weft/proxy';
import { FormerCounters } from './former-counters.ts';
import type { Generation } from './hot-restart.ts';
import { Worker, type WorkerEvents } from './worker.ts';
import type { Question, WorkerOrder } from './worker-messages.ts';

/** What a pool is made of. */
export interface WorkerPoolParts {
  readonly count: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Somebody wants all to end. */
  readonly onQuit: () => void;
}

/** Workers of one start. */
interface Crew {
  readonly generation: Generation;
  /** Key: index. Written by the pool as workers come and go. */
  readonly workers: Map<number, Worker>;
  /** Key: index. How long the next wait is. */
  readonly backoffs: Map<number, BackoffState>;
  /** Workers that have ended, whose sockets are kept until another one has their place. */
  readonly lost: Set<Worker>;
  /** Set once all were ready; until then, one that fails fails all. */
  isReady: boolean;
  readonly ready: PromiseWithResolvers<void>;
}

const BACKOFF = { baseMs: 100, maxMs: 30_000, jitter: 'none', resetAfterMs: 60_000 } as const;

/** What resets the counters of all. */
const RESET_PATH = '/reset_counters';

/** Who has not answered by then has something worse to do. */
const ANSWER_MS = 5000;

/** See the file's head. */
export class WorkerPool implements WorkerEvents {
  readonly #parts: WorkerPoolParts;
  readonly #sockets = new BoundSockets();
  readonly #former = new FormerCounters();
  /** Every worker that has not ended, of whatever start. */
  readonly #alive = new Set<Worker>();
  readonly #timers = new Set<Timer>();
  /** Those that serve. */
  #crew: Crew | undefined;
  /** Those that are to follow. */
  #next: Crew | undefined;
  #isEnding = false;
  #restarts = 0;
  #onEmpty: (() => void) | undefined;

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
  }

  /** Starts all; resolves when all serve, and rejects with the reason why one cannot. */
  async start(): Promise<void> {
    const crew = this.#hire({ epoch: 0, firstStartMs: this.#parts.clock.now() });
    this.#crew = crew;
    await crew.ready.promise;
  }

  /** Puts new workers in the place of all; rejects with the reason why that cannot be, and then those before go on. */
  async replace(): Promise<void> {
    const before = this.#crew;
    if (before?.isReady !== true || this.#next !== undefined || this.#isEnding) {
      throw new MeshError('MESH_ABORTED', 'workers are about to start or to end already');
    }
    const { epoch, firstStartMs } = before.generation;
    const next = this.#hire({ epoch: epoch + 1, firstStartMs });
    this.#next = next;
    try {
      await next.ready.promise;
    } finally {
      this.#next = undefined;
    }
    this.#crew = next;
    for (const worker of before.workers.values()) this.#dismissFormer(worker);
    this.#forget(before, () => true);
  }

  /** Sends a signal to every worker. */
  signal(signal: NodeJS.Signals): void {
    for (const worker of this.#alive) worker.kill(signal);
  }

  /** Ends all; resolves when the last is gone. */
  async end(order: WorkerOrder): Promise<void> {
    this.#isEnding = true;
    for (const timer of this.#timers) timer.cancel();
    for (const worker of this.#alive) worker.order(order);
    if (this.#alive.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
    this.#sockets.close();
  }

  /** Ends all at once, without being asked. */
  kill(): void {
    this.#isEnding = true;
    for (const timer of this.#timers) timer.cancel();
    this.signal('SIGKILL');
    this.#sockets.close();
  }

  onReady(worker: Worker): void {
    const crew = this.#crewOf(worker);
    if (crew === undefined) return;
    this.#forget(crew, ({ index }) => index === worker.index);
    if (crew === this.#crew) this.#tellFormer();
    if (!crew.isReady && this.#areReady(crew)) {
      crew.isReady = true;
      crew.ready.resolve();
    }
    this.#tellReadiness(crew);
  }

  onCounts(worker: Worker, increments: CounterList): void {
    this.#former.note(worker, increments);
  }

  onCounted(worker: Worker, counters: CounterList): void {
    this.#former.take(worker, counters);
    this.#tellFormer();
  }

  onQuit(): void {
    this.#parts.onQuit();
  }

  onAsk(worker: Worker, id: number, question: Question): void {
    if (question.kind === 'call' && question.call.path.startsWith(RESET_PATH)) this.#former.reset();
    const crew = this.#crewOf(worker);
    const others = [...(crew?.workers.values() ?? [])].filter((each) => each !== worker && each.isReady);
    const timer = this.#after(ANSWER_MS, () => worker.send({ kind: 'othersSay', id, answers: undefined }));
    void Promise.all(others.map((each) => each.ask(question))).then((answers) => {
      timer.cancel();
      this.#timers.delete(timer);
      // One that ended on the way has nothing to say.
      worker.send({ kind: 'othersSay', id, answers: answers.filter((answer) => answer !== undefined) });
    });
  }

  onExit(worker: Worker, how: string): void {
    this.#alive.delete(worker);
    this.#former.settle(worker);
    const crew = this.#crewOf(worker);
    if (crew === undefined || worker.isLeaving || this.#isEnding) this.#sockets.releaseAll(worker);
    else if (crew.isReady) this.#startAgain(crew, worker, how);
    else this.#dismiss(crew, worker.reason === '' ? `it ended with ${how}` : worker.reason);
    if (this.#alive.size === 0) this.#onEmpty?.();
  }

  #hire(generation: Generation): Crew {
    const ready = Promise.withResolvers<void>();
    const crew: Crew = { generation, workers: new Map(), backoffs: new Map(), lost: new Set(), isReady: false, ready };
    for (let index = 0; index < this.#parts.count; index++) this.#startWorker(crew, index);
    return crew;
  }

  #startWorker({ generation, workers }: Crew, index: number): void {
    const { count } = this.#parts;
    const worker = new Worker({ index, count, generation }, this.#sockets, this);
    workers.set(index, worker);
    this.#alive.add(worker);
  }

  #startAgain(crew: Crew, worker: Worker, how: string): void {
    const { clock, random, logger } = this.#parts;
    const before = crew.backoffs.get(worker.index) ?? initialBackoff;
    const { delayMs, state } = nextBackoff(BACKOFF, before, { nowMs: clock.monotonic(), random });
    crew.backoffs.set(worker.index, state);
    crew.lost.add(worker);
    this.#restarts++;
    logger.error('a worker has ended: it is started again', {
      worker: worker.index,
      how: worker.reason === '' ? how : worker.reason,
      delayMs,
      restarts: this.#restarts,
    });
    worker.isReady = false;
    this.#tellReadiness(crew);
    this.#after(delayMs, () => {
      if (crew === this.#crew) this.#startWorker(crew, worker.index);
    });
  }

  /** Workers that were to follow, or to be the first, are not all able to. */
  #dismiss(crew: Crew, reason: string): void {
    for (const worker of crew.workers.values()) {
      worker.isLeaving = true;
      worker.kill('SIGKILL');
      this.#sockets.releaseAll(worker);
    }
    crew.ready.reject(new MeshError('MESH_ABORTED', reason));
  }

  /** What it has counted goes on in those that follow. */
  #dismissFormer(worker: Worker): void {
    void worker.ask({ kind: 'counters' }).then((counters) => {
      if (counters !== undefined) this.onCounted(worker, counters as CounterList);
    });
    worker.order('handOver');
  }

  /** The first worker shows what those before have counted. */
  #tellFormer(): void {
    this.#crew?.workers.get(0)?.send({ kind: 'inherit', counters: this.#former.total });
  }

  #forget({ lost }: Crew, matches: (worker: Worker) => boolean): void {
    for (const worker of lost) {
      if (!matches(worker)) continue;
      lost.delete(worker);
      this.#sockets.releaseAll(worker);
    }
  }

  #areReady({ workers }: Crew): boolean {
    return [...workers.values()].every(({ isReady }) => isReady);
  }

  #tellReadiness(crew: Crew): void {
    const message = { kind: 'readiness', areReady: this.#areReady(crew), restarts: this.#restarts } as const;
    for (const worker of crew.workers.values()) worker.send(message);
  }

  #crewOf(worker: Worker): Crew | undefined {
    return [this.#crew, this.#next].find((crew) => crew?.workers.get(worker.index) === worker);
  }

  #after(ms: number, work: () => void): Timer {
    const timer = this.#parts.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      work();
    });
    this.#timers.add(timer);
    return timer;
  }
}

/**
 * Asks the clients of a connection manager to leave: all at once, or little by little, so that they do not come back elsewhere all in the same
 * moment. Then, the share of clients that have been asked grows evenly over the time (Envoy's drain strategy `gradual`).
 */
import type { CoarseTimer, CoarseTimers, Random } from '@weft/core';
import type { Closable } from './connection-services.ts';

/** What a drain is made of. */
export interface ClientDrainParts {
  /** Those that are open, whenever it is asked. */
  readonly connections: ReadonlySet<Closable>;
  readonly timers: CoarseTimers;
  readonly random: Random;
  /** Hears of each client that is asked. */
  readonly onAsked: () => void;
}

const STEP_MS = 1000;
const MIN_STEPS = 10;
const MAX_STEPS = 600;

/** See the file's head. */
export class ClientDrain {
  readonly #parts: ClientDrainParts;
  /** Who is asked once is not asked again. */
  readonly #asked = new WeakSet<Closable>();
  #timer: CoarseTimer | undefined;
  #stepsLeft = 0;
  /** Whether everybody has been asked, and so are those who come. */
  #isComplete = false;

  constructor(parts: ClientDrainParts) {
    this.#parts = parts;
  }

  /** Asks everybody within a time; 0 is at once. A time that runs already is not made longer. */
  start(withinMs: number): void {
    if (this.#isComplete || (withinMs > 0 && this.#stepsLeft > 0)) return;
    this.#timer?.cancel();
    this.#stepsLeft = withinMs > 0 ? Math.min(MAX_STEPS, Math.max(MIN_STEPS, Math.ceil(withinMs / STEP_MS))) : 1;
    if (withinMs > 0) this.#await(withinMs / this.#stepsLeft);
    else this.#step();
  }

  /** Somebody has come. */
  admit(connection: Closable): void {
    if (this.#isComplete) this.#ask(connection);
  }

  /** Asks nobody any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#stepsLeft = 0;
    this.#isComplete = false;
  }

  #await(stepMs: number): void {
    this.#timer = this.#parts.timers.set(stepMs, () => {
      this.#step();
      if (this.#stepsLeft > 0) this.#await(stepMs);
    });
  }

  /** With n steps left, the n-th part of those who are there still. */
  #step(): void {
    const { connections, random } = this.#parts;
    const isLast = this.#stepsLeft === 1;
    for (const connection of [...connections]) {
      if (isLast || random.next() * this.#stepsLeft < 1) this.#ask(connection);
    }
    this.#stepsLeft -= 1;
    this.#isComplete = isLast;
  }

  #ask(connection: Closable): void {
    if (this.#asked.has(connection)) return;
    this.#asked.add(connection);
    this.#parts.onAsked();
    connection.drain();
  }
}

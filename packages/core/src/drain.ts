import { type Clock, checkDelay, type Timer } from './clock.ts';
import { MeshError } from './errors.ts';

/** How a drain ended: everything let go, or time ran out with work still held. */
export type DrainOutcome =
  | { readonly kind: 'drained'; readonly tookMs: number }
  | { readonly kind: 'deadline'; readonly tookMs: number; readonly held: readonly string[] };

/** A piece of work that a drain waits for; usable with `using`. */
export interface DrainHold extends Disposable {
  /** Says that the work is done; later calls do nothing. */
  release(): void;
}

/** Names of work still held that an outcome lists at most; a server may hold thousands of connections. */
const MAX_NAMES = 20;

/**
 * Ends a part in order: `start` tells everybody to stop taking new work, waits until the work under way is released,
 * and gives up at the deadline. States go one way: open, draining, completed.
 */
export class Drain {
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #forced = new AbortController();
  readonly #completed = Promise.withResolvers<DrainOutcome>();
  /** The work under way; written by `hold` and its releases only. */
  readonly #holds = new Set<{ readonly what: string }>();
  #startedMs = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #deadline: Timer | undefined;
  #isCompleted = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborts when the drain starts: take no new work. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborts at the deadline: cut what is still under way. */
  get forced(): AbortSignal {
    return this.#forced.signal;
  }

  get isDraining(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** How many pieces of work are under way. */
  get heldCount(): number {
    return this.#holds.size;
  }

  /** Settles once, when the drain has been started and everything is released or the deadline has passed. */
  get completed(): Promise<DrainOutcome> {
    return this.#completed.promise;
  }

  /**
   * Registers work that the drain must wait for. Allowed while draining, because a request under way may begin
   * further work; refused once the drain is complete, because nobody waits any more.
   */
  hold(what: string): DrainHold {
    if (this.#isCompleted) {
      throw new MeshError('MESH_CLOSED', `"${what}" began after its owner had finished draining`);
    }
    const entry = { what };
    this.#holds.add(entry);
    const release = () => {
      if (this.#holds.delete(entry) && this.isDraining && this.#holds.size === 0) this.#complete();
    };
    return { release, [Symbol.dispose]: release };
  }

  /** Begins to drain; a further call may bring the deadline forward but never put it off. */
  start(deadlineMs: number): Promise<DrainOutcome> {
    const now = this.#clock.monotonic();
    if (!this.isDraining) {
      this.#startedMs = now;
      this.#stopping.abort(new MeshError('MESH_ABORTED', 'the part is draining'));
    }
    if (this.#holds.size === 0) this.#complete();
    const until = now + checkDelay(deadlineMs);
    if (!this.#isCompleted && until < this.#deadlineMs) {
      this.#deadlineMs = until;
      this.#deadline?.cancel();
      this.#deadline = this.#clock.setTimer(deadlineMs, () => this.#complete());
    }
    return this.completed;
  }

  #complete(): void {
    if (this.#isCompleted) return;
    this.#isCompleted = true;
    this.#deadline?.cancel();
    const tookMs = this.#clock.monotonic() - this.#startedMs;
    if (this.#holds.size === 0) {
      this.#completed.resolve({ kind: 'drained', tookMs });
      return;
    }
    const held = [...this.#holds].slice(0, MAX_NAMES).map((entry) => entry.what);
    if (this.#holds.size > MAX_NAMES) held.push(`${this.#holds.size - MAX_NAMES} more`);
    this.#completed.resolve({ kind: 'deadline', tookMs, held });
    this.#forced.abort(new MeshError('MESH_DEADLINE_EXCEEDED', `draining took longer than ${tookMs} ms`));
  }
}

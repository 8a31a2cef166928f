/**
 * Timeouts by the thousand: idle connections, request deadlines, session expiry. Setting, refreshing and cancelling are a
 * few memory writes; one clock timer drives them all. A timeout never fires early and fires at most one tick late.
 *
 * A wheel of slots, one a tick. An entry sits in the slot of the tick it is due at. Refreshing only writes the new due
 * tick: the entry is moved when its old slot comes round. That makes the usual case, a timeout that is put off with every
 * request and hardly ever fires, almost free.
 */
import type { Clock, Timer } from './clock.ts';
import { checkDelay } from './clock.ts';
import { throwLater } from './throw-later.ts';

/** A timeout of `CoarseTimers`. */
export interface CoarseTimer extends Timer {
  /** Starts the full delay again; does nothing once fired or cancelled. */
  refresh(): void;
}

/** How coarse the timers are. */
export interface CoarseTimersOptions {
  readonly clock: Clock;
  /** The longest a timeout may be late; 500 unless given. */
  readonly tickMs?: number;
  /** Takes what a callback throws; the default reports it as an uncaught error. */
  readonly onError?: (thrown: unknown) => void;
}

const DEFAULT_TICK_MS = 500;
const SLOTS = 256;

class Entry implements CoarseTimer {
  readonly ms: number;
  readonly fn: () => void;
  readonly #owner: EntryOwner;
  dueTick: number;
  /** The slot that holds the entry; undefined once fired or cancelled. */
  slot: Set<Entry> | undefined;

  constructor(owner: EntryOwner, ms: number, fn: () => void) {
    this.#owner = owner;
    this.ms = ms;
    this.fn = fn;
    this.dueTick = owner.tickAfter(ms);
  }

  refresh(): void {
    if (this.slot !== undefined) this.dueTick = this.#owner.tickAfter(this.ms);
  }

  cancel(): void {
    if (this.slot === undefined) return;
    this.slot.delete(this);
    this.slot = undefined;
    this.#owner.onGone();
  }

  /** Coarse timers never keep the process alive, so there is nothing to change. */
  unref(): void {}
}

interface EntryOwner {
  tickAfter(ms: number): number;
  onGone(): void;
}

/** Many timeouts driven by one timer of the clock; they do not keep the process alive. */
export class CoarseTimers {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #onError: (thrown: unknown) => void;
  readonly #slots: Set<Entry>[] = Array.from({ length: SLOTS }, () => new Set<Entry>());
  readonly #owner: EntryOwner;
  #size = 0;
  /** The last tick whose slot has been looked at. */
  #doneTick = 0;
  #timer: Timer | undefined;

  constructor(options: CoarseTimersOptions) {
    this.#clock = options.clock;
    this.#tickMs = options.tickMs ?? DEFAULT_TICK_MS;
    this.#onError = options.onError ?? throwLater;
    this.#owner = {
      tickAfter: (ms) => Math.ceil((this.#clock.monotonic() + ms) / this.#tickMs),
      onGone: () => this.#removed(),
    };
  }

  /** How many timeouts wait. */
  get size(): number {
    return this.#size;
  }

  /** Calls `fn` once, `ms` from now or at most one tick later. */
  set(ms: number, fn: () => void): CoarseTimer {
    const entry = new Entry(this.#owner, checkDelay(ms), fn);
    if (this.#size === 0) this.#doneTick = this.#currentTick();
    this.#size += 1;
    this.#place(entry);
    this.#arm();
    return entry;
  }

  /** Cancels all timeouts. */
  close(): void {
    for (const slot of this.#slots) for (const entry of [...slot]) entry.cancel();
  }

  #currentTick(): number {
    return Math.floor(this.#clock.monotonic() / this.#tickMs);
  }

  #place(entry: Entry): void {
    // A delay of zero may be due at a tick whose slot has been looked at already: the next one takes it.
    const tick = Math.max(entry.dueTick, this.#doneTick + 1);
    const slot = this.#slots[tick % SLOTS] as Set<Entry>;
    entry.slot = slot;
    slot.add(entry);
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    const untilMs = (this.#doneTick + 1) * this.#tickMs - this.#clock.monotonic();
    this.#timer = this.#clock.setTimer(untilMs, () => this.#onTick());
    this.#timer.unref();
  }

  #onTick(): void {
    this.#timer = undefined;
    const now = this.#currentTick();
    // After a stall many ticks are due at once; one turn of the wheel visits every slot there is.
    const from = Math.max(this.#doneTick + 1, now - SLOTS + 1);
    this.#doneTick = now;
    for (let tick = from; tick <= now; tick += 1) this.#visit(this.#slots[tick % SLOTS] as Set<Entry>, now);
    if (this.#size > 0) this.#arm();
  }

  #visit(slot: Set<Entry>, now: number): void {
    // A copy: callbacks may add to this very slot, which must then wait for its next turn.
    for (const entry of [...slot]) {
      if (entry.slot !== slot) continue;
      if (entry.dueTick <= now) this.#fire(entry, slot);
      else {
        slot.delete(entry);
        this.#place(entry);
      }
    }
  }

  #fire(entry: Entry, slot: Set<Entry>): void {
    slot.delete(entry);
    entry.slot = undefined;
    this.#size -= 1;
    try {
      entry.fn();
    } catch (thrown) {
      this.#onError(thrown);
    }
  }

  #removed(): void {
    this.#size -= 1;
    if (this.#size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/**
 * The newest events, oldest first, bounded by number and by text. They share their entries with the tables, so history
 * costs text only for states that are no longer current.
 */
import type { StoreEvent } from './types.ts';

/** How much history is kept; the older end is forgotten first. */
export interface HistoryLimits {
  readonly maxEvents: number;
  /** Characters of JSON that the events hold on to. */
  readonly maxChars: number;
}

/** Enough for minutes of a busy mesh, and small beside the objects themselves. */
export const DEFAULT_HISTORY: HistoryLimits = Object.freeze({ maxEvents: 20_000, maxChars: 48 * 2 ** 20 });

/** Forgotten events are cut off the front of the list in slices of this many, so that each costs next to nothing. */
const TRIM_SLICE = 1024;

/** The ring of events. */
export class History {
  readonly #limits: HistoryLimits;
  /** Live from `#head` on. */
  #events: (StoreEvent | undefined)[] = [];
  #head = 0;
  #chars = 0;
  #oldest: number;

  /** `revision` is the state that history starts from. */
  constructor(revision: number, limits: HistoryLimits) {
    this.#oldest = revision;
    this.#limits = limits;
  }

  /** Every event after this revision is held; older states cannot be rebuilt. */
  get oldest(): number {
    return this.#oldest;
  }

  get size(): number {
    return this.#events.length - this.#head;
  }

  /** Adds the newest event, forgetting old ones beyond the limits; the newest itself always stays. */
  append(event: StoreEvent): void {
    this.#events.push(event);
    this.#chars += charsOf(event);
    while (this.size > 1 && (this.size > this.#limits.maxEvents || this.#chars > this.#limits.maxChars)) this.#shift();
  }

  /** Forgets events up to and including `revision`. */
  compact(revision: number): void {
    while (this.size > 0 && this.#at(this.#head).revision <= revision) this.#shift();
    this.#oldest = Math.max(this.#oldest, revision);
  }

  /** Calls `visit` for every held event after `revision`, in order; events appended meanwhile are included. */
  forEachAfter(revision: number, visit: (event: StoreEvent) => void): void {
    // Appending or forgetting may move positions, so each step starts from the revision reached.
    let reached = revision;
    for (let index = this.#indexAfter(reached); index < this.#events.length; ) {
      const event = this.#at(index);
      reached = event.revision;
      visit(event);
      index = this.#events[index] === event ? index + 1 : this.#indexAfter(reached);
    }
  }

  #indexAfter(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(index: number): StoreEvent {
    return this.#events[index] as StoreEvent;
  }

  #shift(): void {
    const event = this.#at(this.#head);
    this.#events[this.#head] = undefined;
    this.#head += 1;
    this.#chars -= charsOf(event);
    this.#oldest = event.revision;
    if (this.#head >= TRIM_SLICE && this.#head * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** Counts the state before as well: the event is what keeps it alive. */
function charsOf(event: StoreEvent): number {
  return event.entry.json.length + (event.previous?.json.length ?? 0);
}

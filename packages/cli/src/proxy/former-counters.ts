import type { CounterList } from '@weft/proxy';

/** Who counts; known by itself. */
type Counting = object;

/** So many names are kept of those that have ended: names come and go with the configuration. */
const MAX_NAMES = 50_000;

/** What workers have counted whose place others have taken. */
export class FormerCounters {
  readonly #maxNames: number;
  /** Of those that have ended. Key: beginning of the name, a line end, and the rest of it. */
  readonly #ended = new Map<string, number>();
  /** Of those that are leaving, as far as they have told. */
  readonly #leaving = new Map<Counting, CounterList>();
  /** Of those that work, as far as they have told: it counts when they end without a word. Keys within: as above. */
  readonly #working = new Map<Counting, Map<string, number>>();

  constructor(maxNames = MAX_NAMES) {
    this.#maxNames = maxNames;
  }

  /** Takes what one that works has counted since it told last. */
  note(worker: Counting, increments: CounterList): void {
    if (this.#leaving.has(worker)) return;
    const sums = this.#working.get(worker) ?? new Map<string, number>();
    this.#working.set(worker, sums);
    for (const [scope, name, value] of increments) add(sums, counterKey(scope, name), value);
  }

  /** Takes what one that leaves has counted by now, in the place of what it has told before. */
  take(worker: Counting, counters: CounterList): void {
    this.#leaving.set(worker, counters);
    this.#working.delete(worker);
  }

  /** One of them has ended. */
  settle(worker: Counting): void {
    for (const [scope, name, value] of this.#leaving.get(worker) ?? [])
      add(this.#ended, counterKey(scope, name), value);
    for (const [key, value] of this.#working.get(worker) ?? []) add(this.#ended, key, value);
    this.#leaving.delete(worker);
    this.#working.delete(worker);
    this.#forgetSurplus();
  }

  /** The sum. */
  get total(): CounterList {
    const sums = new Map(this.#ended);
    for (const list of this.#leaving.values()) {
      for (const [scope, name, value] of list) add(sums, counterKey(scope, name), value);
    }
    return Array.from(sums, ([key, value]) => {
      const [scope = '', name = ''] = key.split('\n');
      return [scope, name, value] as const;
    });
  }

  /** Somebody has reset the counters. */
  reset(): void {
    this.#ended.clear();
    for (const worker of this.#leaving.keys()) this.#leaving.set(worker, []);
    this.#working.clear();
  }

  /** First goes what nobody counts any more, then what has been there longest. */
  #forgetSurplus(): void {
    for (const isGone of [(key: string) => !this.#isCounted(key), () => true]) {
      for (const key of this.#ended.keys()) {
        if (this.#ended.size <= this.#maxNames) return;
        if (isGone(key)) this.#ended.delete(key);
      }
    }
  }

  #isCounted(key: string): boolean {
    for (const sums of this.#working.values()) if (sums.has(key)) return true;
    return false;
  }
}

/** What has been counted since one has told last. */
export class CounterIncrements {
  /** Key: as in FormerCounters. Written by `take`. */
  #told: ReadonlyMap<string, number> = new Map();

  /** The increments from what was taken last to a list of now. */
  take(counters: CounterList): CounterList {
    const told = new Map<string, number>();
    const increments: (readonly [string, string, number])[] = [];
    for (const [scope, name, value] of counters) {
      const key = counterKey(scope, name);
      told.set(key, value);
      const before = this.#told.get(key) ?? 0;
      // Less than before: it was reset.
      const increment = value < before ? value : value - before;
      if (increment > 0) increments.push([scope, name, increment]);
    }
    this.#told = told;
    return increments;
  }
}

function counterKey(scope: string, name: string): string {
  return `${scope}\n${name}`;
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

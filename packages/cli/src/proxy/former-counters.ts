import type { CounterList } from '@weft/proxy';
import type { Worker } from './worker.ts';

/** What workers have counted whose place others have taken. */
export class FormerCounters {
  /** Of those that have ended. Key: beginning of the name, a line end, and the rest of it. */
  readonly #ended = new Map<string, number>();
  /** Of those that are leaving, as far as they have told. */
  readonly #leaving = new Map<Worker, CounterList>();

  /** Takes what one that leaves has counted by now, in the place of what it has told before. */
  take(worker: Worker, counters: CounterList): void {
    this.#leaving.set(worker, counters);
  }

  /** One of them has ended. */
  settle(worker: Worker): void {
    for (const [scope, name, value] of this.#leaving.get(worker) ?? []) add(this.#ended, scope, name, value);
    this.#leaving.delete(worker);
  }

  /** The sum. */
  get total(): CounterList {
    const sums = new Map(this.#ended);
    for (const list of this.#leaving.values()) for (const [scope, name, value] of list) add(sums, scope, name, value);
    return Array.from(sums, ([key, value]) => {
      const [scope = '', name = ''] = key.split('\n');
      return [scope, name, value] as const;
    });
  }

  /** Somebody has reset the counters. */
  reset(): void {
    this.#ended.clear();
    for (const worker of this.#leaving.keys()) this.#leaving.set(worker, []);
  }
}

function add(sums: Map<string, number>, scope: string, name: string, value: number): void {
  const key = `${scope}\n${name}`;
  sums.set(key, (sums.get(key) ?? 0) + value);
}

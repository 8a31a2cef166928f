import type { Counter } from './handles.ts';
import type { Scope } from './scope.ts';

/** Codes below 100 or from 600 on are counted as `completed` only, as Envoy does. */
const FIRST_CODE = 100;
const END_CODE = 600;

/**
 * Counts responses by code: `PREFIX_completed`, `PREFIX_2xx` and `PREFIX_204`. Each of them is made when it first counts
 * something, as in Envoy.
 */
export class ResponseCodeStats {
  readonly #scope: Scope;
  readonly #prefix: string;
  /** Index: the code. */
  readonly #codes: (Counter | undefined)[] = [];
  /** Index: the first digit. */
  readonly #classes: (Counter | undefined)[] = [];
  #completed: Counter | undefined;

  /** The prefix is `upstream_rq` for what a cluster answered. */
  constructor(scope: Scope, prefix: string) {
    this.#scope = scope;
    this.#prefix = prefix;
  }

  /** Counts one response. */
  charge(code: number): void {
    this.#completed ??= this.#scope.counter(`${this.#prefix}_completed`);
    this.#completed.inc();
    if (code < FIRST_CODE || code >= END_CODE) return;
    const index = code - FIRST_CODE;
    const counter = this.#codes[index];
    const ofClass = this.#classes[(code / 100) | 0];
    if (counter === undefined || ofClass === undefined) this.#chargeFirst(code);
    else {
      counter.inc();
      ofClass.inc();
    }
  }

  #chargeFirst(code: number): void {
    const digit = Math.floor(code / 100);
    const counter = this.#scope.counter(`${this.#prefix}_${code}`);
    const ofClass = this.#scope.counter(`${this.#prefix}_${digit}xx`);
    while (this.#codes.length <= code - FIRST_CODE) this.#codes.push(undefined);
    while (this.#classes.length <= digit) this.#classes.push(undefined);
    this.#codes[code - FIRST_CODE] = counter;
    this.#classes[digit] = ofClass;
    counter.inc();
    ofClass.inc();
  }
}

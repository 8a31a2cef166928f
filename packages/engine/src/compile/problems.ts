import type { CompileError } from '../match/compile-error.ts';

/** More problems than this are counted, not kept: an answer that nobody reads to its end helps nobody. */
const MAX_KEPT = 100;

/** Collects everything that is wrong with one resource. */
export class Problems {
  readonly #kept: CompileError[] = [];
  #count = 0;

  add(path: string, reason: string): void {
    this.#count++;
    if (this.#kept.length < MAX_KEPT) this.#kept.push({ path, reason });
  }

  /** Takes over what another compilation found. */
  addAll(errors: readonly CompileError[]): void {
    for (const { path, reason } of errors) this.add(path, reason);
  }

  get count(): number {
    return this.#count;
  }

  /** What is wrong, in the order found. */
  list(): readonly CompileError[] {
    return this.#kept;
  }
}

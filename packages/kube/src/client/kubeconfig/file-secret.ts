/** A file that somebody else rewrites (projected tokens, rotated certificates), read again now and then. */
import type { Clock } from '@weft/core';
import { thrownMessage } from '@weft/core';
import { kubeconfigError } from './kubeconfig-error.ts';

/** How long a text is used before the file is looked at again: kubelet renews tokens minutes before they end. */
const MAX_AGE_MS = 10_000;

/** The current text of a file. */
export class RotatedFile {
  readonly #where: string;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #readText: (path: string) => Promise<string>;
  #text: string | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;

  /** `where` is the field that names the file, for messages. */
  constructor(
    where: string,
    path: string,
    machine: { readonly clock: Clock; readonly readText: (path: string) => Promise<string> },
  ) {
    this.#where = where;
    this.#path = path;
    this.#clock = machine.clock;
    this.#readText = machine.readText;
  }

  /** The text without surrounding space; the one before when the file cannot be read for a moment. */
  async get(): Promise<string> {
    const now = this.#clock.monotonic();
    if (this.#text !== undefined && now - this.#readAtMs < MAX_AGE_MS) return this.#text;
    try {
      const text = (await this.#readText(this.#path)).trim();
      if (text !== '') this.#text = text;
      else if (this.#text === undefined) throw new Error('the file is empty');
    } catch (thrown) {
      if (this.#text === undefined) {
        throw kubeconfigError(this.#where, `cannot read ${this.#path}: ${thrownMessage(thrown)}`, undefined, thrown);
      }
    }
    this.#readAtMs = now;
    return this.#text;
  }

  /** The next `get` looks at the file. */
  expire(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }
}

/**
 * The one way state is handed from a writer to its readers: a cell with a current value.
 * Invariants: a listener runs only after its value is visible through `get()`; every listener sees values in the order
 * they were swapped in, perhaps with some in between left out; one failing listener never keeps others from running.
 */
import { abortReason } from './clock.ts';
import { throwLater } from './throw-later.ts';

/** Called with the new value and the one this round of notifications replaced. */
export type WatchListener<T> = (value: T, previous: T) => void;

/** The reading side of a `Watch`. */
export interface ReadonlyWatch<T> extends AsyncIterable<T> {
  /** The current value. */
  get(): T;
  /** Calls the listener after every change until the returned function is called; not for the current value. */
  subscribe(listener: WatchListener<T>): () => void;
  /** The value after the next change; rejects with the signal's reason. */
  changed(signal?: AbortSignal): Promise<T>;
  /** The current value and then each later one; a slow reader skips values; ends without error when the signal aborts. */
  values(signal?: AbortSignal): AsyncGenerator<T, void, undefined>;
}

/** Where the errors of listeners go; the default throws them outside of the writer's call, so they are never lost. */
export interface WatchOptions {
  readonly onListenerError?: (thrown: unknown) => void;
}

/** A cell with one writer and any number of readers. */
export class Watch<T> implements ReadonlyWatch<T> {
  #value: T;
  #version = 0;
  /** The value that the last finished round told the listeners. */
  #told: T;
  #isNotifying = false;
  readonly #listeners = new Set<{ readonly call: WatchListener<T> }>();
  readonly #onListenerError: (thrown: unknown) => void;

  constructor(initial: T, options: WatchOptions = {}) {
    this.#value = initial;
    this.#told = initial;
    this.#onListenerError = options.onListenerError ?? throwLater;
  }

  get(): T {
    return this.#value;
  }

  /** Counts the changes so far. */
  get version(): number {
    return this.#version;
  }

  /** Makes `next` the value, tells every listener, and returns the value before; the same value again tells nobody. */
  swap(next: T): T {
    const previous = this.#value;
    if (Object.is(previous, next)) return previous;
    this.#value = next;
    this.#version += 1;
    // A listener that swaps only extends the running round, so no listener sees a newer value before an older one.
    if (!this.#isNotifying) this.#notify();
    return previous;
  }

  /** Swaps in what `change` makes of the current value. */
  update(change: (current: T) => T): void {
    this.swap(change(this.#value));
  }

  subscribe(listener: WatchListener<T>): () => void {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  changed(signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      const stop = this.subscribe((value) => {
        stop();
        signal?.removeEventListener('abort', onAbort);
        resolve(value);
      });
      const onAbort = () => {
        stop();
        reject(abortReason(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async *values(signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
    let wake: () => void = () => undefined;
    const onWake = () => wake();
    const stop = this.subscribe(onWake);
    signal?.addEventListener('abort', onWake);
    try {
      for (let seen = -1; !signal?.aborted; ) {
        if (seen === this.#version) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          seen = this.#version;
          yield this.#value;
        }
      }
    } finally {
      stop();
      signal?.removeEventListener('abort', onWake);
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.values();
  }

  #notify(): void {
    this.#isNotifying = true;
    try {
      while (!Object.is(this.#told, this.#value)) {
        const value = this.#value;
        const previous = this.#told;
        this.#told = value;
        // A copy: listeners that come during a round already see its value through `get()`.
        for (const entry of [...this.#listeners]) this.#callListener(entry, value, previous);
      }
    } finally {
      this.#isNotifying = false;
    }
  }

  #callListener(entry: { readonly call: WatchListener<T> }, value: T, previous: T): void {
    if (!this.#listeners.has(entry)) return;
    try {
      entry.call(value, previous);
    } catch (thrown) {
      this.#onListenerError(thrown);
    }
  }
}

/** What is shown in place of a secret. */
export const REDACTED = '[redacted]';

/** A value that never prints: text, JSON and `util.inspect` all show `[redacted]`; only `reveal()` gives it away. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself; call it where the secret is used and nowhere before. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

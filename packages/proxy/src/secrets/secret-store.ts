import type { SecretRuntime } from '@weft/engine';

/** The secrets that hold now, by their keys (`sourcedKey`): fed by the bootstrap and by xDS, read by TLS contexts. */
export class SecretStore {
  /** Key: that of the secret. Sole writers: set and remove. */
  readonly #secrets = new Map<string, SecretRuntime>();
  /** Key: that of the secret. Sole writer: subscribe. */
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Undefined while there is no such secret. */
  get(key: string): SecretRuntime | undefined {
    return this.#secrets.get(key);
  }

  /** Every secret, for administration. */
  get all(): Iterable<SecretRuntime> {
    return this.#secrets.values();
  }

  /** A secret is there, or has changed: new handshakes use it. */
  set(key: string, secret: SecretRuntime): void {
    this.#secrets.set(key, secret);
    this.#tell(key);
  }

  /** A secret has gone: who needs it refuses connections. */
  remove(key: string): void {
    if (this.#secrets.delete(key)) this.#tell(key);
  }

  /** Calls `listener` after each change of a secret; the function returned ends that. */
  subscribe(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }

  #tell(key: string): void {
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }
}

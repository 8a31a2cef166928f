import type { SecretRuntime } from '@weft/engine';

/** The secrets that hold now: fed by the bootstrap, by files and by xDS, read by TLS contexts. */
export class SecretStore {
  /** Key: the secret's name. Sole writers: set and remove. */
  readonly #secrets = new Map<string, SecretRuntime>();
  /** Key: the secret's name. Sole writer: subscribe. */
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Undefined while there is no such secret. */
  get(name: string): SecretRuntime | undefined {
    return this.#secrets.get(name);
  }

  /** Every secret, for administration. */
  get all(): Iterable<SecretRuntime> {
    return this.#secrets.values();
  }

  /** A secret is there, or has changed: new handshakes use it. */
  set(secret: SecretRuntime): void {
    this.#secrets.set(secret.name, secret);
    this.#tell(secret.name);
  }

  /** A secret has gone: who needs it refuses connections. */
  remove(name: string): void {
    if (this.#secrets.delete(name)) this.#tell(name);
  }

  /** Calls `listener` after each change of a secret; the function returned ends that. */
  subscribe(name: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(name);
    };
  }

  #tell(name: string): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener();
  }
}

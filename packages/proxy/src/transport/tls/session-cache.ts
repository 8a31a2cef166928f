import type { KeptSession } from './tls-stream.ts';

/** Sessions that one cluster keeps to resume handshakes. The newest are taken first, for servers forget the old ones. */
export class SessionCache {
  readonly #max: number;
  /** Key: the host and the name asked for. */
  readonly #sessions = new Map<string, KeptSession[]>();
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** A session for a handshake. One of TLS 1.3 is used once only, so that nobody can tell two connections to be the same client's (RFC 8446 C.4). */
  take(key: string): KeptSession | undefined {
    const own = this.#sessions.get(key);
    const session = own?.pop();
    if (session === undefined) return undefined;
    this.#count--;
    if (own?.length === 0) this.#sessions.delete(key);
    return session;
  }

  /** Keeps a session; the oldest of the key that was used longest ago makes room. */
  put(key: string, session: KeptSession): void {
    if (this.#max === 0) return;
    const own = this.#sessions.get(key) ?? [];
    this.#sessions.delete(key);
    this.#sessions.set(key, own);
    own.push(session);
    this.#count++;
    if (this.#count > this.#max) this.#dropOldest();
  }

  /** What was agreed with other certificates does not count any more. */
  clear(): void {
    this.#sessions.clear();
    this.#count = 0;
  }

  #dropOldest(): void {
    for (const [key, sessions] of this.#sessions) {
      sessions.shift();
      this.#count--;
      if (sessions.length === 0) this.#sessions.delete(key);
      return;
    }
  }
}

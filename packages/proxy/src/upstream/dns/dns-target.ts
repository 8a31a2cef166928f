/** One name that is resolved again and again. */
import { Backoff, type Clock, type Random, type Timer } from '@weft/core';
import type { DnsRuntime } from '@weft/engine';
import type { DnsResolver } from './resolver.ts';

/** What a target is made of. */
export interface DnsTargetParts {
  readonly name: string;
  readonly dns: DnsRuntime;
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  readonly random: Random;
  /** The addresses that hold now, each once and in the order of the answer; called with every answer. */
  readonly onAnswer: (hosts: readonly string[]) => void;
  /** Nobody answered; what was known goes on holding. */
  readonly onFailure: (error: unknown) => void;
}

/** See the file's head. */
export class DnsTarget {
  readonly #parts: DnsTargetParts;
  readonly #backoff: Backoff | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: DnsTargetParts) {
    this.#parts = parts;
    const { failureRefresh } = parts.dns;
    this.#backoff = failureRefresh && new Backoff({ ...failureRefresh, jitter: 'full' }, parts.clock, parts.random);
  }

  /** Asks, and goes on asking; resolves after the first attempt, however it ended. */
  async start(): Promise<void> {
    const waitMs = await this.#attempt();
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.setTimer(waitMs, () => void this.start());
    this.#timer.unref();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** Asks once and says how long to wait until the next time. */
  async #attempt(): Promise<number> {
    const { name, dns, resolver, onAnswer, onFailure } = this.#parts;
    try {
      const found = await resolver.resolve(name, dns.family);
      if (this.#isClosed) return 0;
      this.#backoff?.reset();
      onAnswer([...new Set(found.map(({ host }) => host))]);
      return this.#holdsMs(found.map(({ ttlS }) => ttlS));
    } catch (thrown: unknown) {
      if (!this.#isClosed) onFailure(thrown);
      return this.#backoff?.next() ?? dns.refreshMs;
    }
  }

  /** A time to live of 0 says nothing about when to ask again. */
  #holdsMs(ttls: readonly (number | undefined)[]): number {
    const { respectsTtl, refreshMs } = this.#parts.dns;
    const known = ttls.filter((ttlS): ttlS is number => ttlS !== undefined && ttlS > 0);
    return respectsTtl && known.length > 0 ? Math.min(...known) * 1000 : refreshMs;
  }
}

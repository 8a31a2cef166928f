/**
 * One leader among several candidates, by a Lease.
 *
 * Safe under clocks that differ: the times in the lease are for people. A candidate waits until it has itself seen no
 * change of the lease for the whole duration, and a leader steps down when its own last successful renewal is older than
 * the renew deadline, which is shorter than the duration. Both measure on their own monotonic clock.
 */
import { type Clock, describeError, type Logger, MeshError, type Random, sleep, withDeadline } from '@weft/core';
import { isApiStatusError } from '../shared/status.ts';
import { formatMicroTime, type LeaseObject, type LeaseSpec } from './lease.ts';
import type { ResourceClient } from './resource-client.ts';

/** What an election is about. */
export interface LeaderElectionOptions {
  /** Leases of the namespace that the election is held in. */
  readonly client: ResourceClient<LeaseObject>;
  /** Name of the lease. */
  readonly name: string;
  /** Tells this candidate from all others. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Others take over after this long without a renewal; 15 s unless given. */
  readonly leaseMs?: number;
  /** The leader steps down after this long without a successful renewal; 10 s unless given. */
  readonly renewDeadlineMs?: number;
  /** Between attempts; 2 s unless given. */
  readonly retryMs?: number;
  /** Called as leader; the signal aborts when leadership is lost or given up. */
  readonly onStartedLeading: (signal: AbortSignal) => void;
  readonly onStoppedLeading?: (reason: string) => void;
  /** Another leader was seen; the own identity included. */
  readonly onNewLeader?: (identity: string) => void;
}

/** A candidate. */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #leaseMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #leading: AbortController | undefined;
  /** The lease as last seen, and when it was first seen like that. */
  #seen: { readonly lease: LeaseObject; readonly sinceMs: number } | undefined;
  #leader = '';

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryMs ?? 2_000;
    if (!(this.#leaseMs > this.#renewDeadlineMs && this.#renewDeadlineMs > this.#retryMs && this.#retryMs > 0)) {
      const problem = `leaseMs ${this.#leaseMs} > renewDeadlineMs ${this.#renewDeadlineMs} > retryMs ${this.#retryMs} > 0`;
      throw new MeshError('MESH_INVALID_ARGUMENT', `leader election needs ${problem}`);
    }
  }

  get isLeader(): boolean {
    return this.#leading !== undefined;
  }

  /** Who leads as far as is known; empty when nobody was seen yet. */
  get leader(): string {
    return this.#leader;
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Gives leadership up, so that another candidate need not wait. */
  async stop(): Promise<void> {
    this.#stopping.abort(new MeshError('MESH_ABORTED', 'the election was stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const attemptMs = this.#options.clock.monotonic();
      if (await this.#tryToLead(signal)) await this.#lead(attemptMs, signal);
      // Candidates that start together must not keep asking together.
      await this.#pause(this.#retryMs * (1 + this.#options.random.next() * 0.2), signal);
    }
  }

  /** One attempt to get or keep the lease. */
  async #tryToLead(signal: AbortSignal): Promise<boolean> {
    const { client, name, log, clock } = this.#options;
    try {
      // An attempt that hangs must not use up the time in which others would do.
      const timeoutMs = this.#renewDeadlineMs / 2;
      return await withDeadline(clock, timeoutMs, { what: `leader election ${name}`, signal }, async (inner) => {
        const lease = await client.find(name, { signal: inner });
        if (lease === undefined) {
          this.#observe(await client.create(this.#newLease(), { signal: inner }));
          return true;
        }
        this.#observe(lease);
        if (!this.#mayTake(lease)) return false;
        this.#observe(await client.replace(this.#renewed(lease), { signal: inner }));
        return true;
      });
    } catch (thrown) {
      // Another candidate was faster: not worth a word.
      const isLost = isApiStatusError(thrown, 'Conflict', 'AlreadyExists');
      if (!isLost && !signal.aborted) {
        log.warning('leader election failed, trying again', () => ({ lease: name, reason: describeError(thrown) }));
      }
      return false;
    }
  }

  async #lead(acquiredMs: number, signal: AbortSignal): Promise<void> {
    const { log, name, onStartedLeading, onStoppedLeading } = this.#options;
    const leading = new AbortController();
    this.#leading = leading;
    log.info('leading', { lease: name });
    this.#call(() => onStartedLeading(leading.signal));
    const reason = await this.#renewUntilLost(acquiredMs, signal);
    this.#leading = undefined;
    leading.abort(new MeshError('MESH_ABORTED', `no longer leading: ${reason}`));
    // Work is told to stop before anybody else may start.
    this.#call(() => onStoppedLeading?.(reason));
    log.info('no longer leading', { lease: name, reason });
    if (signal.aborted) await this.#release();
  }

  async #renewUntilLost(acquiredMs: number, signal: AbortSignal): Promise<string> {
    const { clock, identity } = this.#options;
    let renewedMs = acquiredMs;
    for (;;) {
      await this.#pause(this.#retryMs, signal);
      if (signal.aborted) return 'the election was stopped';
      const attemptMs = clock.monotonic();
      const timeLeftMs = renewedMs + this.#renewDeadlineMs - attemptMs;
      if (timeLeftMs <= 0) return `the lease was not renewed within ${this.#renewDeadlineMs} ms`;
      const isRenewed = await this.#tryWithin(timeLeftMs, signal);
      const holder = this.#seen?.lease.spec?.holderIdentity ?? '';
      // Counted from before the request: that is when the lease may have been written.
      if (isRenewed) renewedMs = attemptMs;
      else if (holder !== '' && holder !== identity) return `${holder} took the lease`;
    }
  }

  /** An attempt that ends with the renew deadline, so that stepping down is never late. */
  async #tryWithin(ms: number, signal: AbortSignal): Promise<boolean> {
    const cut = new AbortController();
    const timer = this.#options.clock.setTimer(ms, () => cut.abort());
    try {
      return await this.#tryToLead(AbortSignal.any([signal, cut.signal]));
    } finally {
      timer.cancel();
    }
  }

  #observe(lease: LeaseObject): void {
    const { clock, onNewLeader } = this.#options;
    const previous = this.#seen?.lease;
    const isSame = previous !== undefined && previous.metadata.resourceVersion === lease.metadata.resourceVersion;
    if (!isSame) this.#seen = { lease, sinceMs: clock.monotonic() };
    const leader = lease.spec?.holderIdentity ?? '';
    if (leader === this.#leader) return;
    this.#leader = leader;
    if (leader !== '') this.#call(() => onNewLeader?.(leader));
  }

  #mayTake(lease: LeaseObject): boolean {
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder === '' || holder === this.#options.identity) return true;
    const durationMs = Math.max(this.#leaseMs, (lease.spec?.leaseDurationSeconds ?? 0) * 1000);
    return this.#seen !== undefined && this.#options.clock.monotonic() - this.#seen.sinceMs >= durationMs;
  }

  #newLease(): LeaseObject {
    const { name, clock } = this.#options;
    const now = formatMicroTime(clock.now());
    return { metadata: { name }, spec: { ...this.#hold(now), acquireTime: now, leaseTransitions: 0 } };
  }

  #renewed(lease: LeaseObject): LeaseObject {
    const { spec = {} } = lease;
    const now = formatMicroTime(this.#options.clock.now());
    const isOwn = spec.holderIdentity === this.#options.identity;
    const taken = { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 };
    return { ...lease, spec: { ...spec, ...this.#hold(now), ...(isOwn ? {} : taken) } };
  }

  #hold(now: string): LeaseSpec {
    const leaseDurationSeconds = Math.max(1, Math.ceil(this.#leaseMs / 1000));
    return { holderIdentity: this.#options.identity, leaseDurationSeconds, renewTime: now };
  }

  async #release(): Promise<void> {
    const { client, name, identity, clock, log } = this.#options;
    const lease = this.#seen?.lease;
    if (lease?.spec?.holderIdentity !== identity) return;
    const renewTime = formatMicroTime(clock.now());
    const spec: LeaseSpec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
    try {
      await client.replace({ ...lease, spec }, { timeoutMs: this.#retryMs });
    } catch (thrown) {
      // The others find out by waiting.
      log.info('the lease could not be released', { lease: name, reason: describeError(thrown) });
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(this.#options.clock, ms, signal);
    } catch {
      // Only the signal ends a sleep early, and every loop looks at it.
    }
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (thrown) {
      this.#options.log.error('a leader election callback failed', { reason: describeError(thrown) });
    }
  }
}

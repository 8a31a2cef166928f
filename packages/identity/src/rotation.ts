/** Renews certificates long before they end and hands each new one to its users through one cell. */
import {
  Backoff,
  type BackoffPolicy,
  type Clock,
  describeError,
  type Logger,
  MeshError,
  noopLogger,
  type Random,
  type ReadonlyWatch,
  type Timer,
  Watch,
} from '@weft/core';

/** From when to when something is valid, in milliseconds since 1970. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The share of the lifetime after which to renew, and how far around it machines spread out. */
const RENEW_AT = 0.5;
const JITTER = 0.1;

/** When to renew: at half of the lifetime, plus or minus a tenth, so that a fleet started together does not renew together. */
export function renewAtMs(validity: Validity, random: Random): number {
  const lifetimeMs = validity.notAfterMs - validity.notBeforeMs;
  const share = RENEW_AT + (random.next() * 2 - 1) * JITTER;
  return Math.round(validity.notBeforeMs + lifetimeMs * share);
}

/** What a rotating certificate works with. */
export interface RotationOptions<C extends Validity> {
  readonly clock: Clock;
  readonly random: Random;
  /** Gets the next certificate; it is aborted when the rotation closes. */
  readonly issue: (signal: AbortSignal) => Promise<C>;
  readonly logger?: Logger;
  /** How failed renewals are tried again; from 1 s to 60 s unless given. */
  readonly retry?: BackoffPolicy;
}

const DEFAULT_RETRY: BackoffPolicy = { baseMs: 1_000, maxMs: 60_000, jitter: 'decorrelated' };

/** The wall clock may be set while a timer runs, so no wait is longer than this before the time is looked at again. */
const MAX_WAIT_MS = 3_600_000;

/** An authority that issues certificates which are over already must not be asked in a busy loop. */
const MIN_WAIT_MS = 1_000;

/**
 * Holds the current certificate and renews it. A failed renewal keeps the old certificate, even past its end: peers refuse
 * it then, which is the safe outcome, and the log says why.
 */
export class RotatingCertificate<C extends Validity> {
  readonly #options: RotationOptions<C>;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  readonly #current: Watch<C | undefined> = new Watch<C | undefined>(undefined);
  readonly #closing = new AbortController();
  #timer: Timer | undefined;
  #isRenewing = false;
  #isAskedAgain = false;

  constructor(options: RotationOptions<C>) {
    this.#options = options;
    this.#logger = options.logger ?? noopLogger;
    this.#backoff = new Backoff(options.retry ?? DEFAULT_RETRY, options.clock, options.random);
  }

  /** The certificate to use now; undefined until the first one is there. */
  get current(): ReadonlyWatch<C | undefined> {
    return this.#current;
  }

  /** Gets the first certificate and begins to renew; rejects when the first one cannot be had. */
  async start(): Promise<C> {
    if (this.#closing.signal.aborted) throw new MeshError('MESH_CLOSED', 'the rotation is closed');
    const first = await this.#options.issue(this.#closing.signal);
    this.#accept(first);
    return first;
  }

  /** Renews at once, such as when another authority has taken over; does nothing before there is a first certificate. */
  renewNow(): void {
    if (this.#closing.signal.aborted || this.#current.get() === undefined) return;
    this.#timer?.cancel();
    void this.#renew();
  }

  /** Stops renewing; the current certificate stays readable. */
  close(): void {
    this.#timer?.cancel();
    this.#closing.abort(new MeshError('MESH_ABORTED', 'the rotation is closed'));
  }

  #accept(certificate: C): void {
    if (this.#closing.signal.aborted) return;
    this.#backoff.reset();
    this.#current.swap(certificate);
    const earliestMs = this.#options.clock.now() + MIN_WAIT_MS;
    this.#waitUntil(Math.max(earliestMs, renewAtMs(certificate, this.#options.random)));
  }

  #waitUntil(dueMs: number): void {
    const leftMs = dueMs - this.#options.clock.now();
    this.#timer = this.#options.clock.setTimer(Math.min(Math.max(0, leftMs), MAX_WAIT_MS), () => {
      if (this.#options.clock.now() >= dueMs) void this.#renew();
      else this.#waitUntil(dueMs);
    });
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    // One that is under way may get a certificate of the authority before, so another one follows it.
    if (this.#isRenewing) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isRenewing = true;
    await this.#renewOnce();
    this.#isRenewing = false;
    if (!this.#isAskedAgain || this.#closing.signal.aborted) return;
    this.#isAskedAgain = false;
    this.#timer?.cancel();
    await this.#renew();
  }

  async #renewOnce(): Promise<void> {
    try {
      const next = await this.#options.issue(this.#closing.signal);
      this.#accept(next);
    } catch (thrown) {
      if (this.#closing.signal.aborted) return;
      const delayMs = this.#backoff.next();
      this.#logFailure(thrown, delayMs);
      this.#waitUntil(this.#options.clock.now() + delayMs);
    }
  }

  #logFailure(thrown: unknown, delayMs: number): void {
    const leftMs = (this.#current.get()?.notAfterMs ?? 0) - this.#options.clock.now();
    const fields = { reason: describeError(thrown), leftMs, retryInMs: Math.round(delayMs) };
    if (leftMs > 0) this.#logger.warning('certificate could not be renewed', fields);
    else this.#logger.error('certificate has expired and could not be renewed', fields);
  }
}

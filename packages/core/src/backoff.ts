import type { Clock } from './clock.ts';
import { MeshError } from './errors.ts';
import type { Random } from './random.ts';

/** How the waits between attempts grow. */
export interface BackoffPolicy {
  /** The upper bound of the first wait. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** What the bound is multiplied by with each failure; 2 unless given. Decorrelated jitter uses 3. */
  readonly factor?: number;
  /**
   * How waits are spread so that a thousand clients do not come back together: `full` draws from zero up to the bound,
   * `decorrelated` from the base up to a multiple of the wait before, `none` always takes the bound.
   */
  readonly jitter: 'full' | 'decorrelated' | 'none';
  /** A success that lasted this long is trusted: the next wait is the first again. */
  readonly resetAfterMs?: number;
}

/** What must be remembered between two waits. */
export interface BackoffState {
  /** Failures in a row so far. */
  readonly attempt: number;
  readonly previousMs: number;
  /** When the attempt after the previous wait began, on the clock's `monotonic`. */
  readonly attemptAtMs: number;
}

/** Nothing has failed yet. */
export const initialBackoff: BackoffState = Object.freeze({ attempt: 0, previousMs: 0, attemptAtMs: 0 });

/** Beyond this many doublings every sensible bound is reached; it keeps the power finite. */
const MAX_EXPONENT = 60;

/** The next wait after a failure at `nowMs`, and the state to keep; pure but for the draw from `random`. */
export function nextBackoff(
  policy: BackoffPolicy,
  state: BackoffState,
  at: { readonly nowMs: number; readonly random: Random },
): { readonly delayMs: number; readonly state: BackoffState } {
  const lastedMs = at.nowMs - state.attemptAtMs;
  const isTrusted = policy.resetAfterMs !== undefined && lastedMs >= policy.resetAfterMs;
  const from = isTrusted ? initialBackoff : state;
  const delayMs = draw(policy, from, at.random);
  return {
    delayMs,
    state: { attempt: from.attempt + 1, previousMs: delayMs, attemptAtMs: at.nowMs + delayMs },
  };
}

function draw(policy: BackoffPolicy, from: BackoffState, random: Random): number {
  const { baseMs, maxMs } = policy;
  const exponent = Math.min(from.attempt, MAX_EXPONENT);
  switch (policy.jitter) {
    case 'none':
      return Math.min(maxMs, baseMs * (policy.factor ?? 2) ** exponent);
    case 'full':
      return random.next() * Math.min(maxMs, baseMs * (policy.factor ?? 2) ** exponent);
    case 'decorrelated': {
      const high = Math.max(baseMs, from.previousMs * (policy.factor ?? 3));
      return Math.min(maxMs, baseMs + random.next() * (high - baseMs));
    }
  }
}

/** Keeps the state for one thing that is tried again and again. */
export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #clock: Clock;
  readonly #random: Random;
  #state: BackoffState = initialBackoff;

  constructor(policy: BackoffPolicy, clock: Clock, random: Random) {
    if (!(policy.baseMs > 0 && policy.maxMs >= policy.baseMs && Number.isFinite(policy.maxMs))) {
      throw new MeshError(
        'MESH_INVALID_ARGUMENT',
        `backoff from ${policy.baseMs} to ${policy.maxMs} ms is not a range`,
      );
    }
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
  }

  /** Failures in a row so far. */
  get attempt(): number {
    return this.#state.attempt;
  }

  /** Counts a failure and says how long to wait before the next attempt. */
  next(): number {
    const { delayMs, state } = nextBackoff(this.#policy, this.#state, {
      nowMs: this.#clock.monotonic(),
      random: this.#random,
    });
    this.#state = state;
    return delayMs;
  }

  /** Forgets all failures. */
  reset(): void {
    this.#state = initialBackoff;
  }
}

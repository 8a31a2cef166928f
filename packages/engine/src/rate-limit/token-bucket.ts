import type { TokenBucket as BucketMessage } from '@weft/proto/envoy/type/v3/token_bucket';
import type { CompileContext } from '../compile/context.ts';
import { compileDurationMs } from '../compile/matchers/duration.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';

/** What is supported of token buckets. */
export const TOKEN_BUCKET_SUPPORT = [
  supports<BucketMessage>('envoy.type.v3.TokenBucket', { maxTokens: true, tokensPerFill: true, fillInterval: true }),
];

/** How a bucket fills. */
export interface BucketSpec {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
}

/** Envoy refuses shorter intervals, so configurations that hold here hold there too. */
const MIN_INTERVAL_MS = 50;

/** Compiles how a bucket fills; undefined when there was a problem. */
export function compileBucket(message: BucketMessage, path: string, context: CompileContext): BucketSpec | undefined {
  const { maxTokens, tokensPerFill = 1, fillInterval } = message;
  const before = context.problems.count;
  if (maxTokens === 0) context.problems.add(`${path}.max_tokens`, 'must be greater than 0');
  if (tokensPerFill === 0) context.problems.add(`${path}.tokens_per_fill`, 'must be greater than 0');
  if (fillInterval === undefined) return isMissing(path, 'fill_interval', context);
  const fillIntervalMs = compileDurationMs(fillInterval, `${path}.fill_interval`, context);
  if (fillIntervalMs !== undefined && fillIntervalMs < MIN_INTERVAL_MS) {
    context.problems.add(`${path}.fill_interval`, `must be at least ${MIN_INTERVAL_MS} ms, not ${fillIntervalMs} ms`);
  }
  if (context.problems.count !== before || fillIntervalMs === undefined) return undefined;
  return Object.freeze({ maxTokens, tokensPerFill, fillIntervalMs });
}

/**
 * A bucket of tokens that fills steadily, as Envoy's does: in half an interval, half of an interval's tokens come. It counts in parts of a token
 * of which every millisecond brings a whole number, so that nothing is lost or won by rounding.
 */
export class TokenBucket {
  readonly spec: BucketSpec;
  readonly #maxParts: number;
  /** What is there at #filledMs. Both are written by `fill` and `consume`. */
  #parts: number;
  #filledMs: number;

  /** A full bucket. */
  constructor(spec: BucketSpec, nowMs: number) {
    this.spec = spec;
    this.#maxParts = spec.maxTokens * spec.fillIntervalMs;
    this.#parts = this.#maxParts;
    this.#filledMs = nowMs;
  }

  /** Takes so many tokens; false when there are fewer, and then it takes none. */
  consume(nowMs: number, count = 1): boolean {
    this.#fill(nowMs);
    const parts = count * this.spec.fillIntervalMs;
    if (this.#parts < parts) return false;
    this.#parts -= parts;
    return true;
  }

  /** Whole tokens that are there. */
  remaining(nowMs: number): number {
    this.#fill(nowMs);
    return Math.floor(this.#parts / this.spec.fillIntervalMs);
  }

  /** Whole seconds until there is a token. */
  resetSeconds(nowMs: number): number {
    this.#fill(nowMs);
    const missing = Math.max(0, this.spec.fillIntervalMs - this.#parts);
    return Math.floor(Math.ceil(missing / this.spec.tokensPerFill) / 1000);
  }

  /** A clock that goes back brings nothing, and takes nothing. */
  #fill(nowMs: number): void {
    if (nowMs <= this.#filledMs) return;
    const come = (nowMs - this.#filledMs) * this.spec.tokensPerFill;
    this.#parts = Math.min(this.#maxParts, this.#parts + come);
    this.#filledMs = nowMs;
  }
}

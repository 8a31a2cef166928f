import type {
  LocalRateLimitDescriptor,
  RateLimitDescriptor_Entry,
} from '@weft/proto/envoy/extensions/common/ratelimit/v3/ratelimit';
import type { CompileContext } from '../compile/context.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { Descriptor } from '../route/rate-limit/rate-limit.ts';
import type { DescriptorEntry } from '../route/rate-limit/rate-limit-action.ts';
import { type BucketSpec, compileBucket, TokenBucket } from './token-bucket.ts';

/** What is supported of local limits. */
export const LOCAL_LIMIT_SUPPORT = [
  supports<LocalRateLimitDescriptor>('envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor', {
    entries: true,
    tokenBucket: true,
    shadowMode: 'use filter_enforced',
  }),
  supports<RateLimitDescriptor_Entry>('envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry', {
    key: true,
    value: true,
  }),
];

/** A bucket for requests with certain entries. */
export interface LimitedDescriptor {
  /** An entry without a value stands for any: then each combination of values that comes has a bucket of its own. */
  readonly entries: readonly DescriptorEntry[];
  readonly bucket: BucketSpec;
}

/** What requests are limited by. */
export interface LimiterSpec {
  /** For requests without a descriptor of their own; undefined for no limit. */
  readonly bucket: BucketSpec | undefined;
  readonly descriptors: readonly LimitedDescriptor[];
  /** Whether requests that have a bucket of their own take from the other one too. */
  readonly alwaysTakesDefault: boolean;
  /** So many combinations of values are remembered of each descriptor that leaves values open. */
  readonly maxCombinations: number;
}

/** Compiles descriptors with their buckets; undefined when there was a problem. */
export function compileLimitedDescriptors(
  messages: readonly LocalRateLimitDescriptor[],
  path: string,
  context: CompileContext,
): readonly LimitedDescriptor[] | undefined {
  const known = new Set<string>();
  return compileList(messages, path, ({ entries, tokenBucket }, at) => {
    if (entries.length === 0) return isMissing(at, 'at least one of entries', context);
    if (tokenBucket === undefined) return isMissing(at, 'token_bucket', context);
    const key = descriptorKey(entries);
    if (known.has(key)) {
      context.problems.add(`${at}.entries`, `there is a descriptor with these entries already: ${key}`);
      return undefined;
    }
    known.add(key);
    const bucket = compileBucket(tokenBucket, `${at}.token_bucket`, context);
    return bucket && { entries: entries.map(({ key: name, value }) => ({ key: name, value })), bucket };
  });
}

/** One text for a list of entries, whatever is in them. */
function descriptorKey(entries: readonly DescriptorEntry[]): string {
  return JSON.stringify(entries.map(({ key, value }) => [key, value]));
}

/** A descriptor that leaves values open, and a bucket for each combination of values that has come. */
class OpenDescriptor {
  readonly #spec: LimitedDescriptor;
  readonly #maxCombinations: number;
  /** Key: as `descriptorKey` writes it; what has come last is last. Written by `find`. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(spec: LimitedDescriptor, maxCombinations: number) {
    this.#spec = spec;
    this.#maxCombinations = maxCombinations;
  }

  matches(entries: readonly DescriptorEntry[]): boolean {
    const own = this.#spec.entries;
    if (own.length !== entries.length) return false;
    return own.every(({ key, value }, i) => key === entries[i]!.key && (value === '' || value === entries[i]!.value));
  }

  /** The bucket of a combination; the one that has not come for longest makes way for a new one. */
  find(key: string, nowMs: number): TokenBucket {
    const known = this.#buckets.get(key);
    const bucket = known ?? new TokenBucket(this.#spec.bucket, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.#maxCombinations) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}

/** What a request takes from a bucket. */
interface Taking {
  readonly bucket: TokenBucket;
  readonly count: number;
}

/** What became of a request. */
export interface LimiterResult {
  readonly isAllowed: boolean;
  /** The bucket that the client is told of; undefined where nothing is limited. */
  readonly bucket: TokenBucket | undefined;
}

const UNLIMITED: LimiterResult = Object.freeze({ isAllowed: true, bucket: undefined });

/** The buckets of one configuration. They fill as time goes by and are as old as the configuration, or as the connection they belong to. */
export class LocalLimiter {
  readonly #spec: LimiterSpec;
  readonly #default: TokenBucket | undefined;
  /** Key of the descriptor -> its bucket. Written by the constructor. */
  readonly #byKey: ReadonlyMap<string, TokenBucket>;
  readonly #open: readonly OpenDescriptor[];

  constructor(spec: LimiterSpec, nowMs: number) {
    this.#spec = spec;
    this.#default = spec.bucket && new TokenBucket(spec.bucket, nowMs);
    const isOpen = ({ entries }: LimitedDescriptor) => entries.some(({ value }) => value === '');
    const closed = spec.descriptors.filter((each) => !isOpen(each));
    this.#byKey = new Map(
      closed.map(({ entries, bucket }) => [descriptorKey(entries), new TokenBucket(bucket, nowMs)]),
    );
    this.#open = spec.descriptors.filter(isOpen).map((each) => new OpenDescriptor(each, spec.maxCombinations));
  }

  /** Takes tokens from every bucket that the request has to do with, the slowest first, until one has none. */
  check(descriptors: readonly Descriptor[], nowMs: number): LimiterResult {
    const matched =
      this.#spec.descriptors.length === 0 || descriptors.length === 0 ? NONE : this.#match(descriptors, nowMs);
    for (const { bucket, count } of matched) if (!bucket.consume(nowMs, count)) return { isAllowed: false, bucket };
    const first = matched[0]?.bucket;
    if (first !== undefined && !this.#spec.alwaysTakesDefault) return { isAllowed: true, bucket: first };
    if (this.#default === undefined) return first === undefined ? UNLIMITED : { isAllowed: true, bucket: first };
    if (!this.#default.consume(nowMs)) return { isAllowed: false, bucket: this.#default };
    return { isAllowed: true, bucket: first ?? this.#default };
  }

  #match(descriptors: readonly Descriptor[], nowMs: number): readonly Taking[] {
    const matched: Taking[] = [];
    for (const { entries, hits } of descriptors) {
      const key = descriptorKey(entries);
      const bucket = this.#byKey.get(key) ?? this.#open.find((each) => each.matches(entries))?.find(key, nowMs);
      if (bucket !== undefined) matched.push({ bucket, count: hits });
    }
    return matched.sort((a, b) => fillRate(a.bucket.spec) - fillRate(b.bucket.spec));
  }
}

const NONE: readonly Taking[] = [];

function fillRate({ tokensPerFill, fillIntervalMs }: BucketSpec): number {
  return tokensPerFill / fillIntervalMs;
}

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
  /** Its entries, as `descriptorKey` writes them. */
  readonly key: string;
  readonly bucket: BucketSpec;
}

/** What requests are limited by. */
export interface LimiterSpec {
  /** For requests without a descriptor of their own; undefined for no limit. */
  readonly bucket: BucketSpec | undefined;
  readonly descriptors: readonly LimitedDescriptor[];
  /** Whether requests that have a bucket of their own take from the other one too. */
  readonly alwaysTakesDefault: boolean;
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
    return bucket && { key, bucket };
  });
}

/** One text for a list of entries, whatever is in them. */
function descriptorKey(entries: readonly DescriptorEntry[]): string {
  return JSON.stringify(entries.map(({ key, value }) => [key, value]));
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

  constructor(spec: LimiterSpec, nowMs: number) {
    this.#spec = spec;
    this.#default = spec.bucket && new TokenBucket(spec.bucket, nowMs);
    this.#byKey = new Map(spec.descriptors.map(({ key, bucket }) => [key, new TokenBucket(bucket, nowMs)]));
  }

  /** Takes a token from every bucket that the request has to do with, the slowest first, until one has none. */
  check(descriptors: readonly Descriptor[], nowMs: number): LimiterResult {
    const matched = this.#byKey.size === 0 || descriptors.length === 0 ? NONE : this.#match(descriptors);
    for (const bucket of matched) if (!bucket.consume(nowMs)) return { isAllowed: false, bucket };
    const first = matched[0];
    if (first !== undefined && !this.#spec.alwaysTakesDefault) return { isAllowed: true, bucket: first };
    if (this.#default === undefined) return first === undefined ? UNLIMITED : { isAllowed: true, bucket: first };
    if (!this.#default.consume(nowMs)) return { isAllowed: false, bucket: this.#default };
    return { isAllowed: true, bucket: first ?? this.#default };
  }

  #match(descriptors: readonly Descriptor[]): readonly TokenBucket[] {
    const matched = descriptors
      .map(({ entries }) => this.#byKey.get(descriptorKey(entries)))
      .filter((bucket) => bucket !== undefined);
    return matched.sort((a, b) => fillRate(a.spec) - fillRate(b.spec));
  }
}

const NONE: readonly TokenBucket[] = [];

function fillRate({ tokensPerFill, fillIntervalMs }: BucketSpec): number {
  return tokensPerFill / fillIntervalMs;
}

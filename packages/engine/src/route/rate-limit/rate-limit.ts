import type {
  RateLimit,
  RateLimit_HitsAddend,
  RateLimit_Override,
  RateLimit_Override_DynamicMetadata,
  RateLimit_Override_RateLimitOverride,
} from '@weft/proto/envoy/config/route/v3/route_components';
import type { CompileContext } from '../../compile/context.ts';
import { compileList, isMissing, valueOrReport } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { HeaderCompileContext } from '../../headers/header-mutations.ts';
import type { ValueFormatter } from '../../headers/value-format.ts';
import type { MetadataSource } from '../../match/metadata-matcher.ts';
import { compileMetadataKey, type MetadataPath, metadataValue } from './metadata-key.ts';
import {
  compileRateLimitAction,
  type DescriptorEntry,
  type RateLimitAction,
  type RateLimitView,
} from './rate-limit-action.ts';

/** What is supported of rate limits. */
export const RATE_LIMIT_SUPPORT = [
  supports<RateLimit>('envoy.config.route.v3.RateLimit', {
    stage: true,
    disableKey: true,
    actions: true,
    limit: true,
    applyOnStreamDone: 'limits of this proxy are asked before the request goes on, in Envoy too: leave it out',
    hitsAddend: true,
    xRatelimitOption: 'use enable_x_ratelimit_headers of the filter',
  }),
  supports<RateLimit_HitsAddend>('envoy.config.route.v3.RateLimit.HitsAddend', {
    number: true,
    format: true,
    isNegativeHits: 'tokens are not given back: leave it out',
  }),
  supports<RateLimit_Override>('envoy.config.route.v3.RateLimit.Override', {
    overrideSpecifier: { dynamicMetadata: true, rateLimit: true },
  }),
  supports<RateLimit_Override_DynamicMetadata>('envoy.config.route.v3.RateLimit.Override.DynamicMetadata', {
    metadataKey: true,
  }),
  supports<RateLimit_Override_RateLimitOverride>('envoy.config.route.v3.RateLimit.Override.RateLimitOverride', {
    requestsPerUnit: true,
    unit: true,
  }),
];

/** A limit that a request brings along instead of the one that the rate limit service knows. */
export interface LimitOverride {
  readonly requestsPerUnit: number;
  readonly unit: RateLimitUnit;
}

/** The units of envoy.type.v3.RateLimitUnit, in the order of their numbers. */
const UNITS = ['UNKNOWN', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'MONTH', 'YEAR'] as const;

/** A unit by its name in the proto. */
export type RateLimitUnit = (typeof UNITS)[number];

/** What a rate limit counts: requests with the same entries share a budget. */
export interface Descriptor {
  readonly entries: readonly DescriptorEntry[];
  readonly limit: LimitOverride | undefined;
  /** How much the request counts. */
  readonly hits: number;
}

/** A compiled rate limit. */
export interface RateLimitRuntime {
  readonly stage: number;
  /** The runtime key that switches it off; empty without one. */
  readonly disableKey: string;
  readonly actions: readonly RateLimitAction[];
  /** The limit that goes along with the descriptor, or where dynamic metadata may have one. */
  readonly override: LimitOverride | MetadataPath | undefined;
  /** How much a request counts, or what makes that of it. */
  readonly hits: number | ValueFormatter;
}

/** Where rate limits stand: not everything that they may say is read everywhere. */
export type RateLimitPlace = 'route' | 'filter';

const MAX_STAGE = 10;

/** Compiles the rate limits of one level; undefined when there was a problem. */
export function compileRateLimits(
  messages: readonly RateLimit[],
  path: string,
  context: HeaderCompileContext,
  place: RateLimitPlace = 'route',
): readonly RateLimitRuntime[] | undefined {
  return compileList(messages, path, (message, at) => {
    const before = context.problems.count;
    if (place === 'route') refuseInRoute(message, at, context);
    else refuseInFilter(message, at, context);
    return context.problems.count === before ? compileRateLimit(message, at, context) : undefined;
  });
}

function refuseInRoute({ hitsAddend }: RateLimit, path: string, { problems }: HeaderCompileContext): void {
  // Envoy's local limits do not read it there, and no other filter is served.
  if (hitsAddend !== undefined) problems.add(`${path}.hits_addend`, 'is not read here: use rate_limits of the filter');
}

function refuseInFilter(
  { stage, disableKey, limit }: RateLimit,
  path: string,
  { problems }: HeaderCompileContext,
): void {
  if (stage !== undefined) problems.add(`${path}.stage`, 'has no meaning here: leave it out');
  if (disableKey !== '') problems.add(`${path}.disable_key`, 'has no meaning here: leave it out');
  if (limit !== undefined) problems.add(`${path}.limit`, 'has no meaning here: leave it out');
}

function compileRateLimit(
  message: RateLimit,
  path: string,
  context: HeaderCompileContext,
): RateLimitRuntime | undefined {
  const stage = message.stage ?? 0;
  if (stage > MAX_STAGE) {
    context.problems.add(`${path}.stage`, `must be at most ${MAX_STAGE}, not ${stage}`);
    return undefined;
  }
  if (message.actions.length === 0) return isMissing(path, 'at least one of actions', context);
  const actions = compileList(message.actions, `${path}.actions`, (action, at) =>
    compileRateLimitAction(action, at, context),
  );
  const override = message.limit && compileOverride(message.limit, `${path}.limit`, context);
  const hits = compileHits(message.hitsAddend, `${path}.hits_addend`, context);
  if (actions === undefined || hits === undefined || (message.limit !== undefined && override === undefined))
    return undefined;
  return Object.freeze({ stage, disableKey: message.disableKey, actions, override, hits });
}

function compileHits(
  message: RateLimit_HitsAddend | undefined,
  path: string,
  context: HeaderCompileContext,
): number | ValueFormatter | undefined {
  if (message?.number !== undefined) return Number(message.number);
  if (message === undefined || message.format === '') return 1;
  return valueOrReport(context.compileFormat(message.format, `${path}.format`), context);
}

function compileOverride(
  { overrideSpecifier: given }: RateLimit_Override,
  path: string,
  context: CompileContext,
): LimitOverride | MetadataPath | undefined {
  switch (given.case) {
    case undefined:
      return isMissing(path, 'dynamic_metadata or rate_limit', context);
    case 'dynamicMetadata':
      return compileMetadataKey(given.value.metadataKey, `${path}.dynamic_metadata`, context);
    case 'rateLimit': {
      const { requestsPerUnit, unit: number } = given.value;
      const unit = UNITS[number];
      if (unit === undefined) return isMissing(`${path}.rate_limit`, 'a unit of time', context);
      return Object.freeze({ requestsPerUnit, unit });
    }
  }
}

/** The descriptors of a request at a stage. */
export function rateLimitDescriptors(
  limits: readonly RateLimitRuntime[],
  stage: number,
  view: RateLimitView,
): readonly Descriptor[] {
  const descriptors: Descriptor[] = [];
  for (const limit of limits) {
    if (limit.stage !== stage) continue;
    const entries = entriesOf(limit.actions, view);
    if (entries === undefined) continue;
    const hits = typeof limit.hits === 'number' ? limit.hits : hitsOf(limit.hits.format(view.stream));
    if (hits === undefined) continue;
    const { override } = limit;
    const stated = isLimit(override) ? override : override && limitOverride(view.dynamicMetadata, override);
    descriptors.push({ entries, limit: stated, hits });
  }
  return descriptors;
}

/** As in Envoy, what is no number makes no descriptor, and of a fraction the whole part counts. */
function hitsOf(text: string | undefined): number | undefined {
  const hits = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return hits >= 0 && Number.isFinite(hits) ? Math.trunc(hits) : undefined;
}

/** The entries of one descriptor; undefined when an action says that there is none. */
function entriesOf(actions: readonly RateLimitAction[], view: RateLimitView): DescriptorEntry[] | undefined {
  const entries: DescriptorEntry[] = [];
  for (const action of actions) {
    const entry = action(view);
    if (entry === 'stop') return undefined;
    if (entry !== 'skip' && entry.key !== '') entries.push(entry);
  }
  return entries;
}

function isLimit(override: RateLimitRuntime['override']): override is LimitOverride {
  return override !== undefined && 'unit' in override;
}

function limitOverride(metadata: MetadataSource, keys: MetadataPath): LimitOverride | undefined {
  const found = metadataValue(metadata, keys);
  if (typeof found !== 'object' || found === null) return undefined;
  const { requests_per_unit: requests, unit } = found as Readonly<Record<string, unknown>>;
  const known = UNITS.find((name) => name === unit);
  if (typeof requests !== 'number' || known === undefined) return undefined;
  return { requestsPerUnit: Math.trunc(requests), unit: known };
}

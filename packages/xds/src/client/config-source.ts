import { err, ok, type Result } from '@weft/core';
import type { ApiConfigSource, ConfigSource, RateLimitSettings } from '@weft/proto/envoy/config/core/v3/config_source';
import type { XdsVariant } from '../protocol/messages.ts';
import type { RateLimit } from '../protocol/token-bucket.ts';
import { toMs } from '../protocol/wire.ts';
import { type GrpcTarget, planGrpcTarget } from './grpc-target.ts';

/** Where resources come from, in a form that can be compared: equal keys mean the same source. */
export type SourcePlan = AdsPlan | GrpcPlan | FilePlan;

interface CommonPlan {
  readonly key: string;
  /** How long to wait for the first version of a resource; 0 waits for ever. */
  readonly initialFetchMs: number;
}

/** The aggregated stream of the bootstrap's `ads_config`. */
export interface AdsPlan extends CommonPlan {
  readonly kind: 'ads';
}

/** A stream to a server named in place, one for each type. */
export interface GrpcPlan extends CommonPlan {
  readonly kind: 'grpc';
  readonly service: GrpcServicePlan;
}

/** A file that is watched. */
export interface FilePlan extends CommonPlan {
  readonly kind: 'file';
  readonly path: string;
  /** The directory whose moves cause the file to be read again; undefined to watch the file itself. */
  readonly watchedDirectory: string | undefined;
}

/** How to talk to a server. */
export interface GrpcServicePlan {
  readonly variant: XdsVariant;
  /** Tried one after the other. */
  readonly targets: readonly GrpcTarget[];
  readonly isNodeOnFirstOnly: boolean;
  readonly rateLimit: RateLimit | undefined;
}

/** The proto's default for `initial_fetch_timeout`. */
const DEFAULT_INITIAL_FETCH_MS = 15_000;

/** The numbers of `ApiVersion` and `ApiConfigSource.ApiType`; importing the enums themselves would load generated code. */
const V2 = 1;
const API_TYPES: Readonly<Record<number, XdsVariant | 'REST' | 'AGGREGATED_GRPC' | 'AGGREGATED_DELTA_GRPC'>> = {
  1: 'REST',
  2: 'sotw',
  3: 'delta',
  5: 'AGGREGATED_GRPC',
  6: 'AGGREGATED_DELTA_GRPC',
};

/** The defaults and the smallest rate of `RateLimitSettings`. */
const DEFAULT_MAX_TOKENS = 100;
const DEFAULT_FILL_RATE = 10;
const ONCE_A_YEAR = 1 / (365 * 24 * 3600);

/** Reads a `ConfigSource`; the error names the field that is wrong or not supported. */
export function planConfigSource(source: ConfigSource): Result<SourcePlan, string> {
  if (source.authorities.length > 0) return err('authorities: not supported; name the source where it is used');
  if (source.resourceApiVersion === V2) return err('resource_api_version: V2 is no longer supported; use V3');
  const initialFetchMs =
    source.initialFetchTimeout === undefined ? DEFAULT_INITIAL_FETCH_MS : toMs(source.initialFetchTimeout);
  if (initialFetchMs < 0) return err(`initial_fetch_timeout: ${initialFetchMs} ms is negative`);
  const specifier = source.configSourceSpecifier;
  switch (specifier.case) {
    case 'ads':
      return ok({ kind: 'ads', key: 'ads', initialFetchMs });
    case 'apiConfigSource': {
      const service = planApiConfigSource(specifier.value);
      if (service.kind === 'err') return err(`api_config_source.${service.error}`);
      return ok({ kind: 'grpc', key: keyOf('grpc', service.value), initialFetchMs, service: service.value });
    }
    case 'path':
      return planFile(specifier.value, undefined, initialFetchMs);
    case 'pathConfigSource':
      return planFile(specifier.value.path, specifier.value.watchedDirectory?.path, initialFetchMs);
    case 'self':
      return err('self: not supported; use ads');
    case undefined:
      return err('one of path_config_source, api_config_source and ads is required');
  }
}

/** Reads an `ApiConfigSource`: that of `ads_config`, or one in a `ConfigSource`. */
export function planApiConfigSource(source: ApiConfigSource): Result<GrpcServicePlan, string> {
  const variant = API_TYPES[source.apiType];
  if (variant !== 'sotw' && variant !== 'delta') {
    return err(`api_type: ${variant ?? source.apiType} is not supported; use GRPC or DELTA_GRPC`);
  }
  const refused = refusedField(source);
  if (refused !== undefined) return err(refused);
  if (source.grpcServices.length === 0) return err('grpc_services: at least one is required');
  const targets: GrpcTarget[] = [];
  for (const [index, service] of source.grpcServices.entries()) {
    const target = planGrpcTarget(service);
    if (target.kind === 'err') return err(`grpc_services[${index}].${target.error}`);
    const { maxMessageBytes, backoff } = target.value;
    if (index > 0 && (maxMessageBytes !== undefined || backoff !== undefined)) {
      const fields = 'envoy_grpc.retry_policy and max_receive_message_length';
      return err(`grpc_services[${index}]: ${fields} are taken from the first service only`);
    }
    targets.push(target.value);
  }
  const rateLimit = planRateLimit(source.rateLimitSettings);
  if (rateLimit.kind === 'err') return rateLimit;
  return ok({ variant, targets, isNodeOnFirstOnly: source.setNodeOnFirstMessageOnly, rateLimit: rateLimit.value });
}

function refusedField(source: ApiConfigSource): string | undefined {
  if (source.transportApiVersion === V2) return 'transport_api_version: V2 is no longer supported; use V3';
  if (source.clusterNames.length > 0) return 'cluster_names: only for REST, which is not supported; use grpc_services';
  if (source.refreshDelay !== undefined) return 'refresh_delay: only for REST, which is not supported';
  if (source.requestTimeout !== undefined) return 'request_timeout: only for REST, which is not supported';
  if (source.configValidators.length > 0) return 'config_validators: not supported';
  return undefined;
}

function planRateLimit(settings: RateLimitSettings | undefined): Result<RateLimit | undefined, string> {
  if (settings === undefined) return ok(undefined);
  const maxTokens = settings.maxTokens ?? DEFAULT_MAX_TOKENS;
  const fillRate = settings.fillRate ?? DEFAULT_FILL_RATE;
  if (maxTokens < 1) return err('rate_limit_settings.max_tokens: 0 would never let a request through');
  if (!(fillRate > 0)) return err(`rate_limit_settings.fill_rate: ${fillRate} is not greater than 0`);
  return ok({ maxTokens, fillRatePerSecond: Math.max(ONCE_A_YEAR, fillRate) });
}

function planFile(path: string, directory: string | undefined, initialFetchMs: number): Result<SourcePlan, string> {
  if (path === '') return err('path: value length must be at least 1 characters');
  return ok({ kind: 'file', key: keyOf('file', [path, directory]), initialFetchMs, path, watchedDirectory: directory });
}

/** Plans hold plain data; what JSON cannot say (64-bit numbers, bytes) is within the credentials of `google_grpc`. */
function keyOf(kind: string, plan: unknown): string {
  const text = JSON.stringify(plan, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
  return `${kind} ${text}`;
}

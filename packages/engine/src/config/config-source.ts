import type { WatchedDirectory } from '@weft/proto/envoy/config/core/v3/base';
import type {
  AggregatedConfigSource,
  ApiConfigSource,
  ApiConfigSource_ApiType,
  ApiVersion,
  ConfigSource,
  PathConfigSource,
  RateLimitSettings,
  SelfConfigSource,
} from '@weft/proto/envoy/config/core/v3/config_source';
import type { TypedExtensionConfig } from '@weft/proto/envoy/config/core/v3/extension';
import type { GrpcService, GrpcService_EnvoyGrpc } from '@weft/proto/envoy/config/core/v3/grpc_service';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { supports } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import type { ConfigContext } from './config-context.ts';

const REST = 'only gRPC and files bring resources: REST is not supported';

/** What is supported of the places where resources come from. */
export const CONFIG_SOURCE_SUPPORT: readonly Support[] = [
  supports<ConfigSource>('envoy.config.core.v3.ConfigSource', {
    configSourceSpecifier: {
      path: true,
      apiConfigSource: true,
      ads: true,
      self: 'name the source in place of self',
      pathConfigSource: true,
    },
    initialFetchTimeout: true,
    resourceApiVersion: true,
    authorities: 'name the source where it is used',
  }),
  supports<AggregatedConfigSource>('envoy.config.core.v3.AggregatedConfigSource', {}),
  supports<SelfConfigSource>('envoy.config.core.v3.SelfConfigSource', { transportApiVersion: true }),
  supports<PathConfigSource>('envoy.config.core.v3.PathConfigSource', {
    path: true,
    watchedDirectory: true,
    pollInterval: 'files are watched: move a new one over the old one',
  }),
  supports<WatchedDirectory>('envoy.config.core.v3.WatchedDirectory', {
    path: true,
    watchModify: 'what is written in place may be read half written: move a new file over the old one',
  }),
  supports<ApiConfigSource>('envoy.config.core.v3.ApiConfigSource', {
    apiType: true,
    transportApiVersion: true,
    clusterNames: REST,
    grpcServices: true,
    refreshDelay: REST,
    requestTimeout: REST,
    rateLimitSettings: true,
    setNodeOnFirstMessageOnly: true,
    configValidators: 'there are no validators of whole configurations',
  }),
  supportsEnum<typeof ApiConfigSource_ApiType>('envoy.config.core.v3.ApiConfigSource.ApiType', {
    DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE: 'use GRPC or DELTA_GRPC',
    REST,
    GRPC: true,
    DELTA_GRPC: true,
    AGGREGATED_GRPC: 'collections of xdstp resources are not supported: use GRPC',
    AGGREGATED_DELTA_GRPC: 'collections of xdstp resources are not supported: use DELTA_GRPC',
  }),
  supportsEnum<typeof ApiVersion>('envoy.config.core.v3.ApiVersion', {
    AUTO: true,
    V2: 'version 2 of xDS is gone: use V3',
    V3: true,
  }),
  supports<RateLimitSettings>('envoy.config.core.v3.RateLimitSettings', { maxTokens: true, fillRate: true }),
  supports<GrpcService>('envoy.config.core.v3.GrpcService', {
    targetSpecifier: {
      envoyGrpc: true,
      googleGrpc: 'there is one gRPC client here: define a cluster and name it in envoy_grpc',
    },
    timeout: true,
    initialMetadata: true,
    retryPolicy: 'streams are opened again with their own back-off: leave it out',
  }),
  supports<GrpcService_EnvoyGrpc>('envoy.config.core.v3.GrpcService.EnvoyGrpc', {
    clusterName: true,
    authority: true,
    retryPolicy: 'streams are opened again with their own back-off: leave it out',
    maxReceiveMessageLength: true,
    skipEnvoyHeaders: true,
  }),
  supports<TypedExtensionConfig>('envoy.config.core.v3.TypedExtensionConfig', { name: true, typedConfig: true }),
];

/** Notes that a resource is needed; false where its source cannot be used. */
export function addNeed(
  typeName: string,
  name: string,
  source: ConfigSource | undefined,
  path: string,
  context: ConfigContext,
): boolean {
  const before = context.problems.count;
  if (source?.configSourceSpecifier.case === undefined) {
    context.problems.add(path, 'needs ads, api_config_source or path_config_source');
    return false;
  }
  checkConfigSource(source, path, context);
  context.needs.push({ typeName, name, source });
  return context.problems.count === before;
}

/** Reports what is wrong with a source beyond the rules of its schema. */
export function checkConfigSource(
  source: ConfigSource | undefined,
  path: string,
  context: Pick<ConfigContext, 'problems'>,
): void {
  compileOptionalMs(source?.initialFetchTimeout, `${path}.initial_fetch_timeout`, context);
  const specifier = source?.configSourceSpecifier;
  if (specifier?.case === 'apiConfigSource') checkApiSource(specifier.value, `${path}.api_config_source`, context);
}

/** The number of ApiVersion.V3; importing the enum itself would load generated code. */
const V3 = 2;

/** As `checkConfigSource` for the source that is a server. */
function checkApiSource(source: ApiConfigSource, path: string, context: Pick<ConfigContext, 'problems'>): void {
  if (source.transportApiVersion !== V3) context.problems.add(`${path}.transport_api_version`, 'must be V3');
  if (source.grpcServices.length === 0) context.problems.add(`${path}.grpc_services`, 'at least one is required');
}

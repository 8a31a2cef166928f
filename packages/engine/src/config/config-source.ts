import type { WatchedDirectory } from '@weft/proto/envoy/config/core/v3/base';
import type {
  AggregatedConfigSource,
  ApiConfigSource,
  ApiConfigSource_ApiType,
  ApiVersion,
  ConfigSource,
  ExtensionConfigSource,
  PathConfigSource,
  RateLimitSettings,
  SelfConfigSource,
} from '@weft/proto/envoy/config/core/v3/config_source';
import type { TypedExtensionConfig } from '@weft/proto/envoy/config/core/v3/extension';
import type { GrpcService, GrpcService_EnvoyGrpc } from '@weft/proto/envoy/config/core/v3/grpc_service';
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
  supports<PathConfigSource>('envoy.config.core.v3.PathConfigSource', { path: true, watchedDirectory: true }),
  supports<WatchedDirectory>('envoy.config.core.v3.WatchedDirectory', { path: true }),
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
  supports<ExtensionConfigSource>('envoy.config.core.v3.ExtensionConfigSource', {
    configSource: true,
    defaultConfig: true,
    applyDefaultConfigWithoutWarming: true,
    typeUrls: true,
  }),
  supports<TypedExtensionConfig>('envoy.config.core.v3.TypedExtensionConfig', { name: true, typedConfig: true }),
];

/** Notes that a resource is needed; undefined sources have been refused by the schema's rules. */
export function addNeed(
  typeName: string,
  name: string,
  source: ConfigSource | undefined,
  path: string,
  context: ConfigContext,
): boolean {
  if (source?.configSourceSpecifier.case === undefined) {
    context.problems.add(path, 'needs ads, api_config_source or path_config_source');
    return false;
  }
  context.needs.push({ typeName, name, source });
  return true;
}

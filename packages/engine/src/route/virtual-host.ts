import type {
  Route,
  RouteList as RouteListMessage,
  VirtualHost,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { metadataOf } from '../compile/metadata.ts';
import { supports } from '../compile/support.ts';
import { compileHeaderMutations } from '../headers/header-mutations.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import { compileBufferLimit } from './buffer-limit.ts';
import type { RouteCompileContext, RouteMatcher } from './context.ts';
import { type CorsPolicyRuntime, compileCorsPolicy } from './cors.ts';
import { type ExtensionMessage, unpackExtension } from './extension.ts';
import { type ConfigLevel, type HostLevel, mutationLevels } from './levels.ts';
import { compileMirrorPolicies } from './mirror.ts';
import { compileFilterOverrides, type FilterOverrides } from './per-filter-config.ts';
import { compileRateLimits, type RateLimitRuntime } from './rate-limit/rate-limit.ts';
import { compileRetryPolicy } from './retry/retry-policy.ts';
import { compileRouteList, type RouteList } from './route-list.ts';
import { type SharedRoutes, sharingKey } from './shared-routes.ts';
import { compileVirtualCluster, type VirtualClusterRuntime } from './virtual-cluster.ts';

/** What is supported of virtual hosts. */
export const VIRTUAL_HOST_SUPPORT = [
  supports<VirtualHost>('envoy.config.route.v3.VirtualHost', {
    name: true,
    domains: true,
    routes: true,
    matcher: true,
    requireTls: true,
    virtualClusters: true,
    rateLimits: true,
    requestHeadersToAdd: true,
    requestHeadersToRemove: true,
    responseHeadersToAdd: true,
    responseHeadersToRemove: true,
    cors: true,
    typedPerFilterConfig: true,
    includeRequestAttemptCount: true,
    includeAttemptCountInResponse: true,
    retryPolicy: true,
    retryPolicyTypedConfig: 'Envoy does not implement it either: use retry_policy',
    hedgePolicy: true,
    includeIsTimeoutRetryHeader: true,
    perRequestBufferLimitBytes: true,
    requestMirrorPolicies: true,
    metadata: true,
    requestBodyBufferLimit: true,
    routeSpecifiers: 'use cluster_specifier_plugin or cluster_header',
  }),
  supports<RouteListMessage>('envoy.config.route.v3.RouteList', { routes: true }),
];

/** Which requests of a virtual host must come by TLS. */
export type TlsRequirement = 'none' | 'external' | 'all';

/** A compiled virtual host. */
export interface VirtualHostRuntime {
  readonly name: string;
  readonly requiresTls: TlsRequirement;
  /** Undefined where a tree leads to them. */
  readonly routes: RouteList | undefined;
  readonly matcher: RouteMatcher<RouteList> | undefined;
  readonly virtualClusters: readonly VirtualClusterRuntime[];
  readonly rateLimits: readonly RateLimitRuntime[];
  /** The deprecated place of the CORS policy. */
  readonly cors: CorsPolicyRuntime | undefined;
  /** What holds where no route was found. */
  readonly filters: FilterOverrides;
  readonly metadata: MetadataSource;
  readonly tellsAttemptsUpstream: boolean;
  readonly tellsAttemptsDownstream: boolean;
  readonly tellsTimeoutRetries: boolean;
}

/** By the number of the enum. */
const TLS_REQUIREMENTS: readonly TlsRequirement[] = ['none', 'external', 'all'];

/** Compiles a virtual host; undefined when there was a problem. */
export function compileVirtualHost(
  message: VirtualHost,
  config: ConfigLevel,
  shared: SharedRoutes,
  path: string,
  context: RouteCompileContext,
): VirtualHostRuntime | undefined {
  const before = context.problems.count;
  if (message.name === '') isMissing(path, 'name', context);
  if (message.domains.length === 0) isMissing(path, 'at least one of domains', context);
  const requiresTls = TLS_REQUIREMENTS[message.requireTls];
  if (requiresTls === undefined)
    context.problems.add(`${path}.require_tls`, `${message.requireTls} is none of NONE, EXTERNAL_ONLY and ALL`);
  const level = compileLevel(message, config, path, context);
  const routes = compileRoutes(message, level, shared, path, context);
  const virtualClusters = compileList(message.virtualClusters, `${path}.virtual_clusters`, (cluster, at) =>
    compileVirtualCluster(cluster, at, context),
  );
  const rateLimits = compileRateLimits(message.rateLimits, `${path}.rate_limits`, context);
  const cors = message.cors && compileCorsPolicy(message.cors, `${path}.cors`, context);
  if (context.problems.count !== before || routes === undefined || requiresTls === undefined) return undefined;
  return Object.freeze({
    name: message.name,
    requiresTls,
    ...routes,
    virtualClusters: virtualClusters ?? [],
    rateLimits: rateLimits ?? [],
    cors,
    filters: level.filters,
    metadata: metadataOf(message.metadata),
    tellsAttemptsUpstream: message.includeRequestAttemptCount,
    tellsAttemptsDownstream: message.includeAttemptCountInResponse,
    tellsTimeoutRetries: message.includeIsTimeoutRetryHeader,
  });
}

/** What the routes inherit; where a part has a problem, the routes are still looked at with what the configuration says. */
function compileLevel(
  message: VirtualHost,
  config: ConfigLevel,
  path: string,
  context: RouteCompileContext,
): HostLevel {
  const requestHeaders = compileHeaderMutations(
    message.requestHeadersToAdd,
    message.requestHeadersToRemove,
    { add: `${path}.request_headers_to_add`, remove: `${path}.request_headers_to_remove` },
    context,
  );
  const responseHeaders = compileHeaderMutations(
    message.responseHeadersToAdd,
    message.responseHeadersToRemove,
    { add: `${path}.response_headers_to_add`, remove: `${path}.response_headers_to_remove` },
    context,
  );
  const filters = compileFilterOverrides(
    message.typedPerFilterConfig,
    config.filters,
    `${path}.typed_per_filter_config`,
    context,
  );
  const mirrors = compileMirrorPolicies(message.requestMirrorPolicies, `${path}.request_mirror_policies`, context);
  const retry = message.retryPolicy && compileRetryPolicy(message.retryPolicy, `${path}.retry_policy`, context);
  const { isMostSpecificLast } = config;
  return {
    ...config,
    requestHeaders: requestHeaders
      ? mutationLevels(config.requestHeaders, requestHeaders, isMostSpecificLast)
      : config.requestHeaders,
    responseHeaders: responseHeaders
      ? mutationLevels(config.responseHeaders, responseHeaders, isMostSpecificLast)
      : config.responseHeaders,
    filters: filters ?? config.filters,
    mirrors: mirrors === undefined || mirrors.length === 0 ? config.mirrors : mirrors,
    retry: retry ?? config.retry,
    hedgesOnPerTryTimeout: message.hedgePolicy?.hedgeOnPerTryTimeout ?? config.hedgesOnPerTryTimeout,
    bufferLimitBytes: compileBufferLimit(message, path, context),
  };
}

function compileRoutes(
  message: VirtualHost,
  level: HostLevel,
  shared: SharedRoutes,
  path: string,
  context: RouteCompileContext,
): Pick<VirtualHostRuntime, 'routes' | 'matcher'> | undefined {
  if (message.matcher === undefined) {
    const routes = compileOwnRoutes(message, level, shared, `${path}.routes`, context);
    return routes && { routes, matcher: undefined };
  }
  if (message.routes.length === 0) {
    const compileAction = (action: ExtensionMessage, at: string) => compileMatcherAction(action, level, at, context);
    const matcher = context.compileMatcher(message.matcher, compileAction, `${path}.matcher`, context);
    return matcher && { routes: undefined, matcher };
  }
  context.problems.add(path, 'routes and matcher may not both be set');
  return undefined;
}

/** The routes of another virtual host where that one's do the same. Those with a problem are compiled again, for their paths differ. */
function compileOwnRoutes(
  message: VirtualHost,
  level: HostLevel,
  shared: SharedRoutes,
  path: string,
  context: RouteCompileContext,
): RouteList | undefined {
  const key = sharingKey(message);
  const known = key === undefined ? undefined : shared.get(key);
  if (known !== undefined) return known;
  const before = context.problems.count;
  const routes = compileRouteList(message.routes, level, path, context);
  if (key !== undefined && routes !== undefined && context.problems.count === before) shared.set(key, routes);
  return routes;
}

/** A leaf of the tree: a route, whose own match counts too, or a list of them. */
function compileMatcherAction(
  action: ExtensionMessage,
  level: HostLevel,
  path: string,
  context: RouteCompileContext,
): RouteList | undefined {
  const message = unpackExtension<Route | RouteListMessage>(action, path, context, [
    'envoy.config.route.v3.Route',
    'envoy.config.route.v3.RouteList',
  ]);
  if (message === undefined) return undefined;
  const routes = message.$typeName === 'envoy.config.route.v3.Route' ? [message] : message.routes;
  return compileRouteList(routes, level, `${path}.typed_config.routes`, context);
}

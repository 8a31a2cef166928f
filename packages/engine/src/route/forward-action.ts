import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { type ClusterPlugins, type ClusterSpecifierRuntime, compileClusterSpecifier } from './cluster.ts';
import type { RouteCompileContext } from './context.ts';
import { type CorsPolicyRuntime, compileCorsPolicy } from './cors.ts';
import { compileHashPolicy, type HashPolicyRuntime } from './hash-policy.ts';
import { compileHostRewrite, type HostRewriteRuntime } from './host-rewrite.ts';
import { compileInternalRedirect, type InternalRedirectRuntime } from './internal-redirect.ts';
import { compileMirrorPolicies, type MirrorPolicyRuntime } from './mirror.ts';
import { compilePathRewrite, type PathRewriteRuntime } from './path-rewrite.ts';
import type { FilterOverrides } from './per-filter-config.ts';
import { compileRateLimits, type RateLimitRuntime } from './rate-limit/rate-limit.ts';
import { compileRetryPolicy, type RetryPolicyRuntime } from './retry/retry-policy.ts';
import type { RouteMatchRuntime } from './route-match.ts';
import { type SubsetCriteria, subsetCriteria } from './subset-criteria.ts';
import { compileTimeouts, planUsualTimeouts, type RequestTimeouts, type TimeoutsRuntime } from './timeouts.ts';
import { compileUpgrades, type UpgradesRuntime } from './upgrade.ts';

/** What is supported of forwarding. */
export const ROUTE_ACTION_SUPPORT = [
  supports<RouteAction>('envoy.config.route.v3.RouteAction', {
    clusterSpecifier: {
      cluster: true,
      clusterHeader: true,
      weightedClusters: true,
      clusterSpecifierPlugin: true,
      inlineClusterSpecifierPlugin: true,
    },
    clusterNotFoundResponseCode: true,
    metadataMatch: true,
    prefixRewrite: true,
    regexRewrite: true,
    pathRewritePolicy: true,
    hostRewriteSpecifier: {
      hostRewriteLiteral: true,
      autoHostRewrite: true,
      hostRewriteHeader: true,
      hostRewritePathRegex: true,
      hostRewrite: true,
    },
    appendXForwardedHost: true,
    timeout: true,
    idleTimeout: true,
    earlyDataPolicy: 'requests are never sent as TLS early data: leave it out',
    retryPolicy: true,
    retryPolicyTypedConfig: 'Envoy does not implement it either: use retry_policy',
    requestMirrorPolicies: true,
    priority: true,
    rateLimits: true,
    includeVhRateLimits: true,
    hashPolicy: true,
    cors: true,
    maxGrpcTimeout: true,
    grpcTimeoutOffset: true,
    upgradeConfigs: true,
    internalRedirectPolicy: true,
    internalRedirectAction: true,
    maxInternalRedirects: true,
    hedgePolicy: true,
    maxStreamDuration: true,
    flushTimeout: 'use idle_timeout',
    pathRewrite: true,
  }),
];

/** A route that forwards to a cluster. */
export interface ForwardRuntime {
  readonly kind: 'forward';
  readonly cluster: ClusterSpecifierRuntime;
  /** The status where there is no such cluster. */
  readonly clusterNotFoundStatus: number;
  readonly subset: SubsetCriteria | undefined;
  readonly pathRewrite: PathRewriteRuntime | undefined;
  readonly hostRewrite: HostRewriteRuntime | undefined;
  readonly appendsForwardedHost: boolean;
  readonly timeouts: TimeoutsRuntime;
  /** Those of a request, not of gRPC, whose headers say nothing of them: nearly every one. */
  readonly usualTimeouts: RequestTimeouts;
  /** That of the route, or of its virtual host where the route has none. */
  readonly retry: RetryPolicyRuntime | undefined;
  readonly hedgesOnPerTryTimeout: boolean;
  /** Those of the route, its virtual host or the route configuration: the first level that has some. */
  readonly mirrors: readonly MirrorPolicyRuntime[];
  readonly priority: 'default' | 'high';
  readonly rateLimits: readonly RateLimitRuntime[];
  /** Whether the virtual host's rate limits apply too. */
  readonly includesHostRateLimits: boolean;
  readonly hashPolicies: readonly HashPolicyRuntime[];
  /** The deprecated place of the CORS policy. */
  readonly cors: CorsPolicyRuntime | undefined;
  readonly upgrades: UpgradesRuntime;
  readonly internalRedirect: InternalRedirectRuntime | undefined;
}

/** What a forwarding route inherits. */
export interface ForwardOuter {
  readonly plugins: ClusterPlugins;
  readonly filters: FilterOverrides;
  readonly retry: RetryPolicyRuntime | undefined;
  readonly hedgesOnPerTryTimeout: boolean;
  readonly mirrors: readonly MirrorPolicyRuntime[];
  /** Collects the clusters that routes name. */
  readonly clusterNames: Set<string>;
}

/** By the number of the enum. */
const NOT_FOUND_STATUS = [503, 404, 500];
const PRIORITIES = ['default', 'high'] as const;

/** Compiles a forwarding route; undefined when there was a problem. */
export function compileForward(
  action: RouteAction,
  match: RouteMatchRuntime,
  outer: ForwardOuter,
  path: string,
  context: RouteCompileContext,
): ForwardRuntime | undefined {
  const before = context.problems.count;
  const subset = subsetCriteria(action.metadataMatch, undefined);
  const hashPolicies = compileList(action.hashPolicy, `${path}.hash_policy`, (policy, at) =>
    compileHashPolicy(policy, at, context),
  );
  const weightedOuter = { subset, filters: outer.filters, hashPolicies: hashPolicies ?? [] };
  const cluster = compileClusterSpecifier(action, outer.plugins, weightedOuter, path, context);
  const pathRewrite = compilePathRewrite(action, match, path, context);
  const hostRewrite = compileHostRewrite(action, path, context);
  const timeouts = compileTimeouts(action, path, context);
  const retry = action.retryPolicy && compileRetryPolicy(action.retryPolicy, `${path}.retry_policy`, context);
  const mirrors = compileMirrorPolicies(action.requestMirrorPolicies, `${path}.request_mirror_policies`, context);
  const rateLimits = compileRateLimits(action.rateLimits, `${path}.rate_limits`, context);
  const cors = action.cors && compileCorsPolicy(action.cors, `${path}.cors`, context);
  const upgrades = compileUpgrades(action.upgradeConfigs, `${path}.upgrade_configs`, context);
  const internalRedirect = compileInternalRedirect(action, path, context);
  const codes = compileCodes(action, path, context);
  if (context.problems.count !== before || cluster === undefined || timeouts === undefined) return undefined;
  if (upgrades === undefined || codes === undefined) return undefined;
  const allMirrors = mirrors === undefined || mirrors.length === 0 ? outer.mirrors : mirrors;
  collectNames(cluster, allMirrors, outer.clusterNames);
  const ownRetry = retry ?? outer.retry;
  const hedgesOnPerTryTimeout = action.hedgePolicy?.hedgeOnPerTryTimeout ?? outer.hedgesOnPerTryTimeout;
  return Object.freeze({
    kind: 'forward',
    cluster,
    ...codes,
    subset,
    pathRewrite: pathRewrite === 'none' ? undefined : pathRewrite,
    hostRewrite: hostRewrite === 'none' ? undefined : hostRewrite,
    appendsForwardedHost: action.appendXForwardedHost,
    timeouts,
    usualTimeouts: planUsualTimeouts(timeouts, ownRetry, hedgesOnPerTryTimeout),
    retry: ownRetry,
    hedgesOnPerTryTimeout,
    mirrors: allMirrors,
    rateLimits: rateLimits ?? [],
    includesHostRateLimits: action.includeVhRateLimits === true || action.rateLimits.length === 0,
    hashPolicies: hashPolicies ?? [],
    cors,
    upgrades,
    internalRedirect: internalRedirect === 'none' ? undefined : internalRedirect,
  });
}

function compileCodes(
  action: RouteAction,
  path: string,
  context: RouteCompileContext,
): Pick<ForwardRuntime, 'clusterNotFoundStatus' | 'priority'> | undefined {
  const { clusterNotFoundResponseCode: code, priority: number } = action;
  const clusterNotFoundStatus = NOT_FOUND_STATUS[code];
  const priority = PRIORITIES[number];
  if (clusterNotFoundStatus === undefined) {
    context.problems.add(`${path}.cluster_not_found_response_code`, `${code} is no response code of this enum`);
  }
  if (priority === undefined) context.problems.add(`${path}.priority`, `${number} is neither DEFAULT nor HIGH`);
  return clusterNotFoundStatus === undefined || priority === undefined
    ? undefined
    : { clusterNotFoundStatus, priority };
}

function collectNames(
  cluster: ClusterSpecifierRuntime,
  mirrors: readonly MirrorPolicyRuntime[],
  names: Set<string>,
): void {
  if (cluster.kind === 'single') names.add(cluster.pick.clusterName);
  const weighted = cluster.kind === 'weighted' ? cluster.clusters.entries : [];
  for (const { clusterName } of [...weighted, ...mirrors]) if (clusterName !== '') names.add(clusterName);
}

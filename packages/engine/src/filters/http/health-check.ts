import type { HealthCheck } from '@weft/proto/envoy/extensions/filters/http/health_check/v3/health_check';
import type { CompileContext } from '../../compile/context.ts';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { compileHeaderMessages } from '../../compile/matchers/header-matcher.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import type { HeaderMatcher } from '../../match/header-matcher.ts';
import type { RequestView } from '../../view/request-view.ts';

const TYPE = 'envoy.extensions.filters.http.health_check.v3.HealthCheck';

/** What is supported of the filter. */
export const HEALTH_CHECK_FILTER_SUPPORT = [
  supports<HealthCheck>(TYPE, {
    passThroughMode: true,
    cacheTime: true,
    clusterMinHealthyPercentages: true,
    headers: true,
  }),
];

/** Counted under `health_check.` in the scope of the connection manager. */
export const HEALTH_CHECK_STATS = {
  counters: [
    'request_total',
    'failed',
    'ok',
    'cached_response',
    'failed_cluster_not_found',
    'failed_cluster_empty',
    'failed_cluster_unhealthy',
    'degraded',
  ],
} as const;

/** Set on answers to health checks, to the name of this proxy's cluster. */
export const HEALTH_CHECKED_CLUSTER_HEADER = 'x-envoy-upstream-healthchecked-cluster';

/** Set to `true` on other answers while this proxy is to be taken out of service. */
export const HEALTH_CHECK_FAIL_HEADER = 'x-envoy-immediate-health-check-fail';

/** A compiled filter. */
export interface HealthCheckFilterRuntime {
  /** Whether health checks go to the upstream, or are answered here. */
  readonly isPassThrough: boolean;
  /** Requests that meet all of these are health checks. */
  readonly headers: readonly HeaderMatcher[];
  /** For how long the upstream's last answer is given to others; 0 for never. */
  readonly cacheMs: number;
  /** Clusters that have to be healthy, with the least share of endpoints that are healthy or degraded. */
  readonly minHealthyPct: readonly (readonly [cluster: string, percentage: number])[];
}

/** Answers health checks of this proxy. */
export const HEALTH_CHECK_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.health_check',
  typeName: TYPE,
  compile: (message, path, context) => compileHealthCheck(message as HealthCheck, path, context),
};

function compileHealthCheck(
  message: HealthCheck,
  path: string,
  context: CompileContext,
): HealthCheckFilterRuntime | undefined {
  const before = context.problems.count;
  const { passThroughMode: isPassThrough } = message;
  if (isPassThrough === undefined) return isMissing(path, 'pass_through_mode', context);
  const cacheMs = compileOptionalMs(message.cacheTime, `${path}.cache_time`, context) ?? 0;
  const headers = compileHeaderMessages(message.headers, `${path}.headers`, context);
  const percentages = Object.entries(message.clusterMinHealthyPercentages);
  if (cacheMs > 0 && !isPassThrough) context.problems.add(`${path}.cache_time`, 'needs pass_through_mode');
  if (percentages.length > 0 && isPassThrough) {
    context.problems.add(`${path}.cluster_min_healthy_percentages`, 'may not be set with pass_through_mode');
  }
  if (context.problems.count !== before || headers === undefined) return undefined;
  // Envoy counts whole percents only.
  const minHealthyPct = percentages.map(([name, { value }]) => [name, Math.trunc(value)] as const);
  return Object.freeze({ isPassThrough, headers, cacheMs, minHealthyPct });
}

/** Whether a request is a health check. */
export function isHealthCheck({ headers }: HealthCheckFilterRuntime, request: RequestView): boolean {
  return headers.every((matcher) => matcher.matches(request));
}

/** What an answer depends on. */
export interface HealthState {
  /** Whether this proxy was told to say that it is not healthy. */
  readonly isFailed: boolean;
  /** The upstream's last answer, if it is young enough to be given again. */
  readonly cached: { readonly status: number; readonly isDegraded: boolean } | undefined;
  /** How many endpoints a cluster has; undefined where there is no such cluster. */
  membersOf(cluster: string): { readonly total: number; readonly available: number } | undefined;
}

/** An answer to a health check. */
export interface HealthAnswer {
  readonly status: number;
  readonly details: string;
  /** Whether the answer has the header `x-envoy-degraded`. */
  readonly isDegraded: boolean;
}

const HEALTHY = 200;
const UNHEALTHY = 503;

/** The answer to a health check; undefined when it goes to the upstream. Those that are not 2xx have the flag `failedLocalHealthCheck`. */
export function answerHealthCheck(runtime: HealthCheckFilterRuntime, state: HealthState): HealthAnswer | undefined {
  if (state.isFailed) return answer(UNHEALTHY, 'health_check_failed');
  if (runtime.isPassThrough) {
    const { cached } = state;
    return cached && { ...cached, details: 'health_check_cached' };
  }
  if (runtime.minHealthyPct.length === 0) return answer(HEALTHY, 'health_check_ok');
  for (const [name, percentage] of runtime.minHealthyPct) {
    const members = state.membersOf(name);
    if (members === undefined) return answer(UNHEALTHY, 'health_check_failed_no_cluster_found');
    if (members.total === 0 && percentage > 0) return answer(UNHEALTHY, 'health_check_failed_cluster_empty');
    if (100 * members.available < members.total * percentage) {
      return answer(UNHEALTHY, 'health_check_failed_cluster_unhealthy');
    }
  }
  return answer(HEALTHY, 'health_check_ok_cluster_healthy');
}

function answer(status: number, details: string): HealthAnswer {
  return { status, details, isDegraded: false };
}

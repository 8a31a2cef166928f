import type { OutlierDetection } from '@weft/proto/envoy/config/cluster/v3/outlier_detection';
import type { CompileContext } from '../compile/context.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { supports } from '../compile/support.ts';
import { later } from '../config/later.ts';

/** What is supported of outlier detection; clusters do not take it yet. */
export const OUTLIER_DETECTION_SUPPORT = [
  supports<OutlierDetection>('envoy.config.cluster.v3.OutlierDetection', {
    consecutive5xx: true,
    interval: true,
    baseEjectionTime: true,
    maxEjectionPercent: true,
    enforcingConsecutive5xx: true,
    enforcingSuccessRate: true,
    successRateMinimumHosts: true,
    successRateRequestVolume: true,
    successRateStdevFactor: true,
    consecutiveGatewayFailure: true,
    enforcingConsecutiveGatewayFailure: true,
    splitExternalLocalOriginErrors: true,
    consecutiveLocalOriginFailure: true,
    enforcingConsecutiveLocalOriginFailure: true,
    enforcingLocalOriginSuccessRate: true,
    failurePercentageThreshold: true,
    enforcingFailurePercentage: true,
    enforcingFailurePercentageLocalOrigin: true,
    failurePercentageMinimumHosts: true,
    failurePercentageRequestVolume: true,
    maxEjectionTime: true,
    maxEjectionTimeJitter: true,
    successfulActiveHealthCheckUnejectHost: true,
    monitors: later('take monitors of other kinds'),
    alwaysEjectOneHost: true,
    detectDegradedHosts: 'hosts are found to be degraded by health checks: use those',
  }),
];

/** Failures in a row that eject a host, and how often they really do. */
export interface ConsecutiveFailures {
  readonly count: number;
  readonly enforcingPct: number;
}

/** Hosts that succeed clearly less often than the others. */
export interface SuccessRateRule {
  readonly enforcingPct: number;
  readonly enforcingLocalPct: number;
  readonly minHosts: number;
  readonly minRequests: number;
  /** How many standard deviations below the mean, in thousandths. */
  readonly stdevFactor: number;
}

/** Hosts that fail more often than a fixed share. */
export interface FailurePercentageRule {
  readonly thresholdPct: number;
  readonly enforcingPct: number;
  readonly enforcingLocalPct: number;
  readonly minHosts: number;
  readonly minRequests: number;
}

/** When hosts are ejected and for how long. */
export interface OutlierRuntime {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly ejectionJitterMs: number;
  readonly maxEjectionPct: number;
  readonly ejectsAtLeastOne: boolean;
  readonly serverErrors: ConsecutiveFailures;
  readonly gatewayErrors: ConsecutiveFailures;
  /** Counted apart from what the upstream answers only if `splitsLocalErrors`. */
  readonly localErrors: ConsecutiveFailures;
  readonly splitsLocalErrors: boolean;
  readonly successRate: SuccessRateRule;
  readonly failurePercentage: FailurePercentageRule;
  readonly isUnejectedByHealthCheck: boolean;
}

const DEFAULT_MAX_EJECTION_MS = 300_000;

/** Compiles outlier detection; undefined when there was a problem. */
export function compileOutlierDetection(
  message: OutlierDetection,
  path: string,
  context: CompileContext,
): OutlierRuntime | undefined {
  const before = context.problems.count;
  const baseEjectionMs = compileOptionalMs(message.baseEjectionTime, `${path}.base_ejection_time`, context) ?? 30_000;
  const maxGiven = compileOptionalMs(message.maxEjectionTime, `${path}.max_ejection_time`, context);
  const maxEjectionMs = maxGiven ?? Math.max(DEFAULT_MAX_EJECTION_MS, baseEjectionMs);
  if (maxEjectionMs < baseEjectionMs) {
    context.problems.add(path, 'max_ejection_time cannot be smaller than base_ejection_time');
  }
  const outlier = {
    intervalMs: compileOptionalMs(message.interval, `${path}.interval`, context) ?? 10_000,
    baseEjectionMs,
    maxEjectionMs,
    ejectionJitterMs:
      compileOptionalMs(message.maxEjectionTimeJitter, `${path}.max_ejection_time_jitter`, context) ?? 0,
    maxEjectionPct: message.maxEjectionPercent ?? 10,
    ejectsAtLeastOne: message.alwaysEjectOneHost ?? false,
    serverErrors: consecutive(message.consecutive5xx, message.enforcingConsecutive5xx, 100),
    gatewayErrors: consecutive(message.consecutiveGatewayFailure, message.enforcingConsecutiveGatewayFailure, 0),
    localErrors: consecutive(
      message.consecutiveLocalOriginFailure,
      message.enforcingConsecutiveLocalOriginFailure,
      100,
    ),
    splitsLocalErrors: message.splitExternalLocalOriginErrors,
    successRate: successRateOf(message),
    failurePercentage: failurePercentageOf(message),
    isUnejectedByHealthCheck: message.successfulActiveHealthCheckUnejectHost ?? true,
  };
  return context.problems.count === before ? Object.freeze(outlier) : undefined;
}

function consecutive(count = 5, enforcing: number | undefined, enforcingDefault: number): ConsecutiveFailures {
  return { count, enforcingPct: enforcing ?? enforcingDefault };
}

function successRateOf(message: OutlierDetection): SuccessRateRule {
  return {
    enforcingPct: message.enforcingSuccessRate ?? 100,
    enforcingLocalPct: message.enforcingLocalOriginSuccessRate ?? 100,
    minHosts: message.successRateMinimumHosts ?? 5,
    minRequests: message.successRateRequestVolume ?? 100,
    stdevFactor: message.successRateStdevFactor ?? 1900,
  };
}

function failurePercentageOf(message: OutlierDetection): FailurePercentageRule {
  return {
    thresholdPct: message.failurePercentageThreshold ?? 85,
    enforcingPct: message.enforcingFailurePercentage ?? 0,
    enforcingLocalPct: message.enforcingFailurePercentageLocalOrigin ?? 0,
    minHosts: message.failurePercentageMinimumHosts ?? 5,
    minRequests: message.failurePercentageRequestVolume ?? 50,
  };
}

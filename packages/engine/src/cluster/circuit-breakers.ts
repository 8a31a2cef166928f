import type {
  CircuitBreakers,
  CircuitBreakers_Thresholds,
  CircuitBreakers_Thresholds_RetryBudget,
} from '@weft/proto/envoy/config/cluster/v3/circuit_breaker';
import type { CompileContext } from '../compile/context.ts';
import { supports } from '../compile/support.ts';

/** What is supported of circuit breakers. */
export const CIRCUIT_BREAKER_SUPPORT = [
  supports<CircuitBreakers>('envoy.config.cluster.v3.CircuitBreakers', { thresholds: true, perHostThresholds: true }),
  supports<CircuitBreakers_Thresholds>('envoy.config.cluster.v3.CircuitBreakers.Thresholds', {
    priority: true,
    maxConnections: true,
    maxPendingRequests: true,
    maxRequests: true,
    maxRetries: true,
    retryBudget: true,
    trackRemaining: true,
    maxConnectionPools: true,
  }),
  supports<CircuitBreakers_Thresholds_RetryBudget>('envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget', {
    budgetPercent: true,
    minRetryConcurrency: true,
    budgetInterval: 'use max_retries',
  }),
];

/** How much of a cluster may be in use at a time, for one routing priority. */
export interface ThresholdsRuntime {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  /** Counts where there is no budget. */
  readonly maxRetries: number;
  /** Retries as a share of the requests under way, but at least some. */
  readonly retryBudget: { readonly budgetPct: number; readonly minConcurrency: number } | undefined;
  /** Infinity for no bound. */
  readonly maxConnectionPools: number;
  /** Whether statistics show what is left. */
  readonly tracksRemaining: boolean;
}

/** Compiled circuit breakers. */
export interface CircuitBreakersRuntime {
  readonly default: ThresholdsRuntime;
  readonly high: ThresholdsRuntime;
  /** Connections to each host; Infinity for no bound. */
  readonly maxConnectionsPerHost: number;
}

const DEFAULT_MAX = 1024;
const DEFAULT_MAX_RETRIES = 3;
const DEFAULT_BUDGET_PCT = 20;
const DEFAULT_MIN_CONCURRENCY = 3;

/** Compiles circuit breakers; what is not said is Envoy's default. */
export function compileCircuitBreakers(
  message: CircuitBreakers | undefined,
  path: string,
  context: CompileContext,
): CircuitBreakersRuntime {
  const thresholds = message?.thresholds ?? [];
  const perHost = message?.perHostThresholds ?? [];
  for (const [i, each] of perHost.entries()) checkPerHost(each, `${path}.per_host_thresholds[${i}]`, context);
  return Object.freeze({
    // The first of a priority counts, as in Envoy.
    default: thresholdsOf(thresholds.find(({ priority }) => priority === 0)),
    high: thresholdsOf(thresholds.find(({ priority }) => priority === 1)),
    maxConnectionsPerHost: perHost.find(({ priority }) => priority === 0)?.maxConnections ?? Number.POSITIVE_INFINITY,
  });
}

function thresholdsOf(message: CircuitBreakers_Thresholds | undefined): ThresholdsRuntime {
  return Object.freeze({
    maxConnections: message?.maxConnections ?? DEFAULT_MAX,
    maxPendingRequests: message?.maxPendingRequests ?? DEFAULT_MAX,
    maxRequests: message?.maxRequests ?? DEFAULT_MAX,
    maxRetries: message?.maxRetries ?? DEFAULT_MAX_RETRIES,
    retryBudget: retryBudgetOf(message?.retryBudget),
    maxConnectionPools: message?.maxConnectionPools ?? Number.POSITIVE_INFINITY,
    tracksRemaining: message?.trackRemaining ?? false,
  });
}

function retryBudgetOf(message: CircuitBreakers_Thresholds_RetryBudget | undefined): ThresholdsRuntime['retryBudget'] {
  if (message === undefined) return undefined;
  return Object.freeze({
    budgetPct: message.budgetPercent?.value ?? DEFAULT_BUDGET_PCT,
    minConcurrency: message.minRetryConcurrency ?? DEFAULT_MIN_CONCURRENCY,
  });
}

/** Envoy refuses everything but connections there. */
function checkPerHost(message: CircuitBreakers_Thresholds, path: string, context: CompileContext): void {
  const { maxPendingRequests, maxRequests, maxRetries, maxConnectionPools, retryBudget } = message;
  const others = [maxPendingRequests, maxRequests, maxRetries, maxConnectionPools, retryBudget];
  if (others.some((value) => value !== undefined)) {
    context.problems.add(path, 'unsupported field in per_host_thresholds: only max_connections may be set');
  }
}

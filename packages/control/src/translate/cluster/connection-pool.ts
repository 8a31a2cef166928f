/** Limits of connections (SEMANTICS 12), how they are opened, and how idle ones are probed. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { CircuitBreakers_ThresholdsJson } from '@weft/proto/envoy/config/cluster/v3/circuit_breaker';
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { Finding, MeshSettings, RuleRef } from '../../mesh/index.ts';
import { findingAt } from '../finding-at.ts';
import { defined } from '../json/defined.ts';
import { NO_TIMEOUT, optionalDurationJson } from '../json/values.ts';
import type { ConnectionPoolBlock, EffectivePolicy } from './traffic-policy.ts';

type KeepaliveSpec = DeepReadonly<NonNullable<istio.mesh.MeshConfig['tcpKeepalive']>>;
type RetryBudgetSpec = NonNullable<EffectivePolicy['spec']['retryBudget']>;

/** The fields of a cluster that say it. */
export type ConnectionFields = Pick<ClusterJson, 'connectTimeout' | 'circuitBreakers' | 'upstreamConnectionOptions'>;

/** No limit: the largest number there is. */
const UNLIMITED = 0xffff_ffff;
const DEFAULT_CONNECT_TIMEOUT = '10s';

/** What is said of connections, and where. */
export interface ConnectionSpec {
  readonly pool?: ConnectionPoolBlock | undefined;
  readonly poolPlace?: RuleRef | undefined;
  readonly retryBudget?: RetryBudgetSpec | undefined;
  readonly retryBudgetPlace?: RuleRef | undefined;
}

/** Makes the fields; limits that are not said are none. */
export function connectionFields(spec: ConnectionSpec, settings: MeshSettings, findings: Finding[]): ConnectionFields {
  const { pool, retryBudget } = spec;
  const timeout = pool?.tcp?.connectTimeout ?? settings.config.connectTimeout;
  return defined<ConnectionFields>({
    connectTimeout: optionalDurationJson(timeout) ?? DEFAULT_CONNECT_TIMEOUT,
    circuitBreakers: { thresholds: [{ ...thresholdsOf(pool), ...budgetFields(retryBudget, spec, findings) }] },
    upstreamConnectionOptions: keepaliveOf(spec, settings, findings),
  });
}

function thresholdsOf(pool: ConnectionPoolBlock | undefined): CircuitBreakers_ThresholdsJson {
  const { http1MaxPendingRequests, http2MaxRequests, maxRetries } = pool?.http ?? {};
  return {
    maxConnections: limitOf(pool?.tcp?.maxConnections),
    maxPendingRequests: limitOf(http1MaxPendingRequests),
    maxRequests: limitOf(http2MaxRequests),
    maxRetries: limitOf(maxRetries),
    trackRemaining: true,
  };
}

/** 0 stands for not said. */
function limitOf(value: number | undefined): number {
  return value === undefined || value <= 0 ? UNLIMITED : value;
}

function budgetFields(
  budget: RetryBudgetSpec | undefined,
  { retryBudgetPlace }: ConnectionSpec,
  findings: Finding[],
): Pick<CircuitBreakers_ThresholdsJson, 'retryBudget'> {
  if (budget === undefined) return {};
  const { percent, minRetryConcurrency, budgetInterval } = budget;
  if (retryBudgetPlace !== undefined && (optionalDurationJson(budgetInterval) ?? NO_TIMEOUT) !== NO_TIMEOUT) {
    const message = `requests are not counted over ${budgetInterval}: those under way count; leave budgetInterval out`;
    findings.push(findingAt('UnsupportedField', retryBudgetPlace, 'budgetInterval', message));
  }
  return {
    retryBudget: defined({
      budgetPercent: percent === undefined ? undefined : { value: percent },
      minRetryConcurrency,
    }),
  };
}

/** What a DestinationRule says wins over the mesh, field by field. */
function keepaliveOf(
  { pool, poolPlace }: ConnectionSpec,
  { config, source }: MeshSettings,
  findings: Finding[],
): ClusterJson['upstreamConnectionOptions'] {
  const ofMesh = config.tcpKeepalive;
  const own = pool?.tcp?.tcpKeepalive;
  if (ofMesh === undefined && own === undefined) return undefined;
  reportProbes(own, poolPlace, 'tcp.tcpKeepalive', findings);
  reportProbes(
    ofMesh,
    source === undefined ? undefined : { object: source, path: 'data.mesh' },
    'tcpKeepalive',
    findings,
  );
  const time = optionalDurationJson(own?.time ?? ofMesh?.time);
  return { tcpKeepalive: time === undefined ? {} : { keepaliveTime: Math.floor(Number.parseFloat(time)) } };
}

/** How often and how many probes are sent is the system's business: proxies on Node.js can only say when they begin. */
function reportProbes(
  keepalive: KeepaliveSpec | undefined,
  place: RuleRef | undefined,
  field: string,
  findings: Finding[],
): void {
  if (place === undefined) return;
  for (const name of ['probes', 'interval'] as const) {
    if (keepalive?.[name] === undefined) continue;
    const message = `${name} has no effect: proxies set only the time before the first probe; the rest is set by sysctl where they run`;
    findings.push(findingAt('UnsupportedField', place, `${field}.${name}`, message));
  }
}

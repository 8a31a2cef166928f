/** Makes the cluster at work of a compiled one. */
import type { ClusterRuntime, PickPolicy } from '@weft/engine';
import { http2StatsIn } from '../http/codec-stats.ts';
import { responseHeadPool } from '../http1/head-pool.ts';
import { configuredHttp2Options } from '../http2/configured-options.ts';
import { http2Options } from '../http2/options.ts';
import type { Http2Stats } from '../http2/stats.ts';
import type { AutoSni } from '../upstream/auto-sni.ts';
import { HttpConnector } from '../upstream/connector.ts';
import { createTransport } from '../upstream/create-transport.ts';
import { LiveCluster } from '../upstream/live-cluster.ts';
import type { ProxyServices } from './services.ts';

/** The cluster, without hosts: those are discovered. */
export function createCluster(runtime: ClusterRuntime, services: Omit<ProxyServices, 'clusters'>): LiveCluster {
  const { clock, timers, random, stats, secrets, logger } = services;
  const { http, balancing, circuitBreakers } = runtime;
  const scope = stats.scope('cluster', { tag: 'envoy.cluster_name', value: runtime.statName });
  const transport = createTransport(runtime, { secrets, logger, timers, scope });
  // As in Envoy, a cluster that never speaks HTTP/2 has no numbers of it.
  let http2Stats: Http2Stats | undefined;
  const connector = new HttpConnector({
    transport: transport.connect,
    http1: {
      heads: responseHeadPool({
        maxHeadBytes: RESPONSE_HEAD_BYTES,
        maxFields: http.http.maxHeaders,
        maxTargetBytes: 0,
      }),
      hasTrailers: http.http1.hasTrailers,
      nameCase: http.http1.nameCase,
    },
    http2: http2Options({
      ...configuredHttp2Options(http.http2),
      maxHeaderFields: http.http.maxHeaders,
    }),
    http2Stats: () => {
      http2Stats ??= http2StatsIn(scope.child('http2'));
      return http2Stats;
    },
    clock,
    timers,
    random,
  });
  const cluster = new LiveCluster({
    name: runtime.name,
    observabilityName: runtime.statName,
    metadata: runtime.metadata,
    scope,
    clock,
    timers,
    random,
    balancing: {
      policy: policyOf(runtime),
      panicPct: balancing.panicThresholdPct,
      overprovisioningPct: DEFAULT_OVERPROVISIONING_PCT,
      isLocalityWeighted: balancing.locality.kind === 'weighted',
      failsOnPanic: false,
      seed: random.int(SEEDS),
    },
    limits: { default: circuitBreakers.default, high: circuitBreakers.high },
    pool: {
      connectTimeoutMs: runtime.connectTimeoutMs,
      idleTimeoutMs: http.http.idleTimeoutMs,
      maxConnectionDurationMs: http.http.maxConnectionDurationMs,
      maxRequestsPerConnection: http.http.maxRequestsPerConnection,
    },
    maxConcurrentStreams: http.http2.maxConcurrentStreams,
    protocol: http.protocol === 'auto' ? 'alpn' : http.protocol,
    connector,
    transport: transport.connect,
    closeTransport: () => transport.close(),
    original: runtime.discovery.kind === 'originalDst' ? runtime.discovery.original : undefined,
    autoSni: autoSniOf(http),
    bufferLimitBytes: runtime.connectionBufferBytes,
    overrideStatuses: balancing.overrideHostStatuses,
  });
  return cluster;
}

const RESPONSE_HEAD_BYTES = 60 * 1024;
const DEFAULT_OVERPROVISIONING_PCT = 140;
const SEEDS = 1000;

function policyOf({ balancing: { policy } }: ClusterRuntime): PickPolicy {
  if (policy.kind === 'leastRequest') {
    return { kind: 'leastRequest', choices: policy.choices, activeBias: policy.activeBias.value };
  }
  return policy.kind === 'random' ? { kind: 'random' } : { kind: 'roundRobin' };
}

function autoSniOf({ autoSni, autoSanValidation, autoSniHeader }: ClusterRuntime['http']): AutoSni | undefined {
  if (!autoSni && !autoSanValidation) return undefined;
  const header = autoSniHeader === '' ? ':authority' : autoSniHeader;
  return { asksForHost: autoSni, checksHost: autoSanValidation, header };
}

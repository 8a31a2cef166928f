/** A whole HTTP proxy in a test: a listener, a connection manager with the given routes, and clusters of local servers. */
import type { TestContext } from 'node:test';
import { CoarseTimers, err, systemClock, systemRandom } from '@weft/core';
import {
  compileRouteConfig,
  type HttpManagerRuntime,
  headerFormats,
  Problems,
  type RouteConfigRuntime,
  type RouterRuntime,
  type RuntimeSource,
} from '@weft/engine';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, type Json, Problems as MessageProblems } from '@weft/proto/lite';
import { ALL_STATS, formatStats, StatsRegistry } from '@weft/telemetry';
import type { HttpFilterFactory } from '../filters/http/filter.ts';
import { http1StatsIn, http2StatsIn } from '../http/codec-stats.ts';
import { Deadlines } from '../http/manager/deadlines.ts';
import { HttpManager } from '../http/manager/http-manager.ts';
import type { StreamRecord } from '../http/manager/stream-record.ts';
import { responseHeadPool } from '../http1/head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from '../http1/head-scan.ts';
import { http2Options } from '../http2/options.ts';
import { createHttp2Stats } from '../http2/stats.ts';
import { Router } from '../router/router.ts';
import { RouterStats } from '../router/router-stats.ts';
import { SocketAddress } from '../transport/socket-address.ts';
import { connectTcp } from '../transport/tcp-connect.ts';
import { TcpListener } from '../transport/tcp-listener.ts';
import { CLUSTER_STATS } from '../upstream/cluster-stats.ts';
import { HttpConnector } from '../upstream/connector.ts';
import { LiveCluster, type ProtocolChoice } from '../upstream/live-cluster.ts';
import { DEFAULT_LIMITS, type ResourceLimits } from '../upstream/resources.ts';
import type { TransportConnect } from '../upstream/transport-connect.ts';
import { MANAGER_RUNTIME } from './manager-runtime.ts';

/** A cluster of a test proxy. */
export interface TestCluster {
  readonly ports: readonly number[];
  readonly protocol?: ProtocolChoice;
  readonly limits?: Partial<ResourceLimits>;
  readonly connectTimeoutMs?: number;
  /** Of every host. */
  readonly hostName?: string;
}

/** What a test proxy is made of. */
export interface TestProxyOptions {
  /** Virtual hosts as in YAML; by default everything goes to cluster `upstream`. */
  readonly virtualHosts?: Json;
  readonly clusters: Readonly<Record<string, TestCluster>>;
  readonly manager?: Partial<HttpManagerRuntime>;
  readonly filters?: readonly HttpFilterFactory[];
  readonly router?: Partial<RouterRuntime>;
  /** Whether streams are logged, so that their heads are kept; true unless given. */
  readonly isLogged?: boolean;
}

/** A running test proxy. */
export interface TestProxy {
  readonly port: number;
  readonly manager: HttpManager;
  /** What an access log would say of each stream that has ended. */
  readonly log: StreamSummary[];
  cluster(name: string): LiveCluster;
  clusterStat(name: string, stat: keyof typeof CLUSTER_STATS.at): number;
  /** A counter or gauge by its full name; undefined when there is none. */
  stat(name: string): number | undefined;
}

/** What tests look at of a stream. */
export interface StreamSummary {
  readonly path: string;
  readonly code: number;
  readonly details: string;
  readonly flags: number;
  readonly attempts: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

const ROUTER_RUNTIME: RouterRuntime = {
  hasDynamicStats: true,
  suppressesEnvoyHeaders: false,
  strictlyCheckedHeaders: [],
  respectsExpectedTimeout: false,
  suppressesGrpcFailureStats: false,
};

const NO_RUNTIME: RuntimeSource = { integer: () => undefined, boolean: () => undefined, fraction: () => undefined };

const ALL_TO_UPSTREAM: Json = [
  { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream' } }] },
];

/** Starts a proxy that ends with the test. */
export async function startTestProxy(t: TestContext, options: TestProxyOptions): Promise<TestProxy> {
  const timers = new CoarseTimers({ clock: systemClock, tickMs: 10 });
  const deadlines = new Deadlines(systemClock);
  const registry = new StatsRegistry();
  const clusters = new Map<string, LiveCluster>();
  for (const [name, spec] of Object.entries(options.clusters)) {
    clusters.set(name, createCluster(name, spec, registry, timers));
  }
  const routes = compileRoutes(options.virtualHosts ?? ALL_TO_UPSTREAM);
  const log: StreamSummary[] = [];
  const router = {
    clusters,
    stats: new RouterStats(registry),
    runtime: { ...ROUTER_RUNTIME, ...options.router },
  };
  const manager = new HttpManager({
    runtime: { ...MANAGER_RUNTIME, ...options.manager },
    clock: systemClock,
    random: systemRandom,
    timers,
    deadlines,
    scope: registry.scope('http', 'test'),
    http1Stats: http1StatsIn(registry.scope('http1')),
    http2Stats: http2StatsIn(registry.scope('http2')),
    routes: () => routes,
    runtimeValues: NO_RUNTIME,
    factories: options.filters ?? [],
    createTerminal: (stream) => new Router(stream, router),
    logs: options.isLogged === false ? [] : [{ log: (stream) => log.push(summaryOf(stream)) }],
    bufferLimitBytes: 1024 * 1024,
  });
  const listener = new TcpListener({
    listen: { host: '127.0.0.1', port: 0 },
    onAccept: ({ stream, connection }) => {
      manager.accept(stream, connection, { filterChainName: '', listenerMetadata: {}, filterState: undefined });
    },
  });
  await listener.start();
  t.after(() => {
    listener.close();
    manager.close();
    for (const cluster of clusters.values()) cluster.close();
    deadlines.close();
    timers.close();
  });
  const cluster = (name: string): LiveCluster => {
    const found = clusters.get(name);
    if (found === undefined) throw new Error(`the test has no cluster ${name}`);
    return found;
  };
  return {
    port: listener.address.port,
    manager,
    log,
    cluster,
    stat: (name) => {
      const lines = [...formatStats(registry, ALL_STATS)].join('').split('\n');
      const line = lines.find((each) => each.startsWith(`${name}: `));
      return line === undefined ? undefined : Number(line.slice(name.length + 2));
    },
    // A counter that never counted is -0.
    clusterStat: (name, stat) => (cluster(name).stats[CLUSTER_STATS.at[stat]] ?? Number.NaN) + 0,
  };
}

function summaryOf(stream: StreamRecord): StreamSummary {
  return {
    path: stream.request?.path ?? '',
    code: stream.responseCode,
    details: stream.responseCodeDetails,
    flags: stream.responseFlags,
    attempts: stream.upstream.attemptCount,
    bytesReceived: stream.bytesReceived,
    bytesSent: stream.bytesSent,
  };
}

function createCluster(name: string, spec: TestCluster, registry: StatsRegistry, timers: CoarseTimers): LiveCluster {
  const transport: TransportConnect = ({ address }, _purpose, handler) =>
    connectTcp({ host: address.host, port: address.port }, handler);
  const connector = new HttpConnector({
    transport,
    http1: { heads: responseHeadPool(DEFAULT_HEAD_LIMITS), hasTrailers: true },
    http2: http2Options(),
    http2Stats: createHttp2Stats,
    clock: systemClock,
    timers,
    random: systemRandom,
  });
  const cluster = new LiveCluster({
    name,
    observabilityName: name,
    metadata: {},
    scope: registry.scope('cluster', name),
    clock: systemClock,
    timers,
    random: systemRandom,
    balancing: {
      policy: { kind: 'roundRobin' },
      panicPct: 50,
      overprovisioningPct: 140,
      isLocalityWeighted: false,
      failsOnPanic: false,
      seed: 0,
    },
    limits: { default: { ...DEFAULT_LIMITS, ...spec.limits }, high: DEFAULT_LIMITS },
    pool: {
      connectTimeoutMs: spec.connectTimeoutMs ?? 5000,
      idleTimeoutMs: 0,
      maxConnectionDurationMs: 0,
      maxRequestsPerConnection: 0,
    },
    maxConcurrentStreams: 100,
    protocol: spec.protocol ?? 'http1',
    connector,
    transport,
    bufferLimitBytes: 1024 * 1024,
    overrideStatuses: new Set(['healthy']),
  });
  const hosts = spec.ports.map((port) => ({
    address: new SocketAddress('127.0.0.1', port),
    hostName: spec.hostName ?? '',
    weight: 1,
    health: 'healthy' as const,
    metadata: {},
    locality: { region: '', zone: '', subZone: '' },
  }));
  cluster.setHosts([[{ weight: 0, hosts }]]);
  return cluster;
}

const FORMAT_SOURCES = { hostname: 'test', environment: () => undefined, nowUs: () => 0, uuid: () => '' };

function compileRoutes(virtualHosts: Json): RouteConfigRuntime {
  const report = new MessageProblems();
  const message = fromJson<RouteConfiguration>(
    'envoy.config.route.v3.RouteConfiguration',
    { name: 'test', virtual_hosts: virtualHosts },
    report,
  );
  const problems = new Problems();
  const runtime =
    message &&
    compileRouteConfig(message, '', {
      problems,
      regexLimits: undefined,
      unpack: () => undefined,
      routeFilters: [],
      loadData: () => err('a test has no files'),
      compileMatcher: () => undefined,
      compileFormat: headerFormats(FORMAT_SOURCES),
      compileBodyFormat: () => undefined,
    });
  if (runtime !== undefined) return runtime;
  const reasons = [...report.list, ...problems.list()].map(({ path, reason }) => `${path}: ${reason}`);
  throw new Error(`the routes of the test are wrong: ${reasons.join('; ')}`);
}

/** What is counted for each host, as `/clusters` shows it; counts of several processes can be added up. */
import type { LiveCluster } from '../upstream/live-cluster.ts';
import type { LiveHost } from '../upstream/live-host.ts';

/** Numbers by their names. */
export type Counts = Readonly<Record<string, number>>;

/** Counters and gauges of one host. */
export interface HostCounts {
  readonly counters: Counts;
  readonly gauges: Counts;
}

/** Key: what `hostKey` says. */
export type HostCountTable = ReadonlyMap<string, HostCounts>;

/** What one process has counted for a host, and with it what others have. */
export function countsOf(cluster: LiveCluster, host: LiveHost, others: readonly HostCountTable[] = []): HostCounts {
  let { counters, gauges } = ownCounts(host);
  for (const table of others) {
    const more = table.get(hostKey(cluster, host));
    if (more === undefined) continue;
    counters = sum(counters, more.counters);
    gauges = sum(gauges, more.gauges);
  }
  return { counters, gauges };
}

/** What one process has counted for all hosts. */
export function takeHostCounts(clusters: Iterable<LiveCluster>): HostCountTable {
  const table = new Map<string, HostCounts>();
  for (const cluster of clusters) {
    for (const host of cluster.hosts) table.set(hostKey(cluster, host), ownCounts(host));
  }
  return table;
}

function hostKey({ name }: LiveCluster, { address, priority }: LiveHost): string {
  return `${name}\n${address.text}\n${priority}`;
}

function ownCounts(host: LiveHost): HostCounts {
  let waiting = 0;
  for (const { waitingCount } of host.pools.values()) waiting += waitingCount;
  return {
    counters: {
      cx_connect_fail: host.connectFailures,
      cx_total: host.totalConnections,
      rq_error: host.errors,
      rq_success: host.successes,
      rq_timeout: host.timeouts,
      rq_total: host.totalRequests,
    },
    gauges: { cx_active: host.activeConnections, rq_active: host.activeRequests, rq_pending_active: waiting },
  };
}

function sum(counts: Counts, more: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, value + (more[name] ?? 0)]));
}

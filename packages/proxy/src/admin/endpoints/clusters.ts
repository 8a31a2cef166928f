import { compileRegex } from '@weft/engine';
import type { LiveCluster } from '../../upstream/live-cluster.ts';
import type { LiveHost } from '../../upstream/live-host.ts';
import type { Resources } from '../../upstream/resources.ts';
import { type AdminEndpoint, jsonAnswer, textAnswer } from '../admin-endpoint.ts';
import type { AdminSubject } from '../admin-subject.ts';
import { countsOf, type HostCounts } from '../host-counts.ts';
import { addressJson } from '../show-address.ts';

/** The clusters with their hosts. */
export const CLUSTERS: AdminEndpoint = {
  path: '/clusters',
  description: 'upstream cluster status',
  isMutating: false,
  params: [
    { name: 'format', description: 'File format to use; One of (text, json)' },
    { name: 'filter', description: 'Regular expression (Google re2) for filtering clusters by name' },
  ],
  handle: ({ params }, subject) => {
    const pattern = params.get('filter') ?? '';
    const filter = pattern === '' ? undefined : compileRegex(pattern, '');
    if (filter?.kind === 'err') return textAnswer(`Invalid re2 regex: ${filter.error[0]?.reason ?? ''}\n`, 400);
    const clusters = [...subject.clusters].filter(({ name }) => filter === undefined || filter.value.search(name));
    if (params.get('format') === 'json')
      return jsonAnswer({ cluster_statuses: clusters.map((cluster) => statusOf(cluster, subject)) });
    return { ...textAnswer(''), body: piecesOf(clusters, subject) };
  },
};

/** One piece for each cluster: there may be thousands. */
function* piecesOf(clusters: readonly LiveCluster[], subject: AdminSubject): Generator<string, void, undefined> {
  for (const cluster of clusters) yield linesOf(cluster, subject);
}

const PRIORITIES = ['default', 'high'] as const;

function linesOf(cluster: LiveCluster, subject: AdminSubject): string {
  const { name } = cluster;
  const lines = [
    `observability_name::${cluster.observabilityName}`,
    ...PRIORITIES.flatMap((priority) =>
      Object.entries(limitsOf(cluster.resources(priority))).map(
        ([key, value]) => `${priority}_priority::${key}::${value}`,
      ),
    ),
    `added_via_api::${subject.isDynamicCluster(name)}`,
    ...[...cluster.hosts].flatMap((host) =>
      hostLines(host, countsOf(cluster, host, subject.otherHostCounts)).map((line) => `${host.address.text}::${line}`),
    ),
  ];
  return lines.map((line) => `${name}::${line}\n`).join('');
}

function limitsOf({ connections, pending, requests, retries }: Resources) {
  return {
    max_connections: connections.max,
    max_pending_requests: pending.max,
    max_requests: requests.max,
    max_retries: retries.max,
  };
}

function hostLines(host: LiveHost, { counters, gauges }: HostCounts): readonly string[] {
  const { region, zone, subZone } = host.locality;
  const counts = { ...counters, ...gauges };
  return [
    ...Object.entries(counts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}::${value}`),
    `hostname::${host.hostName}`,
    `health_flags::${HEALTH_FLAGS[host.health]}`,
    `weight::${host.weight}`,
    `region::${region}`,
    `zone::${zone}`,
    `sub_zone::${subZone}`,
    `canary::${isCanary(host)}`,
    `priority::${host.priority}`,
    'success_rate::-1',
    'local_origin_success_rate::-1',
  ];
}

const HEALTH_FLAGS = { healthy: 'healthy', degraded: '/degraded_eds_health', unhealthy: '/failed_eds_health' };
const EDS_HEALTH = { healthy: 'HEALTHY', degraded: 'DEGRADED', unhealthy: 'UNHEALTHY' };

function isCanary({ metadata }: LiveHost): boolean {
  const lb = metadata['envoy.lb'];
  return typeof lb === 'object' && lb !== null && 'canary' in lb && lb.canary === true;
}

function statusOf(cluster: LiveCluster, subject: AdminSubject): unknown {
  const hosts = [...cluster.hosts].map((host) => hostStatus(host, countsOf(cluster, host, subject.otherHostCounts)));
  return {
    name: cluster.name,
    ...(subject.isDynamicCluster(cluster.name) ? { added_via_api: true } : {}),
    ...(hosts.length === 0 ? {} : { host_statuses: hosts }),
    circuit_breakers: {
      thresholds: PRIORITIES.map((priority) => ({
        ...(priority === 'high' ? { priority: 'HIGH' } : {}),
        ...limitsOf(cluster.resources(priority)),
      })),
    },
    observability_name: cluster.observabilityName,
  };
}

/** Zeros and empty texts are left out, as in all JSON that protobuf writes. */
function hostStatus(host: LiveHost, { counters, gauges }: HostCounts): unknown {
  const { region, zone, subZone } = host.locality;
  const shown = (value: number) => (value === 0 ? {} : { value: String(value) });
  return {
    address: addressJson(host.address),
    stats: [
      ...Object.entries(counters).map(([name, value]) => ({ name, ...shown(value) })),
      ...Object.entries(gauges).map(([name, value]) => ({ type: 'GAUGE', name, ...shown(value) })),
    ],
    health_status: { eds_health_status: EDS_HEALTH[host.health] },
    weight: host.weight,
    ...(host.hostName === '' ? {} : { hostname: host.hostName }),
    ...(host.priority === 0 ? {} : { priority: host.priority }),
    locality: {
      ...(region === '' ? {} : { region }),
      ...(zone === '' ? {} : { zone }),
      ...(subZone === '' ? {} : { sub_zone: subZone }),
    },
  };
}

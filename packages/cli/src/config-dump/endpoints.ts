/** Endpoints as rows of a table: from the hosts of `/clusters`, or from a dump. */
import type { Column } from '../framework/result.ts';
import { readAddress, showAddress } from './address.ts';
import { type JsonObject, objectAt, objectsAt, textAt, valueAt } from './json-reader.ts';
import type { DumpedResource } from './read-dump.ts';

/** One endpoint of a cluster. */
export interface EndpointRow {
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly status: string;
  /** Undefined where it is not known: dumps do not tell. */
  readonly outlierCheck: string | undefined;
  readonly locality: string;
  readonly cluster: string;
}

/** Which endpoints are wanted; what is undefined does not matter. */
export interface EndpointFilter {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** The name of the cluster, or its last part: its host. */
  readonly cluster?: string | undefined;
  readonly status?: string | undefined;
}

const STATUS: Column<EndpointRow> = { header: 'STATUS', value: ({ status }) => status };
const CLUSTER: Column<EndpointRow> = { header: 'CLUSTER', value: ({ cluster }) => cluster };

/** The columns of Istio for a proxy that runs. */
export const LIVE_COLUMNS: readonly Column<EndpointRow>[] = [
  { header: 'ENDPOINT', value: ({ address }) => address },
  STATUS,
  { header: 'OUTLIER CHECK', value: ({ outlierCheck }) => outlierCheck },
  CLUSTER,
  { header: 'LOCALITY', value: ({ locality }) => locality || '-', isWide: true },
];

/** The columns of Istio for a dump. */
export const DUMP_COLUMNS: readonly Column<EndpointRow>[] = [
  { header: 'NAME', value: ({ address }) => address },
  STATUS,
  { header: 'LOCALITY', value: ({ locality }) => locality || '-' },
  CLUSTER,
];

/** Hosts of `/clusters?format=json`. */
export function liveEndpoints(clusters: unknown): readonly EndpointRow[] {
  return objectsAt(clusters, 'cluster_statuses').flatMap((status) =>
    objectsAt(status, 'host_statuses').map((host): EndpointRow => {
      const address = readAddress(objectAt(host, 'address'));
      return {
        ...address,
        address: showAddress(address),
        status: liveStatus(host),
        outlierCheck: valueAt(host, 'health_status', 'failed_outlier_check') === true ? 'FAILED' : 'OK',
        locality: localityOf(objectAt(host, 'locality')),
        cluster: textAt(status, 'name'),
      };
    }),
  );
}

/** Endpoints of a dump that was made with `include_eds`. */
export function dumpedEndpoints(assignments: readonly DumpedResource[]): readonly EndpointRow[] {
  return assignments.flatMap(({ name, body }) =>
    objectsAt(body, 'endpoints').flatMap((group) =>
      objectsAt(group, 'lb_endpoints').map((endpoint): EndpointRow => {
        const address = readAddress(objectAt(endpoint, 'endpoint', 'address'));
        return {
          ...address,
          address: showAddress(address),
          status: textAt(endpoint, 'health_status') || UNKNOWN,
          outlierCheck: undefined,
          locality: localityOf(objectAt(group, 'locality')),
          cluster: name,
        };
      }),
    ),
  );
}

/** The endpoints that fit a filter, by their address and cluster. */
export function selectEndpoints(rows: readonly EndpointRow[], filter: EndpointFilter = {}): readonly EndpointRow[] {
  const { address, port, cluster, status } = filter;
  return rows
    .filter(
      (row) =>
        (address === undefined || row.host === address) &&
        (port === undefined || row.port === port) &&
        (cluster === undefined || row.cluster === cluster || row.cluster.endsWith(`|${cluster}`)) &&
        (status === undefined || row.status === status.toUpperCase()),
    )
    .toSorted((a, b) => (`${a.address} ${a.cluster}` < `${b.address} ${b.cluster}` ? -1 : 1));
}

/** Protobuf leaves out the first value of an enumeration. */
const UNKNOWN = 'UNKNOWN';

function liveStatus(host: JsonObject): string {
  if (valueAt(host, 'health_status', 'failed_active_health_check') === true) return 'UNHEALTHY';
  return textAt(host, 'health_status', 'eds_health_status') || UNKNOWN;
}

function localityOf(locality: JsonObject | undefined): string {
  return ['region', 'zone', 'sub_zone']
    .map((field) => textAt(locality, field))
    .join('/')
    .replace(/\/+$/, '');
}

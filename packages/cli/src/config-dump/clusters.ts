/** Clusters as rows of a table. */
import type { Column } from '../framework/result.ts';
import { parseClusterName } from './cluster-name.ts';
import { type JsonObject, textAt } from './json-reader.ts';
import { managedBy, sourcesOf } from './provenance.ts';
import type { DumpedResource } from './read-dump.ts';

/** One cluster. */
export interface ClusterRow {
  readonly host: string;
  readonly port: string;
  readonly subset: string;
  readonly direction: string;
  readonly type: string;
  readonly destinationRule: string;
  readonly state: string;
  readonly sources: readonly string[];
}

/** Which clusters are wanted; what is undefined does not matter. */
export interface ClusterFilter {
  /** A part of the host. */
  readonly fqdn?: string | undefined;
  readonly port?: number | undefined;
  readonly subset?: string | undefined;
  readonly direction?: string | undefined;
}

/** The columns of Istio, and what else is known. */
export const CLUSTER_COLUMNS: readonly Column<ClusterRow>[] = [
  { header: 'SERVICE FQDN', value: ({ host }) => host || '-' },
  { header: 'PORT', value: ({ port }) => port || '-' },
  { header: 'SUBSET', value: ({ subset }) => subset || '-' },
  { header: 'DIRECTION', value: ({ direction }) => direction || '-' },
  { header: 'TYPE', value: ({ type }) => type },
  { header: 'DESTINATION RULE', value: ({ destinationRule }) => destinationRule || '-' },
  { header: 'STATE', value: ({ state }) => state, isWide: true },
  { header: 'SOURCES', value: ({ sources }) => sources.join(', ') || '-', isWide: true },
];

/** The clusters that fit a filter: inbound before outbound, then by subset, host and port. */
export function selectClusters(
  clusters: readonly DumpedResource[],
  { fqdn = '', port, subset, direction }: ClusterFilter = {},
): readonly DumpedResource[] {
  const fits = ({ name }: DumpedResource) => {
    const parts = parseClusterName(name);
    return (
      parts.host.includes(fqdn) &&
      (port === undefined || parts.port === String(port)) &&
      (subset === undefined || parts.subset === subset) &&
      (direction === undefined || parts.direction.startsWith(direction))
    );
  };
  return clusters.filter(fits).toSorted((a, b) => compareNames(a.name, b.name));
}

/** The row of a cluster. */
export function clusterRow({ name, state, body }: DumpedResource): ClusterRow {
  return {
    ...parseClusterName(name),
    type: textAt(body, 'cluster_type', 'name') || textAt(body, 'type') || DEFAULT_TYPE,
    destinationRule: destinationRuleOf(body),
    state,
    sources: sourcesOf(body),
  };
}

/** Protobuf leaves out the first value of an enumeration. */
const DEFAULT_TYPE = 'STATIC';

/** A cluster of a ServiceEntry or Sidecar may be ascribed to that; the column is about rules. */
function destinationRuleOf(body: JsonObject): string {
  const path = textAt(body, 'metadata', 'filter_metadata', 'istio', 'config');
  return path.includes('/destination-rule/') ? managedBy(body) : '';
}

function compareNames(a: string, b: string): number {
  const [x, y] = [parseClusterName(a), parseClusterName(b)];
  return (
    compare(x.direction, y.direction) ||
    compare(x.subset, y.subset) ||
    compare(x.host, y.host) ||
    Number(x.port) - Number(y.port)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

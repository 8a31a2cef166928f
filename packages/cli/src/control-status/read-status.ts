/** What a control plane says about the proxies that are connected to it: its pages `syncz` and `adsz`. */
import { type JsonObject, numberAt, objectAt, objectsAt, textAt, textsAt } from '../config-dump/json-reader.ts';

/** What became of the resources of one type. */
export interface TypeSync {
  readonly state: 'notSent' | 'synced' | 'stale' | 'error';
  /** When the state began: the answer, or, as long as there is none, the sending. Undefined when nothing was sent. */
  readonly sinceMs: number | undefined;
  /** Why the proxy refuses what it was sent last. */
  readonly error: string | undefined;
  /** Names of what it refuses. */
  readonly refused: readonly string[];
}

/** One proxy. */
export interface ProxySync {
  /** `NAME.NAMESPACE` */
  readonly name: string;
  readonly cluster: string;
  readonly type: string;
  /** Empty when the proxy does not say. */
  readonly version: string;
  /** Short names of the types that it asks for, such as CDS. */
  readonly subscribed: readonly string[];
  /** Versions of the mesh between what it runs and the newest. */
  readonly behind: number;
  /** By short names. */
  readonly types: Readonly<Record<string, TypeSync>>;
}

/** Types by the names that Istio's page has for them, in the order of Istio's table. */
export const SYNC_TYPES = {
  CDS: 'cluster',
  LDS: 'listener',
  EDS: 'endpoint',
  RDS: 'route',
  ECDS: 'extension_config',
} as const;

/** Endings of the URLs of types. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Cluster: 'CDS',
    Listener: 'LDS',
    ClusterLoadAssignment: 'EDS',
    RouteConfiguration: 'RDS',
    ScopedRouteConfiguration: 'SRDS',
    TypedExtensionConfig: 'ECDS',
    Secret: 'SDS',
    Runtime: 'RTDS',
    NameTable: 'NDS',
  }),
);

/** Puts both pages together, in the order of names. */
export function readStatus(syncz: unknown, adsz: unknown): readonly ProxySync[] {
  const watches = new Map(
    objectsAt(adsz, 'clients').map((client) => [textAt(client, 'proxy', 'id'), objectAt(client, 'watches') ?? {}]),
  );
  // The page is a list; the reader wants a field.
  return objectsAt({ rows: syncz }, 'rows')
    .map((row) => proxyOf(row, watches.get(textAt(row, 'proxy'))))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function proxyOf(row: JsonObject, watches: JsonObject = {}): ProxySync {
  const types = Object.entries(SYNC_TYPES).flatMap(([short, name]) => {
    const sync = typeOf(row, name);
    return sync === undefined ? [] : [[short, sync] as const];
  });
  return {
    name: textAt(row, 'proxy'),
    cluster: textAt(row, 'cluster_id'),
    type: textAt(row, 'proxy_type'),
    version: textAt(row, 'istio_version'),
    subscribed: Object.keys(watches).map(shortNameOf),
    behind: Math.max(0, numberAt(row, 'snapshot') - numberAt(row, 'runs')),
    types: Object.fromEntries(types),
  };
}

function typeOf(row: JsonObject, name: string): TypeSync | undefined {
  const state = textAt(row, `${name}_state`);
  if (state !== 'notSent' && state !== 'synced' && state !== 'stale' && state !== 'error') return undefined;
  const began = { notSent: '', synced: 'acked', stale: 'sent', error: 'error' }[state];
  const sinceMs = Date.parse(textAt(row, `${name}_${began}_at`));
  return {
    state,
    sinceMs: Number.isNaN(sinceMs) ? undefined : sinceMs,
    error: state === 'error' ? textAt(row, `${name}_error`) : undefined,
    refused: textsAt(row, `${name}_refused`),
  };
}

function shortNameOf(typeUrl: string): string {
  const name = typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
  return SHORT_NAMES.get(name) ?? name;
}

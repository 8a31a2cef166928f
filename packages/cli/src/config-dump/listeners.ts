/** Listeners as rows of a table: one for each of their filter chains. */
import type { Column } from '../framework/result.ts';
import { readAddress, type ShownAddress } from './address.ts';
import { type JsonObject, numberAt, objectAt, objectsAt, textAt, textsAt, valueAt } from './json-reader.ts';
import { sourcesOf } from './provenance.ts';
import type { DumpedResource } from './read-dump.ts';
import { describeMatch } from './routes.ts';

/** One chain of a listener. */
export interface ListenerRow {
  readonly addresses: string;
  readonly port: number;
  readonly match: string;
  readonly destination: string;
  readonly state: string;
  readonly sources: readonly string[];
}

/** What a listener is for, by the filters of its chains. */
export const LISTENER_TYPES = ['HTTP', 'TCP', 'HTTP+TCP', 'UNKNOWN'] as const;

/** One of LISTENER_TYPES. */
export type ListenerType = (typeof LISTENER_TYPES)[number];

/** Which listeners are wanted; what is undefined does not matter. */
export interface ListenerFilter {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly type?: string | undefined;
}

/** The columns of Istio, and what else is known. */
export const LISTENER_COLUMNS: readonly Column<ListenerRow>[] = [
  { header: 'ADDRESSES', value: ({ addresses }) => addresses || '-' },
  { header: 'PORT', value: ({ port }) => port },
  { header: 'MATCH', value: ({ match }) => match },
  { header: 'DESTINATION', value: ({ destination }) => destination },
  { header: 'STATE', value: ({ state }) => state, isWide: true },
  { header: 'SOURCES', value: ({ sources }) => sources.join(', ') || '-', isWide: true },
];

/** The listeners that fit a filter, by port and address. */
export function selectListeners(
  listeners: readonly DumpedResource[],
  { address, port, type }: ListenerFilter = {},
): readonly DumpedResource[] {
  const wanted = type?.toUpperCase();
  return listeners
    .filter(({ body }) => {
      const at = addressesOf(body);
      return (
        (address === undefined || at.some(({ host }) => host === address)) &&
        (port === undefined || at.some((one) => one.port === port)) &&
        (wanted === undefined || listenerType(body) === wanted)
      );
    })
    .toSorted(({ body: a }, { body: b }) => {
      const [[x = NOWHERE], [y = NOWHERE]] = [addressesOf(a), addressesOf(b)];
      return x.port - y.port || (x.host < y.host ? -1 : Number(x.host > y.host));
    });
}

/** The rows of a listener. */
export function listenerRows({ state, body }: DumpedResource): readonly ListenerRow[] {
  const addresses = addressesOf(body);
  return chainsOf(body).map((chain) => {
    const sources = sourcesOf(chain);
    return {
      addresses: addresses.map(({ host }) => host).join(','),
      port: addresses[0]?.port ?? 0,
      match: describeChainMatch(objectAt(chain, 'filter_chain_match')),
      destination: describeFilters(objectsAt(chain, 'filters')),
      state,
      sources: sources.length > 0 ? sources : sourcesOf(body),
    };
  });
}

/** What a listener is for. */
export function listenerType(listener: JsonObject): ListenerType {
  const kinds = new Set(
    chainsOf(listener).flatMap((chain) => objectsAt(chain, 'filters').flatMap((filter) => kindOf(filter) ?? [])),
  );
  if (kinds.size === 2) return 'HTTP+TCP';
  return [...kinds][0] ?? 'UNKNOWN';
}

const NOWHERE: ShownAddress = { host: '', port: 0 };

function addressesOf(listener: JsonObject): readonly ShownAddress[] {
  const more = objectsAt(listener, 'additional_addresses').map((one) => objectAt(one, 'address'));
  const all = [objectAt(listener, 'address'), ...more];
  return all.map(readAddress).filter(({ host }) => host !== '');
}

function chainsOf(listener: JsonObject): readonly JsonObject[] {
  const last = objectAt(listener, 'default_filter_chain');
  return [...objectsAt(listener, 'filter_chains'), ...(last === undefined ? [] : [last])];
}

function describeChainMatch(match: JsonObject | undefined): string {
  const list = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [`${title}: ${texts.join(',')}`];
  const port = numberAt(match, 'destination_port');
  const ranges = objectsAt(match, 'prefix_ranges').map(
    (range) => `${textAt(range, 'address_prefix')}/${numberAt(range, 'prefix_len')}`,
  );
  const transport = textAt(match, 'transport_protocol');
  const address = ranges.length > 0 ? ranges : port === 0 ? [] : ['*'];
  const parts = [
    ...list('SNI', textsAt(match, 'server_names')),
    ...list('Trans', transport === '' ? [] : [transport]),
    ...list('App', textsAt(match, 'application_protocols')),
    ...list('Addr', address.length === 0 || port === 0 ? address : [`${address.join(',')}:${port}`]),
  ];
  return parts.length === 0 ? 'ALL' : parts.join('; ');
}

const TYPE_ENDINGS = { HTTP: '.HttpConnectionManager', TCP: '.TcpProxy' } as const;

function kindOf(filter: JsonObject): 'HTTP' | 'TCP' | undefined {
  const type = textAt(filter, 'typed_config', '@type');
  if (type.endsWith(TYPE_ENDINGS.HTTP)) return 'HTTP';
  return type.endsWith(TYPE_ENDINGS.TCP) ? 'TCP' : undefined;
}

function describeFilters(filters: readonly JsonObject[]): string {
  const last = filters.find((filter) => kindOf(filter) !== undefined);
  if (last === undefined) return 'Non-HTTP/Non-TCP';
  const config = objectAt(last, 'typed_config');
  return kindOf(last) === 'HTTP' ? describeHttp(config) : describeTcp(config);
}

function describeTcp(config: JsonObject | undefined): string {
  const weighted = objectsAt(config, 'weighted_clusters', 'clusters');
  if (weighted.length > 0) {
    return `Cluster: ${weighted.map((one) => `${textAt(one, 'name')} ${numberAt(one, 'weight')}`).join(', ')}`;
  }
  return describeTarget(textAt(config, 'cluster'));
}

/** The clusters that stand for a decision have names that need no word before them. */
function describeTarget(cluster: string): string {
  return cluster.includes('Cluster') ? cluster : `Cluster: ${cluster}`;
}

function describeHttp(config: JsonObject | undefined): string {
  const inline = objectAt(config, 'route_config');
  if (inline !== undefined) return describeInline(inline);
  const name = textAt(config, 'rds', 'route_config_name');
  return name === '' ? 'HTTP' : `Route: ${name}`;
}

function describeInline(routes: JsonObject): string {
  const hosts = objectsAt(routes, 'virtual_hosts');
  const all = hosts.flatMap((host) => objectsAt(host, 'routes'));
  const clusters = new Set(all.map((route) => textAt(route, 'route', 'cluster')));
  const [only = ''] = clusters;
  const isForAll = all.every((route) => valueAt(route, 'match', 'prefix') === '/');
  if (all.length > 0 && clusters.size === 1 && only !== '' && isForAll) return describeTarget(only);
  const shown = hosts.map((host) => {
    const domains = textsAt(host, 'domains').filter((domain) => domain !== '*');
    const matches = objectsAt(host, 'routes').map((route) => describeMatch(objectAt(route, 'match')));
    return [...domains.slice(0, 1), matches.join(', ')].join(' ');
  });
  return `Inline Route: ${shown.join('; ')}`;
}

/** Routes as rows of a table. */
import type { Column } from '../framework/result.ts';
import { describeCluster } from './cluster-name.ts';
import { type JsonObject, numberAt, objectAt, objectsAt, textAt, textsAt, valueAt } from './json-reader.ts';
import { managedBy, sourcesOf } from './provenance.ts';
import type { DumpedResource } from './read-dump.ts';

/** One route of a virtual host. */
export interface RouteRow {
  readonly configuration: string;
  readonly virtualHost: string;
  readonly domains: string;
  readonly match: string;
  readonly virtualService: string;
  readonly action: string;
  readonly sources: readonly string[];
}

/** The columns of Istio, and what else is known. */
export const ROUTE_COLUMNS: readonly Column<RouteRow>[] = [
  { header: 'NAME', value: ({ configuration }) => configuration || '-' },
  { header: 'VHOST NAME', value: ({ virtualHost }) => virtualHost || '-' },
  { header: 'DOMAINS', value: ({ domains }) => domains },
  { header: 'MATCH', value: ({ match }) => match },
  { header: 'VIRTUAL SERVICE', value: ({ virtualService }) => virtualService || '-' },
  { header: 'ACTION', value: ({ action }) => action, isWide: true },
  { header: 'SOURCES', value: ({ sources }) => sources.join(', ') || '-', isWide: true },
];

/** The configurations of a name, or all of them; numbers in the order of numbers. */
export function selectRoutes(routes: readonly DumpedResource[], name?: string): readonly DumpedResource[] {
  return routes
    .filter((route) => name === undefined || route.name === name)
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** The rows of a configuration: one for each route, and one for a virtual host without any. */
export function routeRows({ name, body }: DumpedResource): readonly RouteRow[] {
  return objectsAt(body, 'virtual_hosts').flatMap((host): RouteRow[] => {
    const common = {
      configuration: name,
      virtualHost: textAt(host, 'name'),
      domains: describeDomains(textsAt(host, 'domains')),
    };
    const routes = objectsAt(host, 'routes');
    if (routes.length === 0) {
      return [{ ...common, match: '/*', virtualService: '404', action: 'status 404', sources: sourcesOf(host) }];
    }
    return routes.map((route) => ({
      ...common,
      match: describeMatch(objectAt(route, 'match')),
      virtualService: managedBy(route),
      action: describeAction(route),
      sources: sourcesOf(route),
    }));
  });
}

/** What a request must look like: the path as Istio shows it, then everything else that is asked for. */
export function describeMatch(match: JsonObject | undefined): string {
  const separated = textAt(match, 'path_separated_prefix');
  const paths = [
    suffixed(textAt(match, 'prefix'), '*'),
    textAt(match, 'path'),
    separated === '' ? '' : `${separated}, ${separated}/*`,
    prefixed('regex ', textAt(match, 'safe_regex', 'regex')),
    objectAt(match, 'connect_matcher') === undefined ? '' : 'CONNECT',
    textAt(match, 'path_match_policy', 'name'),
  ];
  const more = [
    ...objectsAt(match, 'headers').map(describeHeader),
    ...objectsAt(match, 'query_parameters').map((parameter) => `?${textAt(parameter, 'name')}`),
    ...(objectAt(match, 'runtime_fraction') === undefined ? [] : ['by chance']),
  ];
  return [...paths.filter((path) => path !== ''), ...more].join(' ');
}

const MAX_DOMAINS = 2;

function describeDomains(domains: readonly string[]): string {
  // Each domain stands there with and without its port: once is enough for people.
  const short = [...new Set(domains.map((domain) => domain.replace(/:(?:\d+|\*)$/, '')))];
  const first = short.slice(0, MAX_DOMAINS).join(', ');
  return short.length > MAX_DOMAINS ? `${first} + ${short.length - MAX_DOMAINS} more...` : first;
}

function describeHeader(header: JsonObject): string {
  const text = objectAt(header, 'string_match');
  const wanted = ['exact', 'prefix', 'suffix', 'contains'].flatMap((how) => {
    const value = textAt(text, how) || textAt(header, `${how}_match`);
    return value === '' ? [] : [`${how === 'exact' ? '' : `${how} `}${value}`];
  });
  const regex = textAt(text, 'safe_regex', 'regex') || textAt(header, 'safe_regex_match', 'regex');
  const not = valueAt(header, 'invert_match') === true ? '!' : '';
  const value = [...wanted, ...(regex === '' ? [] : [`regex ${regex}`])][0];
  return `${not}${textAt(header, 'name')}${value === undefined ? '' : `=${value}`}`;
}

function describeAction(route: JsonObject): string {
  const forward = objectAt(route, 'route');
  if (forward !== undefined) return describeForward(forward);
  const status = numberAt(route, 'direct_response', 'status');
  if (status !== 0) return `status ${status}`;
  if (objectAt(route, 'redirect') !== undefined) return 'redirect';
  return objectAt(route, 'non_forwarding_action') === undefined ? '-' : 'not forwarded';
}

function describeForward(forward: JsonObject): string {
  const weighted = objectsAt(forward, 'weighted_clusters', 'clusters');
  if (weighted.length > 0) {
    return weighted.map((one) => `${describeCluster(textAt(one, 'name'))} ${numberAt(one, 'weight')}`).join(', ');
  }
  const header = textAt(forward, 'cluster_header');
  return header === '' ? describeCluster(textAt(forward, 'cluster')) : `cluster named by ${header}`;
}

function suffixed(text: string, suffix: string): string {
  return text === '' ? '' : text + suffix;
}

function prefixed(prefix: string, text: string): string {
  return text === '' ? '' : prefix + text;
}

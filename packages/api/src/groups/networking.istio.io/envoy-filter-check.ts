/** The rules across the fields of an EnvoyFilter. */
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { regexProblem } from '../../validation/re2.ts';
import type { ConfigPatch, EnvoyFilterSpec } from './envoy-filter-spec.ts';
import { checkTargetReference } from './target-refs.ts';
import { checkWorkloadSelector } from './workload-selector.ts';

const HTTP_CONNECTION_MANAGER = 'envoy.filters.network.http_connection_manager';

/** Names that the proxy no longer knows, with those that took their place. */
const RENAMED_FILTERS: Readonly<Record<string, string>> = {
  'envoy.http_connection_manager': HTTP_CONNECTION_MANAGER,
  'envoy.tcp_proxy': 'envoy.filters.network.tcp_proxy',
  'envoy.mongo_proxy': 'envoy.filters.network.mongo_proxy',
  'envoy.redis_proxy': 'envoy.filters.network.redis_proxy',
  'envoy.ratelimit': 'envoy.filters.network.ratelimit',
  'envoy.client_ssl_auth': 'envoy.filters.network.client_ssl_auth',
  'envoy.ext_authz': 'envoy.filters.network.ext_authz',
  'envoy.echo': 'envoy.filters.network.echo',
  'envoy.buffer': 'envoy.filters.http.buffer',
  'envoy.cors': 'envoy.filters.http.cors',
  'envoy.csrf': 'envoy.filters.http.csrf',
  'envoy.fault': 'envoy.filters.http.fault',
  'envoy.grpc_http1_bridge': 'envoy.filters.http.grpc_http1_bridge',
  'envoy.grpc_json_transcoder': 'envoy.filters.http.grpc_json_transcoder',
  'envoy.grpc_web': 'envoy.filters.http.grpc_web',
  'envoy.gzip': 'envoy.filters.http.gzip',
  'envoy.health_check': 'envoy.filters.http.health_check',
  'envoy.ip_tagging': 'envoy.filters.http.ip_tagging',
  'envoy.lua': 'envoy.filters.http.lua',
  'envoy.rate_limit': 'envoy.filters.http.ratelimit',
  'envoy.router': 'envoy.filters.http.router',
  'envoy.squash': 'envoy.filters.http.squash',
};

const LISTENER_CLASS: ReadonlySet<string> = new Set([
  'LISTENER',
  'FILTER_CHAIN',
  'NETWORK_FILTER',
  'HTTP_FILTER',
  'LISTENER_FILTER',
]);
const ROUTE_CLASS: ReadonlySet<string> = new Set(['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE']);
/** Things that stand in a row, so that "before", "after" and "first" mean something. */
const ORDERED: ReadonlySet<string> = new Set([
  'NETWORK_FILTER',
  'HTTP_FILTER',
  'LISTENER_FILTER',
  'HTTP_ROUTE',
  'FILTER_CHAIN',
]);
const REPLACEABLE: ReadonlySet<string> = new Set(['HTTP_FILTER', 'NETWORK_FILTER']);

const patchesPath = specPath.child('configPatches');

/** Checks the rules across fields. */
export function checkEnvoyFilter(
  filter: { readonly metadata: ObjectMeta; readonly spec?: EnvoyFilterSpec },
  report: IssueReport,
): void {
  const spec = filter.spec ?? {};
  report.warn(
    'EnvoyFilter exposes internal implementation details that may change at any time; prefer other kinds where they can say the same',
  );
  checkWorkloadSelector(spec.workloadSelector, specPath.child('workloadSelector'), report);
  const refs = spec.targetRefs ?? [];
  for (let i = 0; i < refs.length; i++) {
    checkTargetReference(refs[i]!, specPath.child('targetRefs').index(i), report);
  }
  const patches = spec.configPatches ?? [];
  for (let i = 0; i < patches.length; i++) checkPatch(patches[i]!, patchesPath.index(i), report);
  warnOfUnstableOrder(patches, spec.priority ?? 0, report);
}

function checkPatch(value: ConfigPatch, path: FieldPath, report: IssueReport): void {
  const { applyTo = 'INVALID', match, patch } = value;
  if (applyTo === 'INVALID') report.required(path.child('applyTo'), 'missing applyTo');
  if (patch === undefined) report.required(path.child('patch'), 'missing patch');
  else checkOperation(patch, applyTo, path.child('patch'), report);
  if (match === undefined) return;
  const version = match.proxy?.proxyVersion ?? '';
  if (version !== '') {
    const problem = regexProblem(version);
    if (problem !== undefined) {
      report.invalid(
        path.child('match', 'proxy', 'proxyVersion'),
        version,
        `invalid regex for proxy version, [${problem}]`,
      );
    }
  }
  checkMatchClass(match, applyTo, path.child('match'), report);
}

function checkOperation(
  patch: NonNullable<ConfigPatch['patch']>,
  applyTo: string,
  path: FieldPath,
  report: IssueReport,
): void {
  const { operation = 'INVALID', value, filterClass = 'UNSPECIFIED' } = patch;
  if (operation === 'INVALID') {
    report.required(path.child('operation'), 'missing patch operation');
    return;
  }
  if (operation !== 'REMOVE' && value === undefined) {
    report.required(path.child('value'), 'missing patch value for non-remove operation');
  }
  if (applyTo === 'INVALID') return;
  const at = path.child('operation').toString();
  if (operation.startsWith('INSERT_') && !ORDERED.has(applyTo)) {
    report.warn(`${at}: ${operation} has no effect with applyTo ${applyTo}`);
  }
  if (operation === 'REPLACE' && !REPLACEABLE.has(applyTo)) {
    report.warn(`${at}: REPLACE has no effect with applyTo ${applyTo}, only with NETWORK_FILTER and HTTP_FILTER`);
  }
  if (filterClass !== 'UNSPECIFIED' && (operation !== 'ADD' || !applyTo.endsWith('_FILTER'))) {
    report.warn(`${path.child('filterClass').toString()}: has an effect only when a filter is added`);
  }
}

function checkMatchClass(
  match: NonNullable<ConfigPatch['match']>,
  applyTo: string,
  path: FieldPath,
  report: IssueReport,
): void {
  const given = (['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const).find(
    (k) => match[k] !== undefined,
  );
  if (given === undefined || given === 'waypoint') return;
  if (LISTENER_CLASS.has(applyTo) && given !== 'listener') {
    report.invalid(path.child(given), '', 'applyTo for listener class objects cannot have non listener match');
  } else if (ROUTE_CLASS.has(applyTo) && given !== 'routeConfiguration') {
    report.invalid(
      path.child(given),
      '',
      'applyTo for http route class objects cannot have non route configuration match',
    );
  } else if (applyTo === 'CLUSTER' && given !== 'cluster') {
    report.invalid(path.child(given), '', 'applyTo for cluster class objects cannot have non cluster match');
  } else if (given === 'listener') checkFilterMatch(match, applyTo, path, report);
}

function checkFilterMatch(
  match: NonNullable<ConfigPatch['match']>,
  applyTo: string,
  path: FieldPath,
  report: IssueReport,
): void {
  const filter = match.listener?.filterChain?.filter;
  if (filter === undefined) return;
  const at = path.child('listener', 'filterChain', 'filter');
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN') {
    report.warn(`${at.toString()}: filter match has no effect when used with ${applyTo}`);
  }
  const { name = '', subFilter } = filter;
  warnOfOldName(name, at, report);
  if (name === '') {
    report.required(at.child('name'), 'filter match has no name to match on');
    return;
  }
  if (subFilter === undefined) return;
  warnOfOldName(subFilter.name ?? '', at.child('subFilter'), report);
  if (applyTo !== 'HTTP_FILTER') {
    report.invalid(at.child('subFilter'), '', 'subfilter match can be used with applyTo HTTP_FILTER only');
  } else if (name !== HTTP_CONNECTION_MANAGER && RENAMED_FILTERS[name] !== HTTP_CONNECTION_MANAGER) {
    report.invalid(at.child('name'), name, `subfilter match requires filter match with ${HTTP_CONNECTION_MANAGER}`);
  } else if ((subFilter.name ?? '') === '') {
    report.required(at.child('subFilter', 'name'), 'subfilter match has no name to match on');
  }
}

function warnOfOldName(name: string, path: FieldPath, report: IssueReport): void {
  if (!Object.hasOwn(RENAMED_FILTERS, name)) return;
  report.warn(
    `${path.child('name').toString()}: using deprecated filter name ${JSON.stringify(name)}; use ${JSON.stringify(RENAMED_FILTERS[name])} instead`,
  );
}

/** "Before", "after" and "replace" depend on what other EnvoyFilters of the same priority did first. */
function warnOfUnstableOrder(patches: readonly ConfigPatch[], priority: number, report: IssueReport): void {
  if (priority !== 0) return;
  const relative = patches.findIndex(({ patch }) =>
    ['INSERT_BEFORE', 'INSERT_AFTER', 'REPLACE'].includes(patch?.operation ?? ''),
  );
  if (relative < 0) return;
  const operation = patches[relative]!.patch!.operation;
  report.warn(
    `${patchesPath.index(relative).child('patch', 'operation').toString()}: ${operation} depends on the order of EnvoyFilters; set spec.priority, or use INSERT_FIRST or ADD`,
  );
}

import type { RouteConfiguration, Vhds } from '@weft/proto/envoy/config/route/v3/route';
import type { ClusterSpecifierPlugin } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileList } from '../compile/matchers/outcome.ts';
import { metadataOf } from '../compile/metadata.ts';
import { supports } from '../compile/support.ts';
import { compileHeaderMutations } from '../headers/header-mutations.ts';
import { asciiLower } from '../match/ascii.ts';
import { compileDomainTable, type DomainEntry, type DomainTable } from '../match/domain-table.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import type { RouteCompileContext } from './context.ts';
import { type ConfigLevel, mutationLevels } from './levels.ts';
import { compileMirrorPolicies } from './mirror.ts';
import { compileFilterOverrides, NO_OVERRIDES } from './per-filter-config.ts';
import type { SharedRoutes } from './shared-routes.ts';
import { compileVirtualHost, type VirtualHostRuntime } from './virtual-host.ts';

/** What is supported of route configurations. */
export const ROUTE_CONFIG_SUPPORT = [
  supports<RouteConfiguration>('envoy.config.route.v3.RouteConfiguration', {
    name: true,
    virtualHosts: true,
    vhds: 'virtual hosts are not fetched on demand: list them in virtual_hosts',
    internalOnlyHeaders: true,
    responseHeadersToAdd: true,
    responseHeadersToRemove: true,
    requestHeadersToAdd: true,
    requestHeadersToRemove: true,
    mostSpecificHeaderMutationsWins: true,
    validateClusters: true,
    maxDirectResponseBodySizeBytes: true,
    clusterSpecifierPlugins: true,
    requestMirrorPolicies: true,
    ignorePortInHostMatching: true,
    ignorePathParametersInPathMatching: true,
    typedPerFilterConfig: true,
    metadata: true,
    routeSpecifiers: 'use cluster_specifier_plugin or cluster_header',
    vhostHeader: true,
  }),
  supports<Vhds>('envoy.config.route.v3.Vhds', { configSource: true }),
];

/** A compiled route configuration. */
export interface RouteConfigRuntime {
  readonly name: string;
  readonly hosts: DomainTable<VirtualHostRuntime>;
  /** The header that names the virtual host instead of the host, in lower case; empty for the host itself. */
  readonly hostHeader: string;
  readonly virtualHosts: readonly VirtualHostRuntime[];
  /** In lower case: removed from requests that come from outside. */
  readonly internalOnlyHeaders: readonly string[];
  readonly metadata: MetadataSource;
  /** Whether clusters that do not exist are an error; undefined where that depends on where the configuration came from. */
  readonly validatesClusters: boolean | undefined;
  /** Whether a header that is added tells of the stream, so that what is told has to be recorded. */
  readonly tellsOfStreams: boolean;
  /** The clusters that routes and mirrors name. */
  readonly clusterNames: ReadonlySet<string>;
}

const DEFAULT_MAX_DIRECT_RESPONSE_BYTES = 4096;

/** Compiles a route configuration; undefined when there was a problem, and all of them are reported. `path` may be empty. */
export function compileRouteConfig(
  message: RouteConfiguration,
  path: string,
  given: RouteCompileContext,
): RouteConfigRuntime | undefined {
  const base = path === '' ? '' : `${path}.`;
  const before = given.problems.count;
  let tellsOfStreams = false;
  const context: RouteCompileContext = {
    ...given,
    compileFormat: (text, at) => {
      tellsOfStreams = true;
      return given.compileFormat(text, at);
    },
    compileBodyFormat: (format, at) => {
      tellsOfStreams = true;
      return given.compileBodyFormat(format, at);
    },
  };
  if (message.vhds !== undefined) context.problems.add(`${base}vhds`, 'is not supported: list all virtual_hosts');
  const level = compileLevel(message, base, context);
  const shared: SharedRoutes = new Map();
  const virtualHosts = compileList(message.virtualHosts, `${base}virtual_hosts`, (host, at) =>
    compileVirtualHost(host, level, shared, at, context),
  );
  if (virtualHosts === undefined) return undefined;
  const hosts = compileHosts(message, virtualHosts, base, context);
  if (hosts === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({
    name: message.name,
    hosts,
    hostHeader: asciiLower(message.vhostHeader),
    virtualHosts,
    internalOnlyHeaders: message.internalOnlyHeaders.map(asciiLower),
    metadata: metadataOf(message.metadata),
    validatesClusters: message.validateClusters,
    tellsOfStreams,
    clusterNames: level.clusterNames,
  });
}

function compileLevel(message: RouteConfiguration, base: string, context: RouteCompileContext): ConfigLevel {
  const requestHeaders = compileHeaderMutations(
    message.requestHeadersToAdd,
    message.requestHeadersToRemove,
    { add: `${base}request_headers_to_add`, remove: `${base}request_headers_to_remove` },
    context,
  );
  const responseHeaders = compileHeaderMutations(
    message.responseHeadersToAdd,
    message.responseHeadersToRemove,
    { add: `${base}response_headers_to_add`, remove: `${base}response_headers_to_remove` },
    context,
  );
  const filters = compileFilterOverrides(
    message.typedPerFilterConfig,
    NO_OVERRIDES,
    `${base}typed_per_filter_config`,
    context,
  );
  const mirrors = compileMirrorPolicies(message.requestMirrorPolicies, `${base}request_mirror_policies`, context);
  return {
    plugins: compilePlugins(message.clusterSpecifierPlugins, `${base}cluster_specifier_plugins`, context),
    filters: filters ?? NO_OVERRIDES,
    mirrors: mirrors ?? [],
    clusterNames: new Set(),
    retry: undefined,
    hedgesOnPerTryTimeout: false,
    requestHeaders: requestHeaders ? mutationLevels([], requestHeaders, false) : [],
    responseHeaders: responseHeaders ? mutationLevels([], responseHeaders, false) : [],
    isMostSpecificLast: message.mostSpecificHeaderMutationsWins,
    ignoresPathParameters: message.ignorePathParametersInPathMatching,
    maxDirectResponseBytes: message.maxDirectResponseBodySizeBytes ?? DEFAULT_MAX_DIRECT_RESPONSE_BYTES,
  };
}

function compilePlugins(
  plugins: readonly ClusterSpecifierPlugin[],
  path: string,
  context: RouteCompileContext,
): ReadonlyMap<string, ClusterSpecifierPlugin> {
  const byName = new Map<string, ClusterSpecifierPlugin>();
  plugins.forEach((plugin, i) => {
    const name = plugin.extension?.name ?? '';
    if (byName.has(name))
      context.problems.add(`${path}[${i}].extension.name`, `${JSON.stringify(name)} is there twice`);
    byName.set(name, plugin);
  });
  return byName;
}

function compileHosts(
  message: RouteConfiguration,
  virtualHosts: readonly VirtualHostRuntime[],
  base: string,
  context: RouteCompileContext,
): DomainTable<VirtualHostRuntime> | undefined {
  const entries: DomainEntry<VirtualHostRuntime>[] = [];
  const places: string[] = [];
  message.virtualHosts.forEach(({ domains }, i) => {
    const value = virtualHosts[i]!;
    domains.forEach((domain, j) => {
      entries.push({ domain, value, owner: `virtual host ${JSON.stringify(value.name)}` });
      places.push(`${base}virtual_hosts[${i}].domains[${j}]`);
    });
  });
  const table = compileDomainTable(entries, '', { ignorePort: message.ignorePortInHostMatching });
  if (table.kind === 'ok') return table.value;
  // The table counts all domains through; in the message they are in their virtual hosts.
  for (const { path, reason } of table.error) context.problems.add(places[Number(path.slice(1, -1))] ?? path, reason);
  return undefined;
}

import type { ClusterSpecifierPlugin, RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { asciiLower } from '../match/ascii.ts';
import type { Trace } from '../trace/trace.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext } from './context.ts';
import { firstValue } from './first-value.ts';
import {
  type ClusterWeightRuntime,
  compileWeightedClusters,
  pickWeighted,
  type WeightedClustersOuter,
  type WeightedClustersRuntime,
  type WeightedPickInput,
} from './weighted-clusters.ts';

/** What is supported of plugins that name clusters. */
export const CLUSTER_PLUGIN_SUPPORT = [
  supports<ClusterSpecifierPlugin>('envoy.config.route.v3.ClusterSpecifierPlugin', {
    extension: true,
    isOptional: true,
  }),
];

/** The cluster of a request. */
export interface ClusterPick {
  /** Empty when the header that should name it is missing; there is no cluster of that name. */
  readonly clusterName: string;
  /** The entry that was chosen of weighted clusters. */
  readonly weighted: ClusterWeightRuntime | undefined;
}

/** How a route names its cluster. */
export type ClusterSpecifierRuntime =
  | { readonly kind: 'single'; readonly pick: ClusterPick }
  | { readonly kind: 'header'; readonly header: string }
  | { readonly kind: 'weighted'; readonly clusters: WeightedClustersRuntime }
  /** An optional plugin that is not there: requests have no route. */
  | { readonly kind: 'none' };

const NONE: ClusterSpecifierRuntime = Object.freeze({ kind: 'none' });

/** Names of the plugins of a route configuration, and whether they may be missing. */
export type ClusterPlugins = ReadonlyMap<string, ClusterSpecifierPlugin>;

/** Compiles how a route names its cluster; undefined when there was a problem. */
export function compileClusterSpecifier(
  action: RouteAction,
  plugins: ClusterPlugins,
  outer: WeightedClustersOuter,
  path: string,
  context: RouteCompileContext,
): ClusterSpecifierRuntime | undefined {
  const { clusterSpecifier: given } = action;
  switch (given.case) {
    case undefined:
      return isMissing(path, 'cluster, weighted_clusters or cluster_header', context);
    case 'cluster':
      if (given.value === '') return isMissing(`${path}.cluster`, 'a name', context);
      return Object.freeze({ kind: 'single', pick: Object.freeze({ clusterName: given.value, weighted: undefined }) });
    case 'clusterHeader':
      if (given.value === '') return isMissing(`${path}.cluster_header`, 'a name', context);
      return Object.freeze({ kind: 'header', header: asciiLower(given.value) });
    case 'weightedClusters': {
      const clusters = compileWeightedClusters(given.value, outer, `${path}.weighted_clusters`, context);
      return clusters === undefined ? undefined : Object.freeze({ kind: 'weighted', clusters });
    }
    case 'inlineClusterSpecifierPlugin':
      return compilePlugin(given.value, `${path}.inline_cluster_specifier_plugin`, context);
    case 'clusterSpecifierPlugin': {
      const plugin = plugins.get(given.value);
      if (plugin !== undefined) return compilePlugin(plugin, `${path}.cluster_specifier_plugin`, context);
      context.problems.add(`${path}.cluster_specifier_plugin`, `there is no plugin ${JSON.stringify(given.value)}`);
      return undefined;
    }
  }
}

/** No plugin is built in: one that is not optional is refused, as Envoy refuses those it was built without. */
function compilePlugin(
  plugin: ClusterSpecifierPlugin,
  path: string,
  context: RouteCompileContext,
): ClusterSpecifierRuntime | undefined {
  if (plugin.isOptional) return NONE;
  const name = plugin.extension?.name ?? '';
  context.problems.add(
    path,
    `plugin ${JSON.stringify(name)} is not supported: use cluster, weighted_clusters or cluster_header`,
  );
  return undefined;
}

/** The cluster of a request; undefined when it has no route after all. */
export function pickCluster(
  specifier: ClusterSpecifierRuntime,
  request: RequestView,
  input: WeightedPickInput,
  trace?: Trace,
): ClusterPick | undefined {
  const pick = specifier.kind === 'single' ? specifier.pick : pickDynamic(specifier, request, input);
  if (trace !== undefined) tracePick(specifier, pick, trace);
  return pick;
}

function pickDynamic(
  specifier: Exclude<ClusterSpecifierRuntime, { kind: 'single' }>,
  request: RequestView,
  input: WeightedPickInput,
): ClusterPick | undefined {
  if (specifier.kind === 'none') return undefined;
  if (specifier.kind === 'header')
    return { clusterName: firstValue(request, specifier.header) ?? '', weighted: undefined };
  const weighted = pickWeighted(specifier.clusters, request, input);
  if (weighted === undefined) return undefined;
  const named = weighted.clusterHeader === '' ? weighted.clusterName : firstValue(request, weighted.clusterHeader);
  return { clusterName: named ?? '', weighted };
}

function tracePick(specifier: ClusterSpecifierRuntime, pick: ClusterPick | undefined, trace: Trace): void {
  const outcome = pick === undefined || pick.clusterName === '' ? 'failed' : 'chosen';
  trace.step({ kind: 'cluster', name: pick?.clusterName ?? '', outcome, why: whyPicked(specifier, pick) });
}

function whyPicked(specifier: ClusterSpecifierRuntime, pick: ClusterPick | undefined): string {
  switch (specifier.kind) {
    case 'single':
      return 'the only cluster of the route';
    case 'header':
      return pick?.clusterName === '' ? `header ${specifier.header} is missing` : `named by header ${specifier.header}`;
    case 'none':
      return 'the plugin that names the cluster is not there';
    case 'weighted':
      if (pick?.weighted === undefined) return 'the runtime leaves no weight';
      return `weight ${pick.weighted.weight} of ${specifier.clusters.totalWeight}`;
  }
}

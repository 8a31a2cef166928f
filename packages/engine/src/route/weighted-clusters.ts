import type {
  WeightedCluster,
  WeightedCluster_ClusterWeight,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { compileHeaderMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import { asciiLower } from '../match/ascii.ts';
import type { RuntimeSource } from '../match/fraction.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext } from './context.ts';
import { type HashPolicyRuntime, type HashView, hashOfRequest } from './hash-policy.ts';
import { compileFilterOverrides, type FilterOverrides } from './per-filter-config.ts';
import type { RouteInput } from './route-input.ts';
import { type SubsetCriteria, subsetCriteria } from './subset-criteria.ts';

/** What is supported of weighted clusters. */
export const WEIGHTED_CLUSTER_SUPPORT = [
  supports<WeightedCluster>('envoy.config.route.v3.WeightedCluster', {
    clusters: true,
    totalWeight: true,
    runtimeKeyPrefix: true,
    randomValueSpecifier: { headerName: true, useHashPolicy: true },
  }),
  supports<WeightedCluster_ClusterWeight>('envoy.config.route.v3.WeightedCluster.ClusterWeight', {
    name: true,
    clusterHeader: true,
    weight: true,
    metadataMatch: true,
    requestHeadersToAdd: true,
    requestHeadersToRemove: true,
    responseHeadersToAdd: true,
    responseHeadersToRemove: true,
    typedPerFilterConfig: true,
    hostRewriteSpecifier: { hostRewriteLiteral: true },
  }),
];

/** One of the clusters that share a route. */
export interface ClusterWeightRuntime {
  /** Empty where a header names the cluster. */
  readonly clusterName: string;
  /** The header that names the cluster, in lower case; empty without one. */
  readonly clusterHeader: string;
  readonly weight: number;
  /** Where the runtime layers may have another weight; empty where they may not. */
  readonly runtimeKey: string;
  readonly subset: SubsetCriteria | undefined;
  /** Applied before the changes of the levels around it, whatever their order. */
  readonly requestHeaders: HeaderMutations;
  readonly responseHeaders: HeaderMutations;
  /** Merged with those of the route. */
  readonly filters: FilterOverrides;
  /** Replaces the host before the route's own host rewrite; empty for none. */
  readonly hostRewrite: string;
}

/** Clusters that share a route by weight. */
export interface WeightedClustersRuntime {
  readonly entries: readonly ClusterWeightRuntime[];
  readonly totalWeight: number;
  /** The header with the number to choose by, in lower case; empty without one. */
  readonly randomValueHeader: string;
  /** The route's hash policies where they choose; where they find nothing to hash, chance does. */
  readonly hashPolicies: readonly HashPolicyRuntime[];
}

/** What the entries inherit. */
export interface WeightedClustersOuter {
  readonly subset: SubsetCriteria | undefined;
  readonly filters: FilterOverrides;
  readonly hashPolicies: readonly HashPolicyRuntime[];
}

/** What an entry is picked by. */
export interface WeightedPickInput extends RouteInput, Omit<HashView, 'request' | 'local'> {
  readonly connection: ConnectionView;
}

const NO_POLICIES: readonly HashPolicyRuntime[] = Object.freeze([]);
const MAX_TOTAL_WEIGHT = 0xffff_ffff;

/** Compiles weighted clusters; undefined when there was a problem. */
export function compileWeightedClusters(
  message: WeightedCluster,
  outer: WeightedClustersOuter,
  path: string,
  context: RouteCompileContext,
): WeightedClustersRuntime | undefined {
  const { randomValueSpecifier, runtimeKeyPrefix } = message;
  const entries = compileList(message.clusters, `${path}.clusters`, (cluster, at) =>
    compileEntry(cluster, runtimeKeyPrefix, outer, at, context),
  );
  if (entries === undefined) return undefined;
  const totalWeight = entries.reduce((sum, entry) => sum + entry.weight, 0);
  const problem = weightProblem(totalWeight, message.totalWeight);
  if (problem !== undefined) {
    context.problems.add(path, problem);
    return undefined;
  }
  const usesHash = randomValueSpecifier.case === 'useHashPolicy' && randomValueSpecifier.value.value;
  return Object.freeze({
    entries,
    totalWeight,
    randomValueHeader: randomValueSpecifier.case === 'headerName' ? asciiLower(randomValueSpecifier.value) : '',
    hashPolicies: usesHash ? outer.hashPolicies : NO_POLICIES,
  });
}

function weightProblem(total: number, stated: number | undefined): string | undefined {
  if (total === 0) return 'the sum of the weights must be greater than 0';
  if (total > MAX_TOTAL_WEIGHT) return `the sum of the weights, ${total}, is larger than ${MAX_TOTAL_WEIGHT}`;
  if (stated === undefined || stated === 0 || stated === total) return undefined;
  return `total_weight is ${stated}, but the sum of the weights is ${total}: leave total_weight out`;
}

function compileEntry(
  cluster: WeightedCluster_ClusterWeight,
  runtimeKeyPrefix: string,
  outer: WeightedClustersOuter,
  path: string,
  context: RouteCompileContext,
): ClusterWeightRuntime | undefined {
  if ((cluster.name === '') === (cluster.clusterHeader === '')) {
    context.problems.add(path, 'needs either a name or a cluster_header');
    return undefined;
  }
  if (cluster.weight === undefined) return isMissing(path, 'weight', context);
  const requestHeaders = compileHeaderMutations(
    cluster.requestHeadersToAdd,
    cluster.requestHeadersToRemove,
    { add: `${path}.request_headers_to_add`, remove: `${path}.request_headers_to_remove` },
    context,
  );
  const responseHeaders = compileHeaderMutations(
    cluster.responseHeadersToAdd,
    cluster.responseHeadersToRemove,
    { add: `${path}.response_headers_to_add`, remove: `${path}.response_headers_to_remove` },
    context,
  );
  const filterPath = `${path}.typed_per_filter_config`;
  const filters = compileFilterOverrides(cluster.typedPerFilterConfig, outer.filters, filterPath, context);
  if (requestHeaders === undefined || responseHeaders === undefined || filters === undefined) return undefined;
  return Object.freeze({
    clusterName: cluster.name,
    clusterHeader: asciiLower(cluster.clusterHeader),
    weight: cluster.weight,
    runtimeKey: runtimeKeyPrefix === '' ? '' : `${runtimeKeyPrefix}.${cluster.name}`,
    subset: subsetCriteria(cluster.metadataMatch, outer.subset),
    requestHeaders,
    responseHeaders,
    filters,
    hostRewrite: cluster.hostRewriteSpecifier.value ?? '',
  });
}

/** The entry for a request; undefined when the runtime layers took all the weight away. */
export function pickWeighted(
  clusters: WeightedClustersRuntime,
  request: RequestView,
  input: WeightedPickInput,
): ClusterWeightRuntime | undefined {
  const { entries, totalWeight } = clusters;
  const { runtime } = input;
  const hasRuntimeKeys = entries[0]!.runtimeKey !== '';
  const total = hasRuntimeKeys ? sumOfWeights(entries, runtime) : totalWeight;
  if (total === 0) return undefined;
  let rest = statedRemainder(clusters, request, input, total) ?? input.randomValue % total;
  for (let i = 0; i < entries.length; i += 1) {
    const entry = entries[i]!;
    const weight = hasRuntimeKeys ? weightOf(entry, runtime) : entry.weight;
    if (rest < weight) return entry;
    rest -= weight;
  }
  return undefined;
}

/** Where the request itself says which entry it goes to; undefined where it does not. */
function statedRemainder(
  { randomValueHeader, hashPolicies }: WeightedClustersRuntime,
  request: RequestView,
  input: WeightedPickInput,
  total: number,
): number | undefined {
  if (randomValueHeader !== '') return remainderOf(request.get(randomValueHeader), total);
  if (hashPolicies.length === 0) return undefined;
  const hash = hashOfRequest(hashPolicies, {
    request,
    remote: input.remote,
    local: input.connection.local,
    filterState: (key) => input.filterState(key),
  });
  return hash && Number(((BigInt(hash.high) << 32n) | BigInt(hash.low)) % BigInt(total));
}

function sumOfWeights(entries: readonly ClusterWeightRuntime[], runtime: RuntimeSource): number {
  let sum = 0;
  for (let i = 0; i < entries.length; i += 1) sum += weightOf(entries[i]!, runtime);
  return sum;
}

/** A runtime layer is written by hand: what is no weight counts as none. */
function weightOf(entry: ClusterWeightRuntime, runtime: RuntimeSource): number {
  const weight = runtime.integer(entry.runtimeKey) ?? entry.weight;
  return Math.max(weight, 0);
}

/** Digits that a double holds exactly. */
const MAX_EXACT_DIGITS = 15;
const MAX_UINT64 = 2n ** 64n - 1n;

/** The rest of a 64-bit number in a header; undefined when it is none, as with a header that is repeated. */
function remainderOf(text: string | undefined, total: number): number | undefined {
  if (text === undefined || !/^[0-9]{1,20}$/.test(text)) return undefined;
  if (text.length <= MAX_EXACT_DIGITS) return Number(text) % total;
  const value = BigInt(text);
  return value > MAX_UINT64 ? undefined : Number(value % BigInt(total));
}

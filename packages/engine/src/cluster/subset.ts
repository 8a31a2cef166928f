import type {
  Cluster_LbSubsetConfig,
  Cluster_LbSubsetConfig_LbSubsetSelector,
} from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { CompileContext } from '../compile/context.ts';
import { supports } from '../compile/support.ts';

/** What is supported of subsets; clusters do not take them yet. */
export const SUBSET_SUPPORT = [
  supports<Cluster_LbSubsetConfig>('envoy.config.cluster.v3.Cluster.LbSubsetConfig', {
    fallbackPolicy: true,
    defaultSubset: true,
    subsetSelectors: true,
    localityWeightAware: true,
    scaleLocalityWeight: true,
    panicModeAny: true,
    listAsAny: true,
    metadataFallbackPolicy: true,
  }),
  supports<Cluster_LbSubsetConfig_LbSubsetSelector>('envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector', {
    keys: true,
    fallbackPolicy: true,
    fallbackKeysSubset: true,
    singleHostPerSubset: true,
  }),
];

/** What becomes of a request whose subset has no hosts. */
export type SubsetFallback = 'none' | 'any' | 'default';

/** Keys of metadata that make up subsets. */
export interface SubsetSelectorRuntime {
  /** Sorted. */
  readonly keys: readonly string[];
  /** `keys` looks again with fewer keys; undefined leaves it to the cluster. */
  readonly fallback: SubsetFallback | 'keys' | undefined;
  readonly fallbackKeys: readonly string[];
  readonly isSingleHost: boolean;
}

/** How hosts are put into subsets by their `envoy.lb` metadata. */
export interface SubsetRuntime {
  readonly fallback: SubsetFallback;
  readonly defaultSubset: Readonly<Record<string, unknown>>;
  readonly selectors: readonly SubsetSelectorRuntime[];
  readonly isLocalityWeightAware: boolean;
  readonly scalesLocalityWeight: boolean;
  readonly panicsToAny: boolean;
  readonly listsMatchAny: boolean;
  /** Whether a request may bring a list of criteria that are tried in order. */
  readonly hasMetadataFallbacks: boolean;
}

const FALLBACKS: readonly SubsetFallback[] = ['none', 'any', 'default'];
const SELECTOR_FALLBACKS: readonly SubsetSelectorRuntime['fallback'][] = [undefined, 'none', 'any', 'default', 'keys'];

/** Compiles subsets; undefined when there was a problem. */
export function compileSubset(
  message: Cluster_LbSubsetConfig,
  path: string,
  context: CompileContext,
): SubsetRuntime | undefined {
  const before = context.problems.count;
  const selectors = message.subsetSelectors.map((selector, i) =>
    compileSelector(selector, `${path}.subset_selectors[${i}]`, context),
  );
  if (message.scaleLocalityWeight && !message.localityWeightAware) {
    context.problems.add(`${path}.scale_locality_weight`, 'needs locality_weight_aware');
  }
  if (context.problems.count !== before) return undefined;
  return Object.freeze({
    fallback: FALLBACKS[message.fallbackPolicy] ?? 'none',
    defaultSubset: message.defaultSubset ?? {},
    selectors,
    isLocalityWeightAware: message.localityWeightAware,
    scalesLocalityWeight: message.scaleLocalityWeight,
    panicsToAny: message.panicModeAny,
    listsMatchAny: message.listAsAny,
    hasMetadataFallbacks: message.metadataFallbackPolicy === 1,
  });
}

function compileSelector(
  message: Cluster_LbSubsetConfig_LbSubsetSelector,
  path: string,
  context: CompileContext,
): SubsetSelectorRuntime {
  const { keys, fallbackKeysSubset, singleHostPerSubset } = message;
  const fallback = SELECTOR_FALLBACKS[message.fallbackPolicy];
  if (fallback === 'keys') checkFallbackKeys(keys, fallbackKeysSubset, `${path}.fallback_keys_subset`, context);
  else if (fallbackKeysSubset.length > 0) {
    context.problems.add(`${path}.fallback_keys_subset`, 'is for the fallback_policy KEYS_SUBSET only');
  }
  if (singleHostPerSubset && keys.length !== 1) {
    context.problems.add(`${path}.single_host_per_subset`, 'needs exactly one key');
  }
  return {
    keys: keys.toSorted(),
    fallback,
    fallbackKeys: fallbackKeysSubset.toSorted(),
    isSingleHost: singleHostPerSubset,
  };
}

function checkFallbackKeys(
  keys: readonly string[],
  fallbackKeys: readonly string[],
  path: string,
  context: CompileContext,
): void {
  if (fallbackKeys.length === 0) context.problems.add(path, 'cannot be empty with the fallback_policy KEYS_SUBSET');
  else if (!fallbackKeys.every((key) => keys.includes(key))) context.problems.add(path, 'must be a subset of keys');
  else if (fallbackKeys.length === keys.length) context.problems.add(path, 'cannot be equal to keys');
}

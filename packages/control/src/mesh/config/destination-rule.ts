/** Reads DestinationRules and joins those of one host (SEMANTICS 13-15). */
import { canonicalJson } from '@weft/api';
import { getOrAdd } from '../collections/get-or-add.ts';
import type { DestinationRuleIr, MeshObject, MeshSettings, SubsetIr } from '../model/index.ts';
import { resolveHost } from '../names/hosts.ts';
import { selectorOrAll } from '../names/labels.ts';
import { bySourceAge, createdAtMs, refOf, ruleRef } from '../names/object-ref.ts';
import { visibilityOf } from '../names/visibility.ts';

/** What an object says, with its names resolved. */
export function parseDestinationRule(object: MeshObject<'DestinationRule'>, settings: MeshSettings): DestinationRuleIr {
  const { namespace = '' } = object.metadata;
  const { spec } = object;
  const ref = refOf('DestinationRule', object);
  const selector = selectorOrAll(spec?.workloadSelector?.matchLabels);
  // A rule for selected workloads never leaves its namespace.
  const exportTo = selector === undefined ? spec?.exportTo : ['.'];
  const subsets = (spec?.subsets ?? []).map((subset, i): SubsetIr => {
    const { name, labels = {}, trafficPolicy } = subset;
    const source = ruleRef(ref, `spec.subsets[${i}]`);
    return Object.freeze({ name, labels, ...(trafficPolicy === undefined ? {} : { trafficPolicy }), source });
  });
  return Object.freeze({
    sources: Object.freeze([ref]),
    namespace,
    createdAtMs: createdAtMs(object),
    host: resolveHost(spec?.host ?? '', namespace, settings.options.clusterDomain),
    visibility: visibilityOf(exportTo, namespace, settings.config.defaultDestinationRuleExportTo ?? []),
    ...(selector === undefined ? {} : { workloadSelector: selector }),
    ...(spec?.trafficPolicy === undefined
      ? {}
      : { trafficPolicy: spec.trafficPolicy, trafficPolicySource: ruleRef(ref, 'spec.trafficPolicy') }),
    subsets: Object.freeze(uniqueSubsets(subsets)),
  });
}

/**
 * The rules for one host in one namespace. Those with the same selector and the same visibility become one: subsets are
 * united, and the oldest policy counts. Rules for selected workloads come first, then older ones.
 */
export function joinDestinationRules(rules: readonly DestinationRuleIr[]): readonly DestinationRuleIr[] {
  if (rules.length < 2) return rules;
  const groups = new Map<string, DestinationRuleIr[]>();
  for (const rule of rules.toSorted(bySelectorAndAge)) getOrAdd(groups, mergeKey(rule), () => []).push(rule);
  return Object.freeze(Array.from(groups.values(), joinGroup));
}

/** Rules of one host and namespace with the same key are joined. */
export function mergeKey({ workloadSelector, visibility }: DestinationRuleIr): string {
  return canonicalJson([workloadSelector ?? null, visibility.isPublic, visibility.namespaces]);
}

function bySelectorAndAge(a: DestinationRuleIr, b: DestinationRuleIr): number {
  return Number(a.workloadSelector === undefined) - Number(b.workloadSelector === undefined) || bySourceAge(a, b);
}

function joinGroup(rules: readonly DestinationRuleIr[]): DestinationRuleIr {
  const [oldest] = rules;
  if (rules.length === 1) return oldest!;
  const withPolicy = rules.find(({ trafficPolicy }) => trafficPolicy !== undefined);
  return Object.freeze({
    ...oldest!,
    sources: Object.freeze(rules.flatMap(({ sources }) => sources)),
    ...(withPolicy === undefined
      ? {}
      : { trafficPolicy: withPolicy.trafficPolicy!, trafficPolicySource: withPolicy.trafficPolicySource! }),
    subsets: Object.freeze(uniqueSubsets(rules.flatMap(({ subsets }) => subsets))),
  });
}

function uniqueSubsets(subsets: readonly SubsetIr[]): SubsetIr[] {
  const byName = new Map<string, SubsetIr>();
  for (const subset of subsets) if (!byName.has(subset.name)) byName.set(subset.name, subset);
  return [...byName.values()];
}

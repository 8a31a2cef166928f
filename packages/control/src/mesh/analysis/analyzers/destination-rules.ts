import { isHostSubset } from '@weft/api';
import { getOrAdd } from '../../collections/get-or-add.ts';
import { mergeKey } from '../../config/destination-rule.ts';
import type { DestinationRuleIr, MeshSnapshot, ObjectRef } from '../../model/index.ts';
import { isWildcard, mostSpecificHost } from '../../names/hosts.ts';
import { bySourceAge, keyOfRef } from '../../names/object-ref.ts';
import { isVisibleTo } from '../../names/visibility.ts';
import type { Analyzer, Report } from '../analyzer.ts';

/** DestinationRules: hosts that do not exist, subsets that are lost, and parts that are not joined. */
export const destinationRuleAnalyzer: Analyzer = {
  name: 'destination-rules',
  analyze(snapshot, report) {
    const { parsed } = snapshot.config.destinationRules;
    const byHost = new Map<string, DestinationRuleIr[]>();
    const wildHosts = [...snapshot.registry.byHostname.keys()].filter(isWildcard);
    for (const rule of parsed.values()) {
      getOrAdd(byHost, `${rule.namespace}/${rule.host}`, () => []).push(rule);
      reportHost(snapshot, rule, wildHosts, report);
      reportSubsets(rule, report);
      reportLostSubsets(snapshot, rule, report);
    }
    for (const rules of byHost.values()) if (rules.length > 1) reportJoining(rules, report);
  },
};

function refOfRule({ sources }: DestinationRuleIr): ObjectRef {
  return sources[0]!;
}

function reportHost(
  { registry }: MeshSnapshot,
  rule: DestinationRuleIr,
  wildHosts: readonly string[],
  report: Report,
): void {
  const { host } = rule;
  if (registry.byHostname.has(host)) return;
  // A rule for many hosts, or for one that a wildcard service stands for, may be meant for what comes.
  if (isWildcard(host) || wildHosts.some((wild) => isHostSubset(host, wild))) return;
  report(
    'UnknownHost',
    refOfRule(rule),
    `there is no service ${host}; the rule has no effect until there is`,
    'spec.host',
  );
}

function reportSubsets(rule: DestinationRuleIr, report: Report): void {
  for (const { name, labels, source } of rule.subsets) {
    if (Object.keys(labels).length > 0) continue;
    const message = `subset ${JSON.stringify(name)} has no labels, so it is all endpoints of ${rule.host}`;
    report('SubsetWithoutLabels', refOfRule(rule), message, source.path);
  }
}

/** A rule of clients takes the place of that of the service, whose subsets then do not exist for them (SEMANTICS 17). */
function reportLostSubsets({ config, registry }: MeshSnapshot, rule: DestinationRuleIr, report: Report): void {
  const service = registry.byHostname.get(rule.host)?.[0];
  if (service === undefined || service.namespace === rule.namespace || rule.workloadSelector !== undefined) return;
  if (!isVisibleTo(rule.visibility, rule.namespace)) return;
  const { local, exported } = config.destinationRules;
  const ofService = mostSpecificHost(rule.host, exported.get(service.namespace) ?? new Map<string, never>());
  const kept = new Set(
    local
      .get(rule.namespace)
      ?.get(rule.host)
      ?.flatMap(({ subsets }) => subsets.map(({ name }) => name)),
  );
  for (const other of ofService ?? []) {
    if (!isVisibleTo(other.visibility, rule.namespace)) continue;
    const lost = other.subsets.filter(({ name }) => !kept.has(name)).map(({ name }) => name);
    if (lost.length === 0) continue;
    const message = `for clients in namespace ${rule.namespace} this takes the place of ${keyOfRef(refOfRule(other))}, whose subsets ${lost.join(', ')} do not exist for them: add them here`;
    report('LostSubsets', refOfRule(rule), message);
  }
}

/** Rules for one host in one namespace: what of the younger ones is left out (SEMANTICS 14). */
function reportJoining(rules: readonly DestinationRuleIr[], report: Report): void {
  const oldestFirst = rules.toSorted(bySourceAge);
  const groups = new Map<string, DestinationRuleIr[]>();
  for (const rule of oldestFirst) getOrAdd(groups, mergeKey(rule), () => []).push(rule);
  for (const group of groups.values()) reportGroup(group, report);
  const forAll = [...groups.values()].flatMap(([first]) => (first!.workloadSelector === undefined ? [first!] : []));
  for (const rule of forAll.slice(1)) {
    const other = keyOfRef(refOfRule(forAll[0]!));
    const message = `${other} is for the same host with another exportTo, so the two are not joined: where both are visible only one counts`;
    report('UnmergedPolicy', refOfRule(rule), message, 'spec.exportTo');
  }
}

function reportGroup(group: readonly DestinationRuleIr[], report: Report): void {
  const subsets = new Map<string, ObjectRef>();
  let policy: ObjectRef | undefined;
  for (const rule of group) {
    const ref = refOfRule(rule);
    for (const { name, source } of rule.subsets) {
      const owner = subsets.get(name);
      if (owner === undefined) subsets.set(name, ref);
      else {
        const message = `subset ${JSON.stringify(name)} of ${rule.host} is that of ${keyOfRef(owner)}, which is older; this one has no effect`;
        report('DuplicateSubset', ref, message, source.path);
      }
    }
    if (rule.trafficPolicy === undefined) continue;
    if (policy !== undefined) {
      const message = `the policy for ${rule.host} is that of ${keyOfRef(policy)}, which is older; this one has no effect`;
      report('UnmergedPolicy', ref, message, 'spec.trafficPolicy');
    }
    policy ??= ref;
  }
}

/** DestinationRules by the namespace that looks for them and by host (SEMANTICS 13). */
import { isSameJson } from '@weft/api';
import { getOrAdd } from '../collections/get-or-add.ts';
import { ShardedMap } from '../collections/sharded-map.ts';
import type { DestinationRuleIndex, DestinationRuleIr, HostRules } from '../model/index.ts';
import { isPrivateTo, isVisibleTo } from '../names/visibility.ts';
import { joinDestinationRules } from './destination-rule.ts';

/** No rules. */
export const EMPTY_DESTINATION_RULES: DestinationRuleIndex = Object.freeze({
  parsed: ShardedMap.empty<DestinationRuleIr>(),
  local: new Map(),
  exported: new Map(),
  ownOnly: new Map(),
});

type Keep = (rule: DestinationRuleIr) => boolean;

/** The index for these rules; what no changed rule touches is kept as it was. */
export function buildDestinationRuleIndex(
  previous: DestinationRuleIndex,
  parsed: ShardedMap<DestinationRuleIr>,
): DestinationRuleIndex {
  if (parsed === previous.parsed) return previous;
  const touched = touchedRules(previous.parsed, parsed);
  const isExported: Keep = ({ visibility, namespace }) => !isPrivateTo(visibility, namespace);
  return Object.freeze({
    parsed,
    local: updateRules(previous.local, touched, ({ visibility, namespace }) => isVisibleTo(visibility, namespace)),
    exported: updateRules(previous.exported, touched, isExported),
    ownOnly: updateRules(previous.ownOnly, touched, (rule) => !isExported(rule)),
  });
}

/** Namespace to host to all rules for it, for those hosts of which a rule changed. */
type Touched = ReadonlyMap<string, ReadonlyMap<string, readonly DestinationRuleIr[]>>;

function touchedRules(before: ShardedMap<DestinationRuleIr>, after: ShardedMap<DestinationRuleIr>): Touched {
  const touched = new Map<string, Map<string, DestinationRuleIr[]>>();
  for (const key of after.changedKeys(before)) {
    for (const rule of [before.get(key), after.get(key)]) {
      if (rule !== undefined) getOrAdd(touched, rule.namespace, () => new Map()).set(rule.host, []);
    }
  }
  for (const rule of after.values()) touched.get(rule.namespace)?.get(rule.host)?.push(rule);
  return touched;
}

function updateRules(previous: HostRules, touched: Touched, keep: Keep): HostRules {
  const next = new Map(previous);
  for (const [namespace, byHost] of touched) {
    const hosts = new Map(previous.get(namespace));
    for (const [host, rules] of byHost) {
      const joined = joinDestinationRules(rules.filter(keep));
      const before = hosts.get(host);
      if (joined.length === 0) hosts.delete(host);
      else hosts.set(host, before !== undefined && isSameJson(before, joined) ? before : keepItems(before, joined));
    }
    if (hosts.size === 0) next.delete(namespace);
    else next.set(namespace, hosts);
  }
  return next;
}

/** Of the joined rules, those that are as they were stay the same objects. */
function keepItems(
  before: readonly DestinationRuleIr[] = [],
  joined: readonly DestinationRuleIr[],
): readonly DestinationRuleIr[] {
  return Object.freeze(joined.map((rule) => before.find((other) => isSameJson(other, rule)) ?? rule));
}

/** Which DestinationRule a client uses for a service (SEMANTICS 13-15, 17). */
import type {
  DestinationRuleIndex,
  DestinationRuleIr,
  HostRules,
  MeshProxy,
  MeshService,
  MeshSnapshot,
} from '../model/index.ts';
import { mostSpecificHost } from '../names/hosts.ts';
import { isSelected } from '../names/labels.ts';
import { isVisibleTo } from '../names/visibility.ts';

type RulesAndRoot = Pick<MeshSnapshot, 'config' | 'settings'>;

/**
 * Candidates for clients in a namespace: of the first place that has any rule for the host, those for its most specific
 * spelling. Places are the namespace of the client, that of the service, and the root namespace.
 */
export function destinationRulesFor(
  { config, settings }: RulesAndRoot,
  namespace: string,
  { hostname, namespace: serviceNamespace }: Pick<MeshService, 'hostname' | 'namespace'>,
): readonly DestinationRuleIr[] {
  const { local, exported, ownOnly } = config.destinationRules;
  // Rules of the root namespace are meant for all; only its private ones are for its own clients.
  const own = lookUp(namespace === settings.rootNamespace ? ownOnly : local, namespace, hostname);
  if (own !== undefined) return own;
  for (const place of [serviceNamespace, settings.rootNamespace]) {
    const rules = lookUp(exported, place, hostname)?.filter(({ visibility }) => isVisibleTo(visibility, namespace));
    if (rules !== undefined && rules.length > 0) return rules;
  }
  return NO_RULES;
}

const NO_RULES: readonly DestinationRuleIr[] = Object.freeze([]);

function lookUp(rules: HostRules, namespace: string, hostname: string): readonly DestinationRuleIr[] | undefined {
  const byHost = rules.get(namespace);
  return byHost === undefined ? undefined : mostSpecificHost(hostname, byHost);
}

/** Whether there is any rule at all that clients of a namespace could use; most meshes have few. */
export function hasRules({ local, exported, ownOnly }: DestinationRuleIndex): boolean {
  return local.size > 0 || exported.size > 0 || ownOnly.size > 0;
}

/**
 * The rule that a proxy uses of the candidates: one that selects it, in its own namespace, else the one for all. Of several
 * for all, which differ in `exportTo`, the youngest counts, as in Istio. Receivers of requests use no rule that selects.
 */
export function pickDestinationRule(
  candidates: readonly DestinationRuleIr[] | undefined,
  proxy: Pick<MeshProxy, 'namespace' | 'labels'>,
  direction: 'outbound' | 'inbound' = 'outbound',
): DestinationRuleIr | undefined {
  let forAll: DestinationRuleIr | undefined;
  for (const rule of candidates ?? []) {
    if (rule.workloadSelector === undefined) forAll = rule;
    else if (
      direction === 'outbound' &&
      rule.namespace === proxy.namespace &&
      isSelected(rule.workloadSelector, proxy.labels)
    ) {
      return rule;
    }
  }
  return forAll;
}

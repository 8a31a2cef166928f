/** Which DestinationRule a client uses for a service (SEMANTICS 13-15, 17). */
import { getOrAdd } from '../collections/get-or-add.ts';
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
import { memoByPart } from './memo.ts';

type RulesAndRoot = Pick<MeshSnapshot, 'config' | 'settings'>;

/**
 * Candidates for clients in a namespace: of the first place that has any rule for the host, those for its most specific
 * spelling. Places are the namespace of the client, that of the service, and the root namespace.
 */
export function destinationRulesFor(
  { config, settings }: RulesAndRoot,
  namespace: string,
  service: Pick<MeshService, 'key' | 'hostname' | 'namespace'>,
): readonly DestinationRuleIr[] {
  const { local, ownOnly } = config.destinationRules;
  // Rules of the root namespace are meant for all; only its private ones are for its own clients.
  const own = lookUp(namespace === settings.rootNamespace ? ownOnly : local, namespace, service.hostname);
  if (own !== undefined) return own;
  for (const rules of exportedRules(config.destinationRules, settings.rootNamespace).of(service)) {
    const visible = rules.every(({ visibility }) => visibility.isPublic)
      ? rules
      : rules.filter(({ visibility }) => isVisibleTo(visibility, namespace));
    if (visible.length > 0) return visible;
  }
  return NO_RULES;
}

/** Rules that others than their namespace may see. Kept for each host, since all namespaces ask for the same hosts. */
class ExportedRules {
  readonly #exported: HostRules;
  readonly #rootNamespace: string;
  /** Key of a service to the rules for its host, by place; written by `of` only. */
  readonly #kept = new Map<string, readonly (readonly DestinationRuleIr[])[]>();

  constructor(exported: HostRules, rootNamespace: string) {
    this.#exported = exported;
    this.#rootNamespace = rootNamespace;
  }

  /** Rules for the host of a service: those of its own namespace, then those of the root namespace. */
  of({
    key,
    hostname,
    namespace,
  }: Pick<MeshService, 'key' | 'hostname' | 'namespace'>): readonly (readonly DestinationRuleIr[])[] {
    return getOrAdd(this.#kept, key, () =>
      [namespace, this.#rootNamespace].flatMap((place) => {
        const rules = lookUp(this.#exported, place, hostname);
        return rules === undefined ? [] : [rules];
      }),
    );
  }
}

const exportedRules = memoByPart(
  ({ exported }: DestinationRuleIndex, rootNamespace) => new ExportedRules(exported, rootNamespace),
);

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

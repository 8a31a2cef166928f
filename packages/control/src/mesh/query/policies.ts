/** Which policies apply to a workload. */
import type { ByNamespace, EnvoyFilterIr, MeshProxy, MeshSnapshot, PolicyIr } from '../model/index.ts';
import { isSelected } from '../names/labels.ts';
import { byAge } from '../names/object-ref.ts';

/** What selects policies: where a workload is and how it is labelled. */
export type PolicySubject = Pick<MeshProxy, 'namespace' | 'labels'>;

/**
 * Policies of the root namespace, then of the workload's, oldest first in each, that select it. Those attached to objects are
 * left out: sidecars ignore them (SEMANTICS 32).
 */
export function policiesFor<P extends PolicyIr<unknown>>(
  policies: ByNamespace<P>,
  rootNamespace: string,
  { namespace, labels }: PolicySubject,
): readonly P[] {
  const places = namespace === rootNamespace ? [namespace] : [rootNamespace, namespace];
  return places.flatMap((place) =>
    (policies.get(place) ?? []).filter(
      ({ selector, targetRefs }) => targetRefs.length === 0 && (selector === undefined || isSelected(selector, labels)),
    ),
  );
}

/** EnvoyFilters for a proxy in the order in which they are applied: lower priority, root namespace, age. */
export function envoyFiltersFor(
  { config, settings }: Pick<MeshSnapshot, 'config' | 'settings'>,
  subject: PolicySubject,
): readonly EnvoyFilterIr[] {
  const { rootNamespace } = settings;
  const isOwn = ({ ref }: EnvoyFilterIr): number => Number(ref.namespace !== rootNamespace);
  return policiesFor(config.envoyFilters, rootNamespace, subject).toSorted(
    (a, b) => a.priority - b.priority || isOwn(a) - isOwn(b) || byAge(a, b),
  );
}

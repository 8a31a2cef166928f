/**
 * The endpoints of all clusters of one class of proxies. Endpoints change often, and alone: then only those of services that did are made anew, and
 * everything else is taken from what was made before, which is the same.
 */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import { getOrAdd } from '../mesh/collections/get-or-add.ts';
import type { MeshSnapshot, SidecarScope } from '../mesh/model/index.ts';
import { loadAssignment } from './endpoint/index.ts';
import type { TranslationInput } from './input.ts';
import { keepList } from './kept-list.ts';
import { parseClusterName } from './names/cluster-name.ts';

/** What was made last for a class, and from what. */
export interface ClassEndpoints {
  readonly clusters: readonly ClusterJson[];
  readonly scope: SidecarScope;
  readonly snapshot: Pick<MeshSnapshot, 'settings' | 'registry' | 'config' | 'workloads'>;
  readonly assignments: readonly ClusterLoadAssignmentJson[];
  /** Key of a service to the places of its assignments in the list. */
  readonly places: ReadonlyMap<string, readonly number[]>;
}

/** The endpoints of the clusters that fetch them; `before` is what this function said of the same class last. */
export function classEndpoints(
  input: TranslationInput,
  clusters: readonly ClusterJson[],
  before: ClassEndpoints | undefined,
): ClassEndpoints {
  const { scope, snapshot } = input;
  const names = clusters.flatMap(({ type, name = '', edsClusterConfig }) =>
    type === 'EDS' ? [edsClusterConfig?.serviceName || name] : [],
  );
  if (before !== undefined && isSameBut(before, input, clusters)) return changed(input, names, before);
  const places = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    const service = scope.servicesByHost.get(parseClusterName(name)?.hostname ?? '');
    if (service !== undefined) getOrAdd(places, service.key, () => []).push(i);
  }
  const assignments = keepList(
    before?.assignments,
    names.map((name) => loadAssignment(input, name)),
  );
  return { clusters, scope, snapshot, assignments, places };
}

/** Whether nothing but endpoints differs of all that assignments depend on. */
function isSameBut(
  before: ClassEndpoints,
  { scope, snapshot }: TranslationInput,
  clusters: readonly ClusterJson[],
): boolean {
  return (
    before.clusters === clusters &&
    before.scope === scope &&
    before.snapshot.settings === snapshot.settings &&
    before.snapshot.registry === snapshot.registry &&
    before.snapshot.config === snapshot.config
  );
}

function changed(input: TranslationInput, names: readonly string[], before: ClassEndpoints): ClassEndpoints {
  const { scope, snapshot } = input;
  const { clusters, places } = before;
  const keys = snapshot.workloads.endpoints.changedKeys(before.snapshot.workloads.endpoints);
  const indexes = keys.flatMap((key) => places.get(key) ?? []);
  const next = [...before.assignments];
  for (const i of indexes) next[i] = loadAssignment(input, names[i]!);
  return { clusters, scope, snapshot, assignments: keepList(before.assignments, next), places };
}

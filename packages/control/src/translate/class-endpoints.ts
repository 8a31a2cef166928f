/**
 * The endpoints of all clusters of one class of proxies. Most changes concern few services: then only their endpoints are looked at anew, and
 * everything else is taken from what was made before, which is the same.
 */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import { getOrAdd } from '../mesh/collections/get-or-add.ts';
import type { MeshSnapshot, SidecarScope } from '../mesh/model/index.ts';
import { loadAssignment } from './endpoint/index.ts';
import { networkGateways } from './endpoint/network-gateways.ts';
import type { TranslationInput } from './input.ts';
import { isSameList, keepList } from './kept-list.ts';
import { parseClusterName } from './names/cluster-name.ts';

/** What was made last for a class, and from what. */
export interface ClassEndpoints {
  readonly clusters: readonly ClusterJson[];
  readonly scope: SidecarScope;
  readonly snapshot: Pick<MeshSnapshot, 'settings' | 'registry' | 'config' | 'workloads'>;
  readonly assignments: readonly ClusterLoadAssignmentJson[];
  /** Names of the assignments, in their order. */
  readonly names: readonly string[];
  /** Hostname of a service to the places of its assignments in the list. */
  readonly places: ReadonlyMap<string, readonly number[]>;
}

/** The endpoints of the clusters that fetch them; `before` is what this function said of the same class last. */
export function classEndpoints(
  input: TranslationInput,
  clusters: readonly ClusterJson[],
  before: ClassEndpoints | undefined,
): ClassEndpoints {
  if (before?.clusters === clusters && isSameElsewhere(before, input)) return madeFrom(before, input);
  const { scope, snapshot } = input;
  const names = clusters.flatMap(({ type, name = '', edsClusterConfig }) =>
    type === 'EDS' ? [edsClusterConfig?.serviceName || name] : [],
  );
  const places = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    getOrAdd(places, parseClusterName(name)?.hostname ?? '', () => []).push(i);
  }
  const assignments = names.map((name) => loadAssignment(input, name));
  return { clusters, scope, snapshot, names, places, assignments: keepList(before?.assignments, assignments) };
}

/** Whether nothing differs that the endpoints of all services depend on. */
function isSameElsewhere({ snapshot: before }: ClassEndpoints, { snapshot, memo }: TranslationInput): boolean {
  return (
    before.settings === snapshot.settings &&
    before.config.peerAuthentications === snapshot.config.peerAuthentications &&
    (before.registry === snapshot.registry || networkGateways(before, memo).key === networkGateways(snapshot, memo).key)
  );
}

function madeFrom(before: ClassEndpoints, input: TranslationInput): ClassEndpoints {
  const { scope, snapshot } = input;
  const { clusters, names, places } = before;
  const hosts = [...changedHosts(before, input)];
  if (hosts.length === 0) return { ...before, scope, snapshot };
  const next = [...before.assignments];
  for (const host of hosts) for (const i of places.get(host) ?? []) next[i] = loadAssignment(input, names[i]!);
  return { clusters, scope, snapshot, names, places, assignments: keepList(before.assignments, next) };
}

/** Services that are other objects, have other rules, or have other endpoints. */
function changedHosts(before: ClassEndpoints, { scope, snapshot }: TranslationInput): ReadonlySet<string> {
  const hosts = new Set<string>();
  if (before.scope !== scope) {
    for (const host of before.places.keys()) {
      const isSame =
        before.scope.servicesByHost.get(host) === scope.servicesByHost.get(host) &&
        isSameList(before.scope.destinationRules.get(host) ?? [], scope.destinationRules.get(host) ?? []);
      if (!isSame) hosts.add(host);
    }
  }
  // A key is the namespace of the service and its hostname.
  const keys = snapshot.workloads.endpoints.changedKeys(before.snapshot.workloads.endpoints);
  for (const key of keys) hosts.add(key.slice(key.indexOf('/') + 1));
  return hosts;
}

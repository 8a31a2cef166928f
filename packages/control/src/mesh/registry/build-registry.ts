/** The services of the mesh, from the ones before and the objects that changed. */

import type { DirtyKeys } from '../build/dirty.ts';
import { getOrAdd } from '../collections/get-or-add.ts';
import { ShardedMap } from '../collections/sharded-map.ts';
import type { MeshObjects, MeshService, MeshSettings, ServiceRegistry } from '../model/index.ts';
import { keepEqual, keepEqualItems } from '../names/keep-equal.ts';
import { compareText } from '../names/object-ref.ts';
import { type AddressRequest, assignAddresses } from './auto-addresses.ts';
import { serviceFromKubernetes } from './kubernetes-service.ts';
import { byPrecedence, mergeServices } from './merge-services.ts';
import { hostsForAddresses, servicesFromEntry, wantsAddresses } from './service-entry.ts';

/** A registry without services. */
export const EMPTY_REGISTRY: ServiceRegistry = Object.freeze({
  services: ShardedMap.empty<MeshService>(),
  byHostname: ShardedMap.empty<readonly MeshService[]>(),
  byAddress: ShardedMap.empty<readonly MeshService[]>(),
  aliases: ShardedMap.empty<readonly MeshService[]>(),
  selecting: ShardedMap.empty<readonly MeshService[]>(),
  selectingExternal: ShardedMap.empty<readonly MeshService[]>(),
  contributions: ShardedMap.empty<readonly MeshService[]>(),
  contributors: ShardedMap.empty<readonly string[]>(),
  autoAddresses: new Map<string, readonly string[]>(),
});

/** The registry after changes; the same one when no service differs. */
export function buildRegistry(
  previous: ServiceRegistry,
  objects: MeshObjects,
  settings: MeshSettings,
  dirty: DirtyKeys,
): ServiceRegistry {
  if (dirty.Service.size === 0 && dirty.ServiceEntry.size === 0) return previous;
  const contributions = updateContributions(previous, objects, settings, dirty);
  const dirtyServices = new Set<string>();
  const contributors = updateContributors(previous, contributions, dirtyServices);
  const autoAddresses = updateAddresses(previous, objects, dirty, dirtyServices);
  const services = previous.services.with(
    Array.from(dirtyServices, (key) => [key, serviceOf(key, { previous, contributions, contributors, autoAddresses })]),
  );
  const own = { services, contributions, contributors, autoAddresses };
  const fields = Object.keys(own) as (keyof typeof own)[];
  if (fields.every((field) => own[field] === previous[field])) return previous;
  const changed = services.changedKeys(previous.services);
  const pairs = changed.map((key): ChangedService => [previous.services.get(key), services.get(key)]);
  return Object.freeze({
    ...own,
    byHostname: updateGroups(previous.byHostname, pairs, (service) => [service.hostname]),
    byAddress: updateGroups(previous.byAddress, pairs, (service) => [...service.addresses, ...service.autoAddresses]),
    aliases: updateGroups(previous.aliases, pairs, ({ aliasOf }) => (aliasOf === undefined ? [] : [aliasOf])),
    selecting: updateGroups(previous.selecting, pairs, selectingNamespace),
    selectingExternal: updateGroups(previous.selectingExternal, pairs, (service) =>
      service.registry === 'external' ? selectingNamespace(service) : [],
    ),
  });
}

type Contributions = ServiceRegistry['contributions'];
type ChangedService = readonly [before: MeshService | undefined, after: MeshService | undefined];

function updateContributions(
  { contributions }: ServiceRegistry,
  objects: MeshObjects,
  settings: MeshSettings,
  dirty: DirtyKeys,
): Contributions {
  const changes: [string, readonly MeshService[] | undefined][] = [];
  for (const key of dirty.Service) {
    const object = objects.Service.get(key);
    const id = `Service/${key}`;
    const next = object === undefined ? undefined : [serviceFromKubernetes(object, settings)];
    changes.push([id, next && keepEqualItems(contributions.get(id), next, keyOf)]);
  }
  for (const key of dirty.ServiceEntry) {
    const object = objects.ServiceEntry.get(key);
    const id = `ServiceEntry/${key}`;
    const next = object && servicesFromEntry(object, settings);
    changes.push([id, next && keepEqualItems(contributions.get(id), next, keyOf)]);
  }
  return contributions.with(changes);
}

function selectingNamespace({ selector, namespace }: MeshService): readonly string[] {
  return selector === undefined ? [] : [namespace];
}

function keyOf(service: MeshService): string {
  return service.key;
}

/** Brings up to date who defines what, and collects the services that may differ. */
function updateContributors(
  previous: ServiceRegistry,
  contributions: Contributions,
  dirtyServices: Set<string>,
): ServiceRegistry['contributors'] {
  const changes = new Map<string, Set<string>>();
  const idsOf = (key: string): Set<string> => {
    dirtyServices.add(key);
    return getOrAdd(changes, key, () => new Set(previous.contributors.get(key)));
  };
  for (const id of contributions.changedKeys(previous.contributions)) {
    for (const { key } of previous.contributions.get(id) ?? []) idsOf(key).delete(id);
    for (const { key } of contributions.get(id) ?? []) idsOf(key).add(id);
  }
  return previous.contributors.with(
    Array.from(changes, ([key, ids]) => [
      key,
      ids.size === 0 ? undefined : keepEqual(previous.contributors.get(key), Object.freeze([...ids].toSorted())),
    ]),
  );
}

type MergeInput = Pick<ServiceRegistry, 'contributions' | 'contributors' | 'autoAddresses'> & {
  readonly previous: ServiceRegistry;
};

function serviceOf(
  key: string,
  { previous, contributions, contributors, autoAddresses }: MergeInput,
): MeshService | undefined {
  const ids = contributors.get(key);
  if (ids === undefined) return undefined;
  const parts = ids.flatMap((id) => (contributions.get(id) ?? []).filter((part) => part.key === key));
  const merged = mergeServices(parts);
  const given = merged.registry === 'external' && merged.addresses.length === 0 ? autoAddresses.get(key) : undefined;
  return keepEqual(
    previous.services.get(key),
    given === undefined ? merged : Object.freeze({ ...merged, autoAddresses: given }),
  );
}

/** Gives out addresses anew when a ServiceEntry changed, and collects the services that get others. */
function updateAddresses(
  { autoAddresses: before }: ServiceRegistry,
  objects: MeshObjects,
  dirty: DirtyKeys,
  dirtyServices: Set<string>,
): ServiceRegistry['autoAddresses'] {
  if (dirty.ServiceEntry.size === 0) return before;
  const after = addressesFor(objects);
  const moved = [...after.keys()].filter((key) => before.get(key)?.[0] !== after.get(key)![0]);
  const gone = [...before.keys()].filter((key) => !after.has(key));
  for (const key of [...moved, ...gone]) dirtyServices.add(key);
  return moved.length === 0 && gone.length === 0 ? before : after;
}

function addressesFor({ ServiceEntry }: MeshObjects): Map<string, readonly string[]> {
  const requests = new Map<string, AddressRequest>();
  for (const entry of ServiceEntry.values()) {
    if (!wantsAddresses(entry)) continue;
    const { namespace = '', creationTimestamp } = entry.metadata;
    const createdAtMs = Date.parse(creationTimestamp ?? '') || 0;
    for (const host of hostsForAddresses(entry)) {
      const key = `${namespace}/${host}`;
      const recorded = (entry.status?.addresses ?? []).filter((one) => one.host === host).map((one) => one.value ?? '');
      const other = requests.get(key);
      // Of several entries with one host, the oldest counts for the order, and all records do.
      requests.set(key, {
        key,
        createdAtMs: Math.min(createdAtMs, other?.createdAtMs ?? createdAtMs),
        recorded: [...(other?.recorded ?? []), ...recorded].toSorted(compareText),
      });
    }
  }
  return assignAddresses([...requests.values()]);
}

/** Brings a look-up table up to date: takes changed services out of their old groups and puts them into the new ones. */
function updateGroups(
  groups: ShardedMap<readonly MeshService[]>,
  pairs: readonly ChangedService[],
  keysOf: (service: MeshService) => readonly string[],
): ShardedMap<readonly MeshService[]> {
  const touched = new Map<string, Set<MeshService>>();
  const membersOf = (key: string): Set<MeshService> => getOrAdd(touched, key, () => new Set(groups.get(key)));
  for (const [before, after] of pairs) {
    if (before !== undefined) for (const key of keysOf(before)) membersOf(key).delete(before);
    if (after !== undefined) for (const key of keysOf(after)) membersOf(key).add(after);
  }
  return groups.with(
    Array.from(touched, ([key, members]) => [
      key,
      members.size === 0 ? undefined : Object.freeze([...members].toSorted(byPrecedence)),
    ]),
  );
}

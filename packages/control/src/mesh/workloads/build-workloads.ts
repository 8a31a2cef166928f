/** Pods, entries and endpoints, from the ones before and the objects that changed. */
import type { DirtyKeys } from '../build/dirty.ts';
import { getOrAdd } from '../collections/get-or-add.ts';
import { type ChangedValue, changedValues, updateKeyGroups } from '../collections/group-keys.ts';
import { ShardedMap } from '../collections/sharded-map.ts';
import type {
  Locality,
  MeshObjects,
  MeshService,
  MeshSettings,
  ObjectKey,
  ServiceEndpoints,
  ServiceRegistry,
  SliceEndpoints,
  Workload,
  WorkloadIndex,
} from '../model/index.ts';
import { serviceHostname } from '../names/hosts.ts';
import { keepEqual } from '../names/keep-equal.ts';
import { isSelected } from '../names/labels.ts';
import { workloadFromEntry } from './entry.ts';
import { localityOfNode } from './locality.ts';
import { workloadFromPod } from './pod.ts';
import { endpointsOf } from './service-endpoints.ts';
import { readSlice, type SliceContext } from './slice.ts';

/** Nothing runs. */
export const EMPTY_WORKLOADS: WorkloadIndex = Object.freeze({
  endpoints: ShardedMap.empty<ServiceEndpoints>(),
  pods: ShardedMap.empty<Workload>(),
  entries: ShardedMap.empty<Workload>(),
  podsByAddress: ShardedMap.empty<readonly ObjectKey[]>(),
  podsByNamespace: ShardedMap.empty<ShardedMap<Workload>>(),
  entriesByNamespace: ShardedMap.empty<ShardedMap<Workload>>(),
  nodes: ShardedMap.empty<Locality>(),
  slices: ShardedMap.empty<SliceEndpoints>(),
  slicesByService: ShardedMap.empty<readonly ObjectKey[]>(),
  slicesByUse: ShardedMap.empty<readonly ObjectKey[]>(),
});

/** What the workloads are made from. */
export interface WorkloadInput {
  readonly objects: MeshObjects;
  readonly settings: MeshSettings;
  readonly registry: ServiceRegistry;
  readonly previousRegistry: ServiceRegistry;
  readonly dirty: DirtyKeys;
}

/** The workloads after changes; the same ones when nothing differs. */
export function buildWorkloads(previous: WorkloadIndex, input: WorkloadInput): WorkloadIndex {
  const { objects, settings, dirty } = input;
  const nodes = update(previous.nodes, dirty.Node, (key) => {
    const node = objects.Node.get(key);
    return node && localityOfNode(node);
  });
  const dirtyPods = withPodsOfMovedNodes(dirty.Pod, previous.nodes, nodes, objects);
  const pods = update(previous.pods, dirtyPods, (key) => {
    const pod = objects.Pod.get(key);
    return pod && workloadFromPod(pod, nodes.get(pod.spec?.nodeName ?? ''), settings);
  });
  const entries = update(previous.entries, dirty.WorkloadEntry, (key) => {
    const entry = objects.WorkloadEntry.get(key);
    return entry && workloadFromEntry(entry, settings);
  });
  const changedPods = changedValues(previous.pods, pods);
  const changedEntries = changedValues(previous.entries, entries);
  const services = changedValues(input.previousRegistry.services, input.registry.services);
  const podsByAddress = updateKeyGroups(previous.podsByAddress, changedPods, ({ addresses }) => addresses);
  const context: Slices = { ...input, nodes, pods, podsByAddress, changedPods, services };
  const slices = updateSlices(previous, context);
  const changedSlices = changedValues(previous.slices, slices);
  const own = {
    nodes,
    pods,
    entries,
    podsByAddress,
    podsByNamespace: updateByNamespace(previous.podsByNamespace, changedPods),
    entriesByNamespace: updateByNamespace(previous.entriesByNamespace, changedEntries),
    slices,
    slicesByService: updateKeyGroups(previous.slicesByService, changedSlices, ({ service }) => [service]),
    slicesByUse: updateKeyGroups(previous.slicesByUse, changedSlices, ({ uses }) => uses),
  };
  const affected = affectedServices(input, { changedPods, changedEntries, changedSlices, services });
  const endpoints = update(previous.endpoints, affected, (key, before) => {
    const service = input.registry.services.get(key);
    return service && endpointsOf(service, { objects, settings, workloads: own }, before);
  });
  const next: WorkloadIndex = { endpoints, ...own };
  const fields = Object.keys(next) as (keyof WorkloadIndex)[];
  return fields.every((field) => next[field] === previous[field]) ? previous : Object.freeze(next);
}

/** Makes the values at some keys anew; one that says the same stays the same object. */
function update<V>(
  previous: ShardedMap<V>,
  keys: Iterable<string>,
  make: (key: string, before: V | undefined) => V | undefined,
): ShardedMap<V> {
  const changes: [string, V | undefined][] = [];
  for (const key of keys) {
    const before = previous.get(key);
    const next = make(key, before);
    changes.push([key, next === undefined ? undefined : keepEqual(before, next)]);
  }
  return previous.with(changes);
}

/** Pods have the place of their node. Nodes report all the time and move hardly ever, so a move may look at all pods. */
function withPodsOfMovedNodes(
  dirtyPods: ReadonlySet<ObjectKey>,
  before: ShardedMap<Locality>,
  after: ShardedMap<Locality>,
  objects: MeshObjects,
): ReadonlySet<ObjectKey> {
  const moved = new Set(after.changedKeys(before));
  if (moved.size === 0) return dirtyPods;
  const all = new Set(dirtyPods);
  for (const [key, pod] of objects.Pod) if (moved.has(pod.spec?.nodeName ?? '')) all.add(key);
  return all;
}

interface Slices extends WorkloadInput {
  readonly nodes: ShardedMap<Locality>;
  readonly pods: ShardedMap<Workload>;
  readonly podsByAddress: ShardedMap<readonly ObjectKey[]>;
  readonly changedPods: readonly ChangedValue<Workload>[];
  readonly services: readonly ChangedValue<MeshService>[];
}

function updateSlices(previous: WorkloadIndex, input: Slices): ShardedMap<SliceEndpoints> {
  const { objects, settings, registry, nodes, pods, podsByAddress } = input;
  const base = {
    settings,
    pods,
    nodes,
    podAt: (address: string) => {
      const keys = podsByAddress.get(address);
      // Pods that share the address of their node cannot be told apart by it.
      return keys?.length === 1 ? pods.get(keys[0]!) : undefined;
    },
  };
  return update(previous.slices, dirtySlices(previous, input), (key, before) => {
    const slice = objects.EndpointSlice.get(key);
    if (slice === undefined) return undefined;
    const service = registry.services.get(serviceKeyOfSlice(slice.metadata, settings));
    const context: SliceContext = { ...base, publishesNotReady: service?.publishesNotReady ?? false };
    return readSlice(slice, before, context);
  });
}

function dirtySlices(
  previous: WorkloadIndex,
  { dirty, changedPods, services, nodes, objects }: Slices,
): Set<ObjectKey> {
  const keys = new Set(dirty.EndpointSlice);
  const addUsers = (use: string): void => {
    for (const key of previous.slicesByUse.get(use) ?? []) keys.add(key);
  };
  for (const { key, before, after } of changedPods) {
    addUsers(key);
    for (const address of before?.addresses ?? []) addUsers(`@${address}`);
    for (const address of after?.addresses ?? []) addUsers(`@${address}`);
  }
  for (const { before, after } of services) {
    const service = after ?? before!;
    if (before?.publishesNotReady === after?.publishesNotReady || service.registry !== 'kubernetes') continue;
    for (const key of previous.slicesByService.get(`${service.namespace}/${service.name}`) ?? []) keys.add(key);
  }
  const moved = new Set(nodes.changedKeys(previous.nodes));
  if (moved.size > 0) {
    for (const [key, slice] of objects.EndpointSlice) {
      if ((slice.endpoints ?? []).some(({ nodeName }) => nodeName !== undefined && moved.has(nodeName))) keys.add(key);
    }
  }
  return keys;
}

function serviceKeyOfSlice(
  { namespace = '', labels }: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> },
  { options }: MeshSettings,
): string {
  const hostname = serviceHostname(labels?.['kubernetes.io/service-name'] ?? '', namespace, options.clusterDomain);
  return `${namespace}/${hostname}`;
}

function updateByNamespace(
  previous: ShardedMap<ShardedMap<Workload>>,
  changes: readonly ChangedValue<Workload>[],
): ShardedMap<ShardedMap<Workload>> {
  const byNamespace = new Map<string, [string, Workload | undefined][]>();
  for (const { before, after } of changes) {
    const { namespace, name } = after ?? before!;
    getOrAdd(byNamespace, namespace, () => []).push([name, after]);
  }
  return previous.with(
    Array.from(byNamespace, ([namespace, entries]) => {
      const next = (previous.get(namespace) ?? ShardedMap.empty<Workload>()).with(entries);
      return [namespace, next.size === 0 ? undefined : next] as const;
    }),
  );
}

interface Changes {
  readonly changedPods: readonly ChangedValue<Workload>[];
  readonly changedEntries: readonly ChangedValue<Workload>[];
  readonly changedSlices: readonly ChangedValue<SliceEndpoints>[];
  readonly services: readonly ChangedValue<MeshService>[];
}

/** Keys of the services whose endpoints may differ. */
function affectedServices({ registry, dirty, settings }: WorkloadInput, changes: Changes): Set<string> {
  const keys = new Set(changes.services.map(({ key }) => key));
  for (const key of dirty.ServiceEntry) {
    // Endpoints that an entry lists are not part of its services.
    for (const service of registry.contributions.get(`ServiceEntry/${key}`) ?? []) keys.add(service.key);
  }
  for (const { before, after } of changes.changedSlices) {
    for (const slice of [before, after]) {
      if (slice === undefined) continue;
      const [namespace = '', name = ''] = slice.service.split('/');
      keys.add(`${namespace}/${serviceHostname(name, namespace, settings.options.clusterDomain)}`);
    }
  }
  const addSelecting = (workload: Workload | undefined, isPod: boolean): void => {
    if (workload === undefined) return;
    // Pods come to Services of Kubernetes through slices.
    const services = isPod ? registry.selectingExternal : registry.selecting;
    for (const { key, selector } of services.get(workload.namespace) ?? []) {
      if (isSelected(selector!, workload.labels)) keys.add(key);
    }
  };
  for (const { before, after } of changes.changedPods) {
    addSelecting(before, true);
    addSelecting(after, true);
  }
  for (const { before, after } of changes.changedEntries) {
    addSelecting(before, false);
    addSelecting(after, false);
  }
  return keys;
}

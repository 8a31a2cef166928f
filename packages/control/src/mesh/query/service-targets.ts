/** Which services a workload serves, and on which of its ports. */

import { getOrAdd } from '../collections/get-or-add.ts';
import type { ShardedMap } from '../collections/sharded-map.ts';
import type {
  MeshObject,
  MeshProxy,
  MeshService,
  MeshServicePort,
  MeshSnapshot,
  ServiceTarget,
  Workload,
} from '../model/index.ts';
import { serviceHostname } from '../names/hosts.ts';
import { bySourceAge } from '../names/object-ref.ts';
import { portsOf } from '../workloads/endpoint.ts';
import { memoByPart } from './memo.ts';
import { selectingServices } from './selecting-services.ts';

/** The workload that a proxy stands beside, when it is a pod or a WorkloadEntry that the mesh knows. */
export function workloadOf({ workloads }: Pick<MeshSnapshot, 'workloads'>, proxy: MeshProxy): Workload | undefined {
  const ending = `.${proxy.namespace}`;
  const name = proxy.id.endsWith(ending) ? proxy.id.slice(0, -ending.length) : proxy.id;
  const byName = workloads.pods.get(`${proxy.namespace}/${name}`);
  if (byName !== undefined) return byName;
  for (const address of proxy.addresses) {
    const keys = workloads.podsByAddress.get(address) ?? [];
    if (keys.length === 1) return workloads.pods.get(keys[0]!);
    for (const entry of workloads.entriesByNamespace.get(proxy.namespace)?.values() ?? []) {
      if (entry.addresses.includes(address)) return entry;
    }
  }
  return undefined;
}

/** The ports of services that a proxy's workload serves; services oldest first, so that the oldest decides about a port. */
export function serviceTargets(snapshot: MeshSnapshot, proxy: MeshProxy): readonly ServiceTarget[] {
  const { registry } = snapshot;
  const workload = workloadOf(snapshot, proxy);
  const labels = workload?.labels ?? proxy.labels;
  const selected = new Set(selectingServices(registry, proxy.namespace, labels));
  const services = new Set(selected);
  for (const key of listingServices(snapshot, proxy)) {
    const service = registry.services.get(key);
    if (service !== undefined) services.add(service);
  }
  return [...services]
    .filter(({ resolution }) => resolution !== 'alias')
    .toSorted(bySourceAge)
    .flatMap((service) =>
      selected.has(service) ? selectedTargets(service, workload) : listedTargets(snapshot, service, proxy.addresses),
    );
}

function selectedTargets(service: MeshService, workload: Workload | undefined): readonly ServiceTarget[] {
  const numbers = workload === undefined ? undefined : portsOf(service, workload);
  return service.ports.flatMap((port) => {
    // Without the workload nothing is known about names of its ports.
    const own = typeof port.targetPort === 'number' ? port.targetPort : undefined;
    return targetAt(service, port, numbers === undefined ? own : numbers[port.name]);
  });
}

/** Ports as they are listed for the address of the proxy. */
function listedTargets(
  { workloads }: MeshSnapshot,
  service: MeshService,
  addresses: readonly string[],
): readonly ServiceTarget[] {
  const endpoint = workloads.endpoints.get(service.key)?.find(({ address }) => addresses.includes(address));
  if (endpoint === undefined) return [];
  return service.ports.flatMap((port) => targetAt(service, port, endpoint.ports[port.name]));
}

function targetAt(
  service: MeshService,
  port: MeshServicePort,
  targetPort: number | undefined,
): readonly ServiceTarget[] {
  if (targetPort === undefined || port.protocol === 'UDP') return [];
  return [Object.freeze({ service, port, targetPort })];
}

/** Keys of services that list the addresses of the proxy, in slices written by hand or in ServiceEntries. */
function* listingServices({ workloads, settings, objects }: MeshSnapshot, { addresses }: MeshProxy): Iterable<string> {
  for (const address of addresses) {
    for (const key of workloads.slicesByUse.get(`@${address}`) ?? []) {
      const [namespace = '', name = ''] = workloads.slices.get(key)!.service.split('/');
      yield `${namespace}/${serviceHostname(name, namespace, settings.options.clusterDomain)}`;
    }
    yield* entriesByAddress(objects.ServiceEntry, '').get(address) ?? [];
  }
}

/** Address to the keys of the services of ServiceEntries that list it. */
const entriesByAddress = memoByPart((entries: ShardedMap<MeshObject<'ServiceEntry'>>) => {
  const byAddress = new Map<string, string[]>();
  for (const { metadata, spec } of entries.values()) {
    for (const { address = '' } of spec.endpoints ?? []) {
      const keys = getOrAdd(byAddress, address, () => []);
      for (const host of spec.hosts) keys.push(`${metadata.namespace ?? ''}/${host.toLowerCase()}`);
    }
  }
  return byAddress;
});

/** All endpoints of one service, from every place that can list them. */

import { ipFamily } from '@weft/core';
import { emptyRecord } from '../collections/record.ts';
import type { ShardedMap } from '../collections/sharded-map.ts';
import type {
  Endpoint,
  MeshObjects,
  MeshService,
  MeshSettings,
  ObjectRef,
  ServiceEndpoints,
  Workload,
  WorkloadIndex,
} from '../model/index.ts';
import { isWildcard } from '../names/hosts.ts';
import { isSelected } from '../names/labels.ts';
import { compareText, keyOfRef, statelessRef } from '../names/object-ref.ts';
import { endpointAt, joinEndpoints, portsOf } from './endpoint.ts';
import { workloadFromSpec } from './entry.ts';

/** What endpoints are made from. */
export interface EndpointSources {
  readonly objects: MeshObjects;
  readonly settings: MeshSettings;
  readonly workloads: Omit<WorkloadIndex, 'endpoints'>;
}

/** The endpoints of a service; nothing when it has none. */
export function endpointsOf(
  service: MeshService,
  sources: EndpointSources,
  previous: ServiceEndpoints | undefined,
): ServiceEndpoints | undefined {
  const all = service.registry === 'kubernetes' ? fromKubernetes(service, sources) : fromEntries(service, sources);
  return all.length === 0 ? undefined : joinEndpoints(previous, all);
}

function fromKubernetes(service: MeshService, { workloads, settings }: EndpointSources): Endpoint[] {
  if (service.resolution === 'alias') return [];
  const keys = workloads.slicesByService.get(`${service.namespace}/${service.name}`) ?? [];
  const slices = keys.flatMap((key) => workloads.slices.get(key) ?? []);
  // A service of two families has its pods twice; those of the family that clients connect to count.
  const wanted = (service.addresses[0] === undefined ? undefined : ipFamily(service.addresses[0])) ?? 4;
  const ofFamily = slices.filter(({ family, endpoints }) => family === wanted && endpoints.length > 0);
  const counted = ofFamily.length > 0 ? ofFamily : slices;
  const entries = selectedFrom(workloads.entriesByNamespace.get(service.namespace), service);
  return [
    ...counted.flatMap(({ endpoints }) => endpoints),
    ...entries.map((entry) => endpointOf(service, entry, settings)),
  ];
}

function fromEntries(service: MeshService, sources: EndpointSources): Endpoint[] {
  const { workloads, settings, objects } = sources;
  // The address is that of the client's connection, or found from the name that the client asks for.
  if (service.resolution === 'passthrough' || service.resolution === 'dynamic-dns') return [];
  if (service.selector !== undefined) {
    const found = [
      ...selectedFrom(workloads.podsByNamespace.get(service.namespace), service),
      ...selectedFrom(workloads.entriesByNamespace.get(service.namespace), service),
    ];
    return found.map((workload) => endpointOf(service, workload, settings));
  }
  return service.sources.flatMap((source) => {
    const entry = objects.ServiceEntry.get(keyOfRef(source));
    return entry === undefined ? [] : listedEndpoints(service, statelessRef('ServiceEntry', entry), sources);
  });
}

/** Endpoints that the entry lists itself; when it is to be looked up and lists none, the host is the endpoint. */
function listedEndpoints(service: MeshService, source: ObjectRef, { objects, settings }: EndpointSources): Endpoint[] {
  const { endpoints = [] } = objects.ServiceEntry.get(keyOfRef(source))!.spec;
  const isLookedUp = service.resolution === 'dns' || service.resolution === 'dns-round-robin';
  const listed =
    endpoints.length === 0 && isLookedUp && !isWildcard(service.hostname) ? [{ address: service.hostname }] : endpoints;
  const { namespace } = service;
  return listed.map((spec) => {
    const name = source.name;
    return endpointOf(
      service,
      workloadFromSpec(spec, { namespace, name, source, health: 'ready', settings }),
      settings,
    );
  });
}

function endpointOf(service: MeshService, workload: Workload, settings: MeshSettings): Endpoint {
  const isUnix = workload.addresses[0]!.startsWith('unix://');
  const ports = isUnix ? unixPorts(service) : portsOf(service, workload);
  return endpointAt(workload, { ports, cluster: settings.options.cluster });
}

/** All ports of the service are at the one path. */
function unixPorts({ ports }: MeshService): Readonly<Record<string, number>> {
  const none = emptyRecord<number>();
  for (const { name } of ports) none[name] = 0;
  return Object.freeze(none);
}

function selectedFrom(workloads: ShardedMap<Workload> | undefined, { selector }: MeshService): Workload[] {
  if (workloads === undefined || selector === undefined) return [];
  const found: Workload[] = [];
  for (const workload of workloads.values()) if (isSelected(selector, workload.labels)) found.push(workload);
  return found.toSorted((a, b) => compareText(a.name, b.name));
}

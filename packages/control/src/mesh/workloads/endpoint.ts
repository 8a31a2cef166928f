/** From workloads to endpoints of services. */
import { getOrAdd } from '../collections/get-or-add.ts';
import { emptyRecord } from '../collections/record.ts';
import type { Endpoint, EndpointHealth, MeshService, ServiceEndpoints, Workload } from '../model/index.ts';
import { keepEqualItems } from '../names/keep-equal.ts';

/** What is not the workload's own. */
export interface EndpointFacts extends Partial<Omit<Endpoint, 'ports'>> {
  readonly ports: Readonly<Record<string, number>>;
  readonly cluster: string;
}

/** An endpoint at a workload. */
export function endpointAt(workload: Workload, facts: EndpointFacts): Endpoint {
  return Object.freeze({
    address: workload.addresses[0]!,
    labels: workload.labels,
    namespace: workload.namespace,
    serviceAccount: workload.serviceAccount,
    identity: workload.identity,
    tlsMode: workload.tlsMode,
    health: workload.health,
    weight: workload.weight,
    locality: workload.locality,
    network: workload.network,
    nodeName: workload.nodeName,
    workloadName: workload.workloadName,
    hostname: '',
    hintedZones: NO_ZONES,
    source: workload.source,
    ...facts,
  });
}

const NO_ZONES: readonly string[] = Object.freeze([]);

/**
 * Ports of a workload by the names of the ports of a service that selects it. The workload may say itself where it serves
 * a port, by the name of the service's port or by the name that the target port is.
 */
export function portsOf(service: MeshService, workload: Workload): Readonly<Record<string, number>> {
  const ports = emptyRecord<number>();
  for (const { name, targetPort, protocol } of service.ports) {
    if (protocol === 'UDP') continue;
    const number =
      typeof targetPort === 'string'
        ? ownPort(workload, targetPort)
        : ((service.registry === 'external' || workload.source.kind === 'WorkloadEntry'
            ? ownPort(workload, name)
            : undefined) ?? targetPort);
    if (number !== undefined) ports[name] = number;
  }
  return Object.freeze(ports);
}

function ownPort({ ports }: Workload, name: string): number | undefined {
  return Object.hasOwn(ports, name) ? ports[name] : undefined;
}

const HEALTH_ORDER: Readonly<Record<EndpointHealth, number>> = { ready: 0, draining: 1, unhealthy: 2 };

/**
 * One endpoint for each place. While slices are rearranged a place is in two of them; then the better health counts. Two that give one port
 * different numbers are two places at one address.
 */
export function joinEndpoints(previous: ServiceEndpoints | undefined, all: readonly Endpoint[]): ServiceEndpoints {
  const byAddress = new Map<string, Endpoint[]>();
  for (const endpoint of all) {
    // Places that have no address are reached through the gateways of their network, each for itself.
    const key = endpoint.address === '' ? `@${endpoint.network}` : endpoint.address;
    const places = getOrAdd(byAddress, key, () => []);
    const at = places.findIndex((place) => isOnePlace(place, endpoint));
    if (at === -1) places.push(endpoint);
    else places[at] = joinTwo(places[at]!, endpoint);
  }
  return keepEqualItems(previous, [...byAddress.values()].flat(), ({ address, network, ports }) =>
    JSON.stringify([address === '' ? `@${network}` : address, ports]),
  );
}

function isOnePlace(a: Endpoint, b: Endpoint): boolean {
  return Object.entries(b.ports).every(([name, number]) => !Object.hasOwn(a.ports, name) || a.ports[name] === number);
}

function joinTwo(a: Endpoint, b: Endpoint): Endpoint {
  const best = HEALTH_ORDER[b.health] < HEALTH_ORDER[a.health] ? b : a;
  const other = best === a ? b : a;
  const isCovered = Object.keys(other.ports).every((name) => Object.hasOwn(best.ports, name));
  return isCovered
    ? best
    : Object.freeze({ ...best, ports: Object.freeze(Object.assign(emptyRecord<number>(), other.ports, best.ports)) });
}

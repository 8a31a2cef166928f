/** Several objects that define one host in one namespace. */
import { isSameJson } from '@weft/api';
import type { MeshService, MeshServicePort } from '../model/index.ts';
import { bySourceAge } from '../names/object-ref.ts';

/** The one that decides first: Kubernetes before ServiceEntries, which could otherwise take over a name, then the oldest. */
export function byPrecedence(a: MeshService, b: MeshService): number {
  return Number(a.registry !== 'kubernetes') - Number(b.registry !== 'kubernetes') || bySourceAge(a, b);
}

/** Whether two ServiceEntries describe the same service, so that the ports of both count. */
export function areMergeable(a: MeshService, b: MeshService): boolean {
  return (
    a.registry === 'external' &&
    b.registry === 'external' &&
    a.resolution === b.resolution &&
    isSameJson(a.labels, b.labels) &&
    isSameJson(a.selector, b.selector) &&
    isSameJson(a.visibility, b.visibility)
  );
}

/** The service that several objects define together; those that cannot be joined with the first are left out. */
export function mergeServices(contributions: readonly MeshService[]): MeshService {
  const [first, ...others] = contributions.length > 1 ? contributions.toSorted(byPrecedence) : contributions;
  const joined = others.filter((other) => areMergeable(first!, other));
  if (joined.length === 0) return first!;
  const all = [first!, ...joined];
  const addresses = Object.freeze([...new Set(all.flatMap((one) => one.addresses))]);
  const cluster =
    Object.keys(first!.clusterAddresses)[0] ?? joined.flatMap((one) => Object.keys(one.clusterAddresses))[0];
  return Object.freeze({
    ...first!,
    sources: Object.freeze(all.flatMap((one) => one.sources)),
    ports: joinPorts(all),
    addresses,
    clusterAddresses: cluster === undefined ? {} : { [cluster]: addresses },
    subjectAltNames: Object.freeze([...new Set(all.flatMap((one) => one.subjectAltNames))]),
  });
}

/** Ports of all, of each number the first. */
function joinPorts(services: readonly MeshService[]): readonly MeshServicePort[] {
  const ports = new Map<number, MeshServicePort>();
  for (const service of services)
    for (const port of service.ports) if (!ports.has(port.number)) ports.set(port.number, port);
  return Object.freeze([...ports.values()]);
}

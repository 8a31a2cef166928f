/** What one egress listener of a Sidecar imports. */
import { hostsOverlap, isHostSubset } from '@weft/api';
import type {
  EgressIr,
  EgressScope,
  ImportedHosts,
  MeshService,
  MeshSnapshot,
  VirtualServiceIr,
} from '../model/index.ts';
import { protocolFromWord } from '../registry/protocol.ts';
import { virtualServicesFor } from './virtual-services.ts';
import { visibleServices } from './visible-services.ts';

const ANY_NAMESPACE = '*';

/** What a listener imports for proxies of `namespace`. */
export function egressScope(snapshot: MeshSnapshot, namespace: string, { spec, hosts, source }: EgressIr): EgressScope {
  const imported = visibleServices(snapshot.registry, namespace)
    .filter((service) => imports(hosts, service.namespace, service.hostname))
    .flatMap((service) => withPortsOf(service, spec.port));
  const virtualServices = virtualServicesFor(snapshot, namespace).filter((one) => importsAny(hosts, one));
  return Object.freeze({
    spec,
    source,
    services: Object.freeze(preferNamespace(imported, namespace)),
    virtualServices: Object.freeze(virtualServices),
  });
}

function imports({ included, excluded }: ImportedHosts, namespace: string, host: string): boolean {
  return covers(included, namespace, host, isHostSubset) && !covers(excluded, namespace, host, isHostSubset);
}

/** A VirtualService is imported with all its hosts when one of them is (SEMANTICS 5). */
function importsAny({ included, excluded }: ImportedHosts, { ref, hosts }: VirtualServiceIr): boolean {
  return hosts.some(
    (host) =>
      covers(included, ref.namespace, host, hostsOverlap) && !covers(excluded, ref.namespace, host, isHostSubset),
  );
}

function covers(
  hosts: ImportedHosts['included'],
  namespace: string,
  host: string,
  matches: (host: string, cover: string) => boolean,
): boolean {
  for (const name of [namespace, ANY_NAMESPACE]) {
    if (Object.hasOwn(hosts, name) && hosts[name]!.some((cover) => matches(host, cover))) return true;
  }
  return false;
}

/** The service with those ports only that a listener with a port serves; a proxy for HTTP serves all. */
function withPortsOf(service: MeshService, port: NonNullable<EgressIr['spec']>['port']): readonly MeshService[] {
  const number = port?.number ?? 0;
  if (number === 0 || protocolFromWord(port?.protocol ?? '') === 'HTTP_PROXY') return [service];
  const ports = service.ports.filter((one) => one.number === number);
  if (ports.length === 0) return [];
  return [ports.length === service.ports.length ? service : Object.freeze({ ...service, ports: Object.freeze(ports) })];
}

/** Of several services with one hostname, that of the own namespace, or else the first. */
function preferNamespace(services: readonly MeshService[], namespace: string): readonly MeshService[] {
  const chosen = new Map<string, MeshService>();
  for (const service of services) {
    const before = chosen.get(service.hostname);
    if (before === undefined || (service.namespace === namespace && before.namespace !== namespace)) {
      chosen.set(service.hostname, service);
    }
  }
  return [...chosen.values()];
}

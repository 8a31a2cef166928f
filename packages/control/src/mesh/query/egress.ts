/** What one egress listener of a Sidecar imports. */
import { hostsOverlap, isHostSubset } from '@weft/api';
import type { EgressIr, EgressScope, ImportedHosts, MeshService, MeshSnapshot } from '../model/index.ts';
import { protocolFromWord } from '../registry/protocol.ts';
import { memoByPart } from './memo.ts';
import { virtualServicesFor } from './virtual-services.ts';
import { visibleServices } from './visible-services.ts';

const ANY_NAMESPACE = '*';
/** Namespace of the proxy, which is another than that of the Sidecar when that is the default of the mesh. */
const OWN_NAMESPACE = '.';

/** What a listener imports for proxies of `namespace`. */
export function egressScope(snapshot: MeshSnapshot, namespace: string, { spec, hosts, source }: EgressIr): EgressScope {
  const imported = visibleServices(snapshot.registry, namespace)
    .filter((service) => imports(hosts, namesOf(service.namespace, namespace), service.hostname))
    .flatMap((service) => withPortsOf(service, spec.port));
  const virtualServices = virtualServicesFor(snapshot, namespace).filter((one) =>
    importsAny(hosts, namesOf(one.ref.namespace, namespace), one.hosts),
  );
  return Object.freeze({
    spec,
    source,
    services: Object.freeze(preferNamespace(imported, namespace)),
    virtualServices: Object.freeze(virtualServices),
  });
}

/** The names under which an object's namespace may stand in a Sidecar of a proxy in `own`. */
function namesOf(namespace: string, own: string): readonly string[] {
  return namespace === own ? [namespace, ANY_NAMESPACE, OWN_NAMESPACE] : [namespace, ANY_NAMESPACE];
}

function imports({ included, excluded }: ImportedHosts, names: readonly string[], host: string): boolean {
  return covers(included, names, host, isHostSubset) && !covers(excluded, names, host, isHostSubset);
}

/** A VirtualService is imported with all its hosts when one of them is (SEMANTICS 5). */
function importsAny(
  { included, excluded }: ImportedHosts,
  names: readonly string[],
  hosts: readonly string[],
): boolean {
  return hosts.some(
    (host) => covers(included, names, host, hostsOverlap) && !covers(excluded, names, host, isHostSubset),
  );
}

function covers(
  hosts: ImportedHosts['included'],
  names: readonly string[],
  host: string,
  matches: (host: string, cover: string) => boolean,
): boolean {
  return names.some((name) => Object.hasOwn(hosts, name) && hosts[name]!.some((cover) => matches(host, cover)));
}

/** The service with those ports only that a listener with a port serves; a proxy for HTTP serves all. */
function withPortsOf(service: MeshService, port: NonNullable<EgressIr['spec']>['port']): readonly MeshService[] {
  const number = port?.number ?? 0;
  if (number === 0 || protocolFromWord(port?.protocol ?? '') === 'HTTP_PROXY') return [service];
  const trimmed = trimmedTo(service, String(number));
  return trimmed.ports.length === 0 ? [] : [trimmed];
}

/** A service with one of its ports: the same object whenever it is asked for, so that nothing looks changed. */
const trimmedTo = memoByPart((service: MeshService, number): MeshService => {
  const ports = service.ports.filter((port) => String(port.number) === number);
  return ports.length === service.ports.length ? service : Object.freeze({ ...service, ports: Object.freeze(ports) });
});

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

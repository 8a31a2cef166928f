import { getOrAdd } from '../../collections/get-or-add.ts';
import { MESH_GATEWAY } from '../../config/gateway-name.ts';
import { isDelegate, joinDelegates } from '../../config/join-delegates.ts';
import type { MeshSnapshot, ParsedVirtualService, VirtualServiceIr } from '../../model/index.ts';
import { keyOfRef } from '../../names/object-ref.ts';
import { virtualServicesFor } from '../../query/virtual-services.ts';
import type { Analyzer, Report } from '../analyzer.ts';

/** VirtualServices: gateways that do not exist, delegates that cannot be used, and hosts that another one has. */
export const virtualServiceAnalyzer: Analyzer = {
  name: 'virtual-services',
  analyze(snapshot, report) {
    const { parsedVirtualServices, virtualServices } = snapshot.config;
    for (const root of parsedVirtualServices.values()) {
      if (isDelegate(root)) continue;
      joinDelegates(
        root,
        (key) => parsedVirtualServices.get(key),
        (code, route, message) => report(code, root.ref, message, `${route.source.path}.delegate`),
      );
      reportGateways(snapshot, root, report);
    }
    const owners = new Map<string, ReadonlyMap<string, VirtualServiceIr>>();
    for (const service of virtualServices.values()) {
      if (!service.gateways.includes(MESH_GATEWAY)) continue;
      const { namespace } = service.ref;
      reportShadowed(
        service,
        getOrAdd(owners, namespace, () => ownersOfHosts(snapshot, namespace)),
        report,
      );
    }
  },
};

function reportGateways({ config }: MeshSnapshot, { ref, gateways }: ParsedVirtualService, report: Report): void {
  for (const gateway of gateways) {
    if (gateway === MESH_GATEWAY || config.gateways.has(gateway)) continue;
    report('UnknownGateway', ref, `there is no Gateway ${gateway}; the rules are not applied there`, 'spec.gateways');
  }
}

/** Host to the VirtualService that sidecars of a namespace use for it. */
function ownersOfHosts(snapshot: MeshSnapshot, namespace: string): ReadonlyMap<string, VirtualServiceIr> {
  const owners = new Map<string, VirtualServiceIr>();
  for (const service of virtualServicesFor(snapshot, namespace)) {
    for (const host of service.hosts) if (!owners.has(host)) owners.set(host, service);
  }
  return owners;
}

/** Sidecars do not merge VirtualServices (SEMANTICS 3). */
function reportShadowed(
  service: VirtualServiceIr,
  owners: ReadonlyMap<string, VirtualServiceIr>,
  report: Report,
): void {
  for (const host of service.hosts) {
    const owner = owners.get(host);
    if (owner === undefined || owner === service) continue;
    const message = `sidecars use ${keyOfRef(owner.ref)} for ${host}, which comes first: rules for one host are not joined; put them into one object`;
    report('ShadowedHost', service.ref, message, 'spec.hosts');
  }
}

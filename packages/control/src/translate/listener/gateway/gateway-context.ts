/** What making the listeners of a gateway needs. */
import { isHostSubset } from '@weft/api';
import { isVisibleTo, virtualServicesFor } from '../../../mesh/index.ts';
import type { Finding, GatewayServerIr, MeshService, VirtualServiceIr } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import type { AuthorizationFilters } from '../authorization.ts';
import type { L4Match, L4Place } from '../l4-routes.ts';
import type { ProxyTraits } from '../proxy-traits.ts';

/** What is the same for all listeners of a gateway. */
export interface GatewayContext {
  readonly input: TranslationInput;
  readonly traits: ProxyTraits;
  readonly authorization: AuthorizationFilters;
  readonly findings: Finding[];
}

/** A VirtualService that is bound to a server, and those of its hosts that the server has. */
export interface BoundVirtualService {
  readonly virtualService: VirtualServiceIr;
  readonly hosts: readonly string[];
}

/** The gateway as VirtualServices name it. */
export function gatewayNameOf({ gateway }: GatewayServerIr): string {
  return `${gateway.namespace}/${gateway.name}`;
}

/** The VirtualServices for a server, in order of precedence: those of namespaces that its hosts name, with a host in common (SEMANTICS 38). */
export function boundTo(
  { snapshot, proxy }: TranslationInput,
  server: GatewayServerIr,
): readonly BoundVirtualService[] {
  return virtualServicesFor(snapshot, proxy.namespace, gatewayNameOf(server)).flatMap((virtualService) => {
    const { namespace } = virtualService.ref;
    const covers = server.hosts.filter((one) => one.namespace === '*' || one.namespace === namespace);
    const hosts = narrowest(
      virtualService.hosts,
      covers.map(({ host }) => host),
    );
    return hosts.length === 0 ? [] : [{ virtualService, hosts }];
  });
}

/** The names that both lists cover: of two that overlap, the one that is covered by the other. */
export function narrowest(some: readonly string[], others: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const a of some) {
    for (const b of others) {
      if (isHostSubset(a, b)) found.add(a);
      else if (isHostSubset(b, a)) found.add(b);
    }
  }
  return [...found];
}

/** Whether a match is for a server. Who sends is not known at the edge, so labels of workloads have no say. */
export function holdsForServer({ port = 0, gateways = [] }: L4Match, server: GatewayServerIr): boolean {
  const isPort = port === 0 || port === server.spec.port.number;
  return isPort && (gateways.length === 0 || gateways.includes(gatewayNameOf(server)));
}

/** Where the rules of a VirtualService are applied: its names mean first what its writer sees, then what the gateway sees. */
export function placeOf(
  { snapshot, scope, proxy }: TranslationInput,
  server: GatewayServerIr,
  { ref }: VirtualServiceIr,
): L4Place {
  const serviceOf = (hostname: string): MeshService | undefined => {
    const own = snapshot.registry.services.get(`${ref.namespace}/${hostname}`);
    return own !== undefined && isVisibleTo(own.visibility, proxy.namespace) ? own : scope.servicesByHost.get(hostname);
  };
  return { gateway: gatewayNameOf(server), port: server.spec.port.number, serviceOf };
}

/** How connections to a service come, and what is read of them. */
import { parseIp } from '@weft/core';
import type { MeshService, MeshServicePort, Protocol } from '../../../mesh/model/index.ts';
import { serviceAddresses } from '../../names/service-addresses.ts';
import type { ProxyTraits } from '../proxy-traits.ts';

/** What a listener takes. */
export type ListenerKind = 'http' | 'tcp' | 'auto';

/** Clients of such services connect to one of the endpoints that they know. HTTP tells by its host where it goes. */
export function isPerEndpoint(
  service: MeshService,
  { protocol }: Pick<MeshServicePort, 'protocol'>,
  { cluster, traits }: { readonly cluster: string; readonly traits: ProxyTraits },
): boolean {
  const connectsDirectly = service.isHeadless || service.resolution === 'passthrough';
  return connectsDirectly && kindOf(protocol) !== 'http' && addressesOf(service, cluster, traits).length === 0;
}

/** What a listener for a protocol takes. */
export function kindOf(protocol: Protocol): ListenerKind {
  if (protocol === 'auto') return 'auto';
  const isHttp = protocol.startsWith('HTTP') ? protocol !== 'HTTPS' : protocol.startsWith('GRPC');
  return isHttp ? 'http' : 'tcp';
}

/** Addresses of a service that connections of the proxy can be to; empty when only names lead to it. */
export function addressesOf(
  service: MeshService,
  cluster: string,
  { families, resolvesNames }: ProxyTraits,
): readonly string[] {
  return serviceAddresses(service, { cluster, resolvesNames }).filter((address) => {
    const ip = parseIp(address.split('/', 1)[0]!);
    return ip !== undefined && families.includes(ip.family);
  });
}

import type { AddressRuntime } from '@weft/engine';
import type { ListenPlace } from '../transport/listening-sockets.ts';

/** Where to listen for an address. */
export function listenPlaceOf(address: AddressRuntime): ListenPlace {
  if (address.kind === 'socket') return { host: address.host, port: address.port, ipv6Only: !address.takesIpv4 };
  if (address.kind === 'pipe') return { path: address.path, mode: address.mode };
  throw new Error('bug: an internal address was not refused');
}

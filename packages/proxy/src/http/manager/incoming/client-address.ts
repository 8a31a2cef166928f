/** Who the client is, as the proxies in front of this one tell by `x-forwarded-for`. */
import { type AddressView, parseIp } from '@weft/engine';
import { SocketAddress } from '../../../transport/socket-address.ts';

/** What `x-forwarded-for` says of the client. */
export interface ForwardedClient {
  readonly address: AddressView;
  /** Whether the address was the only one: nobody but the peer can have written it. */
  readonly isOnly: boolean;
}

/** The address in front of the last `trustedHops` ones; undefined when there is none, or it is no plain address. */
export function forwardedClient(value: string | undefined, trustedHops: number): ForwardedClient | undefined {
  if (value === undefined || value === '') return undefined;
  let end = value.length;
  for (let hop = 0; hop < trustedHops; hop++) {
    // lastIndexOf takes an offset below zero for zero.
    end = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
    if (end < 0) return undefined;
  }
  const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
  const host = value.slice(comma + 1, end).trim();
  if (parseIp(host) === undefined) return undefined;
  return { address: new SocketAddress(host, 0), isOnly: comma < 0 && trustedHops === 0 };
}

/** Whether the peer is this machine: it has no address that would mean anything to the next server. */
export function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1';
}

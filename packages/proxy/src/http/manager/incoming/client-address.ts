/** Who the client is, as the proxies in front of this one tell by `x-forwarded-for` or a header of their own. */
import { type AddressView, type CidrSet, type IpDetectionRuntime, parseIp } from '@weft/engine';
import { SocketAddress } from '../../../transport/socket-address.ts';
import type { RequestHead } from '../../head.ts';

/** What a request says of its client. */
export interface ForwardedClient {
  readonly address: AddressView;
  /** Whether nobody but the peer can have written the address. */
  readonly isTrusted: boolean;
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
  return { address: new SocketAddress(host, 0), isTrusted: comma < 0 && trustedHops === 0 };
}

/** The client as one extension finds it; undefined when it does not know. */
export function detectBy(
  detection: IpDetectionRuntime,
  head: RequestHead,
  peer: AddressView,
): ForwardedClient | undefined {
  switch (detection.kind) {
    case 'hops':
      return forwardedClient(head.get('x-forwarded-for'), detection.trustedHops);
    case 'ranges':
      return isTrustedPeer(detection, peer) ? lastUntrusted(head.get('x-forwarded-for'), detection.trusted) : undefined;
    case 'header': {
      const host = head.repeated(detection.name)?.[0] ?? head.get(detection.name);
      if (host === undefined || parseIp(host) === undefined) return undefined;
      return { address: new SocketAddress(host, 0), isTrusted: detection.isTrusted };
    }
  }
}

/** Whether what the peer says of its client counts; one that does not is a client itself, and told as one. */
export function isTrustedPeer(detection: IpDetectionRuntime, { ip }: AddressView): boolean {
  return detection.kind !== 'ranges' || (ip !== undefined && detection.trusted.contains(ip));
}

/** The last address that is no proxy's, or the first one; undefined when one behind it is no plain address. */
function lastUntrusted(value: string | undefined, trusted: CidrSet): ForwardedClient | undefined {
  if (value === undefined) return undefined;
  for (let end = value.length; ; ) {
    const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
    const host = value.slice(comma + 1, end).trim();
    const ip = parseIp(host);
    if (ip === undefined) return undefined;
    if (comma < 0 || !trusted.contains(ip)) return { address: new SocketAddress(host, 0), isTrusted: false };
    end = comma;
  }
}

/** Whether the peer is this machine: it has no address that would mean anything to the next server. */
export function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1';
}

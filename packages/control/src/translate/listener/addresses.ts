/** Addresses of listeners, and the names made of them. */
import { parseCidr, parseIp } from '@weft/core';
import type { AddressJson, CidrRangeJson } from '@weft/proto/envoy/config/core/v3/address';
import type { ProxyTraits } from './proxy-traits.ts';

const UNIX = 'unix://';

/** All addresses of a family. */
export const WILDCARDS = { 4: '0.0.0.0', 6: '::' } as const;
const BITS = { 4: 32, 6: 128 } as const;
const LOOPBACKS = { 4: '127.0.0.1', 6: '::1' } as const;

/** All addresses of the proxy's preferred family. */
export function wildcardOf({ families }: ProxyTraits): string {
  return WILDCARDS[families[0] ?? 4];
}

/** The address on which the proxy serves its own host alone. */
export function loopbackOf({ families }: ProxyTraits): string {
  return LOOPBACKS[families[0] ?? 4];
}

/** Whether an address is the path of a socket. */
export function isUnixAddress(address: string): boolean {
  return address.startsWith(UNIX);
}

/** `0.0.0.0_80` */
export function listenerName(address: string, port: number): string {
  return `${address}_${port}`;
}

/** An address of a listener. */
export function addressJson(address: string, port: number): AddressJson {
  if (isUnixAddress(address)) return { pipe: { path: address.slice(UNIX.length) } };
  return { socketAddress: { address, portValue: port } };
}

/** Whether an address is a range of more than one. */
export function isRange(address: string): boolean {
  const cidr = parseCidr(address);
  return cidr !== undefined && cidr.prefixLength !== BITS[cidr.address.family];
}

/** The one address that a range of one stands for; other texts stay. */
export function addressOfRange(address: string): string {
  return address.includes('/') && !isRange(address) ? address.slice(0, address.indexOf('/')) : address;
}

/** An address or range as Envoy has it; undefined for what is neither. */
export function rangeJson(text: string): CidrRangeJson | undefined {
  const cidr = parseCidr(text);
  const ip = cidr?.address ?? parseIp(text);
  if (ip === undefined) return undefined;
  return { addressPrefix: text.split('/', 1)[0]!, prefixLen: cidr?.prefixLength ?? BITS[ip.family] };
}

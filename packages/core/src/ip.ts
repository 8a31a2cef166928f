/** IPv4 and IPv6 addresses and CIDR blocks as numbers, with no help from the platform: this runs in browsers too. */

/** An address as its bits. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** A block of addresses. */
export interface Cidr {
  /** The address as it was written, host bits included. */
  readonly address: IpAddress;
  readonly prefixLength: number;
}

const DECIMAL_BYTE = /^(0|[1-9]\d{0,2})$/;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;
const PREFIX_LENGTH = /^(0|[1-9]\d{0,2})$/;
const MAPPED_PREFIX = 0xffffn;

/** The address, or undefined when `text` is none. Zones and leading zeros are refused, as in Go's parser. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text);
  const bits = parseIpv4Bits(text);
  return bits === undefined ? undefined : { family: 4, bits };
}

/** The block, or undefined when `text` is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !PREFIX_LENGTH.test(length)) return undefined;
  const prefixLength = Number(length);
  return prefixLength <= width(address.family) ? { address, prefixLength } : undefined;
}

/** Whether `text` is an IPv4 address. */
export function isIpv4(text: string): boolean {
  return parseIp(text)?.family === 4;
}

/** Whether `text` is an IPv6 address. */
export function isIpv6(text: string): boolean {
  return parseIp(text)?.family === 6;
}

/** The address in its one canonical spelling (RFC 5952). */
export function formatIp(ip: IpAddress): string {
  if (ip.family === 4) return formatIpv4(ip.bits);
  if (ip.bits >> 32n === MAPPED_PREFIX) return `::ffff:${formatIpv4(ip.bits & 0xffffffffn)}`;
  return compress(groupsOf(ip.bits));
}

/** The block in its canonical spelling, host bits as given. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.address)}/${cidr.prefixLength}`;
}

/** The first address of the block, the network address. */
export function networkOf(cidr: Cidr): IpAddress {
  const { family, bits } = cidr.address;
  const hostBits = BigInt(width(family) - cidr.prefixLength);
  return { family, bits: (bits >> hostBits) << hostBits };
}

/** Whether the block holds the address. */
export function cidrContains(cidr: Cidr, ip: IpAddress): boolean {
  if (cidr.address.family !== ip.family) return false;
  const hostBits = BigInt(width(ip.family) - cidr.prefixLength);
  return cidr.address.bits >> hostBits === ip.bits >> hostBits;
}

/** Whether the first block holds all of the second, and is larger. */
export function cidrStrictlyContains(outer: Cidr, inner: Cidr): boolean {
  return inner.prefixLength > outer.prefixLength && cidrContains(outer, inner.address);
}

/** An address mapped from IPv4 (`::ffff:1.2.3.4`) as the IPv4 address it stands for; any other address as it is. */
export function unmapIp(ip: IpAddress): IpAddress {
  return ip.family === 6 && ip.bits >> 32n === MAPPED_PREFIX ? { family: 4, bits: ip.bits & 0xffffffffn } : ip;
}

/** `0.0.0.0` or `::`. */
export function isUnspecified(ip: IpAddress): boolean {
  return unmapIp(ip).bits === 0n;
}

/** An address of this machine itself. */
export function isLoopback(ip: IpAddress): boolean {
  const { family, bits } = unmapIp(ip);
  return family === 4 ? bits >> 24n === 127n : bits === 1n;
}

/** An address of this link only. */
export function isLinkLocal(ip: IpAddress): boolean {
  const { family, bits } = unmapIp(ip);
  return family === 4 ? bits >> 16n === 0xa9fen : bits >> 118n === 0x3fan;
}

/** A multicast address of this link only. */
export function isLinkLocalMulticast(ip: IpAddress): boolean {
  const { family, bits } = unmapIp(ip);
  return family === 4 ? bits >> 8n === 0xe00000n : bits >> 120n === 0xffn && ((bits >> 112n) & 0xfn) === 2n;
}

function width(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function parseIpv4Bits(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let bits = 0n;
  for (const part of parts) {
    if (!DECIMAL_BYTE.test(part) || Number(part) > 255) return undefined;
    bits = (bits << 8n) | BigInt(part);
  }
  return bits;
}

function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let bits = 0n;
  for (const group of [...head, ...Array<number>(missing).fill(0), ...tail]) bits = (bits << 16n) | BigInt(group);
  return { family: 6, bits };
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (HEX_GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    if (!mayEndInIpv4 || i !== parts.length - 1) return undefined;
    const bits = parseIpv4Bits(part);
    if (bits === undefined) return undefined;
    groups.push(Number(bits >> 16n), Number(bits & 0xffffn));
  }
  return groups;
}

function formatIpv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((at) => String((bits >> at) & 0xffn)).join('.');
}

function groupsOf(bits: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt((7 - i) * 16)) & 0xffffn));
}

/** Replaces the first of the longest runs of at least two zero groups by `::`. */
function compress(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** The family of an address, or undefined when the text is none. */
export function ipFamily(text: string): 4 | 6 | undefined {
  return parseIp(text)?.family;
}

/** Whether `text` is an IPv4 or IPv6 address. */
export function isIp(text: string): boolean {
  return parseIp(text) !== undefined;
}

/** Whether `text` is an address range such as `10.0.0.0/8`; bits behind the prefix may be set. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined;
}

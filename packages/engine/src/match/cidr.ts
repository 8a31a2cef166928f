import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';

/** An address as 32-bit words: one for IPv4, four for IPv6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly words: readonly number[];
}

/** A range of addresses; bits beyond the prefix are zero. */
export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** Parses an address; an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) is the IPv4 address it stands for. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const word = parseIpv4(text);
    return word === undefined ? undefined : { family: 4, words: [word] };
  }
  const words = parseIpv6(text);
  if (words === undefined) return undefined;
  return isMapped(words) ? { family: 4, words: [words[3]!] } : { family: 6, words };
}

/** Parses `10.0.0.0/8`, `fd00::/8` or a single address; bits beyond the prefix are cleared, as Envoy does. */
export function parseCidr(text: string, path: string): Compiled<Cidr> {
  const slash = text.indexOf('/');
  const host = slash === -1 ? text : text.slice(0, slash);
  const length = slash === -1 ? undefined : text.slice(slash + 1);
  if (length !== undefined && !/^(0|[1-9][0-9]{0,2})$/.test(length)) return fail(path, `${length} is no prefix length`);
  return compileCidr(host, length === undefined ? undefined : Number(length), path);
}

/** Makes a range from an address and a prefix length (default: this one address). */
export function compileCidr(host: string, prefixLength: number | undefined, path: string): Compiled<Cidr> {
  const address = parseIp(host);
  if (address === undefined) return fail(path, `${JSON.stringify(host)} is not an IP address`);
  // A mapped range is written with its IPv6 length; below 96 bits it would hold more than mapped addresses.
  const isMappedText = address.family === 4 && host.includes(':');
  const bits = address.family === 4 && !isMappedText ? 32 : 128;
  const given = prefixLength ?? bits;
  if (!Number.isInteger(given) || given < 0 || given > bits)
    return fail(path, `prefix length must be 0 to ${bits}, not ${given}`);
  if (isMappedText && given < 96)
    return fail(path, `an IPv4-mapped range needs a prefix length of 96 to 128, not ${given}`);
  const length = isMappedText ? given - 96 : given;
  const words = address.words.map((word, i) => maskWord(word, length - i * 32));
  return ok({ address: { family: address.family, words }, prefixLength: length });
}

/** Whether the range holds the address. */
export function cidrContains(cidr: Cidr, ip: IpAddress): boolean {
  if (cidr.address.family !== ip.family) return false;
  for (let i = 0; i < ip.words.length; i += 1) {
    if (maskWord(ip.words[i]!, cidr.prefixLength - i * 32) !== cidr.address.words[i]) return false;
  }
  return true;
}

/** The range as text. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.address)}/${cidr.prefixLength}`;
}

/** The address as text; IPv6 in the short form of RFC 5952. */
export function formatIp(ip: IpAddress): string {
  if (ip.family === 4) {
    const word = ip.words[0]!;
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  }
  const groups = ip.words.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(:0)+(?![0-9a-f])/g)].map((run) => run[0]);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  const text = groups.join(':');
  if (longest === '') return text;
  const at = text.search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`));
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}

function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

function isMapped(words: readonly number[]): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/** Four decimal numbers without leading zeros, which some systems would read as octal. */
const IPV4 = /^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$/;

function parseIpv4(text: string): number | undefined {
  const found = IPV4.exec(text);
  if (found === null) return undefined;
  let word = 0;
  for (let i = 1; i <= 4; i += 1) {
    const byte = Number(found[i]);
    if (byte > 255) return undefined;
    word = word * 256 + byte;
  }
  return word;
}

function parseIpv6(text: string): number[] | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return [0, 2, 4, 6].map((i) => groups[i]! * 0x10000 + groups[i + 1]!);
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i]!;
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const word = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (word === undefined) return undefined;
    groups.push(Math.floor(word / 0x10000), word % 0x10000);
  }
  return groups;
}

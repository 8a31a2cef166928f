/** IP addresses and blocks of them. */
import {
  cidrContains,
  formatIp,
  type IpAddress,
  isLinkLocal,
  isLinkLocalMulticast,
  isLoopback,
  isUnspecified,
  networkOf,
  parseCidr,
  parseIp,
} from '@weft/core';
import { CelError } from '../errors.ts';
import { CelCidr, CelIp } from '../values.ts';
import { fn, method, on } from './define.ts';

/** As in Kubernetes, IPv4 in IPv6 clothes is refused, for it has two spellings. */
function readIp(text: string): IpAddress | undefined {
  const address = parseIp(text);
  return address === undefined || (address.family === 6 && address.bits >> 32n === 0xffffn) ? undefined : address;
}

function toIp(text: string): CelIp {
  const address = readIp(text);
  if (address === undefined)
    throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return new CelIp(address);
}

function toCidr(text: string): CelCidr {
  const block = parseCidr(text);
  if (block === undefined)
    throw new CelError(`network address parse error during conversion from string: ${JSON.stringify(text)}`);
  return new CelCidr(block);
}

function isGlobalUnicast(ip: CelIp): boolean {
  const { address } = ip;
  const isMulticast = address.family === 4 ? address.bits >> 28n === 14n : address.bits >> 120n === 0xffn;
  const isBroadcast = address.family === 4 && address.bits === 0xffff_ffffn;
  return !isMulticast && !isBroadcast && !isUnspecified(address) && !isLoopback(address) && !isLinkLocal(address);
}

function holdsBlock(outer: CelCidr, inner: CelCidr): boolean {
  return outer.block.prefixLength <= inner.block.prefixLength && cidrContains(outer.block, inner.block.address);
}

/** IP addresses and blocks. */
export const ipFunctions = [
  fn(
    'ip',
    on<[string]>(['string'], 'ip', ([text]) => toIp(text)),
  ),
  fn(
    'isIP',
    on<[string]>(['string'], 'bool', ([text]) => readIp(text) !== undefined),
  ),
  fn(
    'ip.isCanonical',
    on<[string]>(['string'], 'bool', ([text]) => formatIp(toIp(text).address) === text),
  ),
  method(
    'family',
    on<[CelIp]>(['ip'], 'int', ([ip]) => BigInt(ip.address.family)),
  ),
  method(
    'isUnspecified',
    on<[CelIp]>(['ip'], 'bool', ([ip]) => isUnspecified(ip.address)),
  ),
  method(
    'isLoopback',
    on<[CelIp]>(['ip'], 'bool', ([ip]) => isLoopback(ip.address)),
  ),
  method(
    'isLinkLocalMulticast',
    on<[CelIp]>(['ip'], 'bool', ([ip]) => isLinkLocalMulticast(ip.address)),
  ),
  method(
    'isLinkLocalUnicast',
    on<[CelIp]>(['ip'], 'bool', ([ip]) => isLinkLocal(ip.address)),
  ),
  method(
    'isGlobalUnicast',
    on<[CelIp]>(['ip'], 'bool', ([ip]) => isGlobalUnicast(ip)),
  ),
  fn(
    'cidr',
    on<[string]>(['string'], 'cidr', ([text]) => toCidr(text)),
  ),
  fn(
    'isCIDR',
    on<[string]>(['string'], 'bool', ([text]) => parseCidr(text) !== undefined),
  ),
  method(
    'containsIP',
    on<[CelCidr, CelIp]>(['cidr', 'ip'], 'bool', ([cidr, ip]) => cidrContains(cidr.block, ip.address)),
    on<[CelCidr, string]>(['cidr', 'string'], 'bool', ([cidr, text]) => cidrContains(cidr.block, toIp(text).address)),
  ),
  method(
    'containsCIDR',
    on<[CelCidr, CelCidr]>(['cidr', 'cidr'], 'bool', ([outer, inner]) => holdsBlock(outer, inner)),
    on<[CelCidr, string]>(['cidr', 'string'], 'bool', ([outer, text]) => holdsBlock(outer, toCidr(text))),
  ),
  method(
    'ip',
    on<[CelCidr]>(['cidr'], 'ip', ([cidr]) => new CelIp(cidr.block.address)),
  ),
  method(
    'masked',
    on<[CelCidr]>(['cidr'], 'cidr', ([cidr]) => new CelCidr({ ...cidr.block, address: networkOf(cidr.block) })),
  ),
  method(
    'prefixLength',
    on<[CelCidr]>(['cidr'], 'int', ([cidr]) => BigInt(cidr.block.prefixLength)),
  ),
];

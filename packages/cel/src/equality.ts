/** Equality and order of CEL values. */
import { compareQuantities, formatCidr, formatIp } from '@weft/core';
import { noSuchOverload } from './errors.ts';
import {
  CelCidr,
  CelDuration,
  CelIp,
  type CelList,
  type CelMapping,
  CelOptional,
  CelQuantity,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  CelUrl,
  isMapping,
} from './values.ts';

/** Whether two values are equal; values of different types are not, but numbers compare by amount. */
export function celEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const x = asNumber(a);
  if (x !== undefined) {
    const y = asNumber(b);
    return y !== undefined && !(x < y) && !(x > y) && !Number.isNaN(x) && !Number.isNaN(y);
  }
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a as CelList, b as CelList);
  if (isMapping(a)) return isMapping(b) && mappingsEqual(a, b);
  return wrappedEqual(a, b);
}

function wrappedEqual(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array)
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i]);
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.nanos === b.nanos;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof CelTypeValue) return b instanceof CelTypeValue && a.name === b.name;
  if (a instanceof CelUrl) return b instanceof CelUrl && a.url.href === b.url.href;
  if (a instanceof CelIp) return b instanceof CelIp && formatIp(a.address) === formatIp(b.address);
  if (a instanceof CelCidr) return b instanceof CelCidr && formatCidr(a.block) === formatCidr(b.block);
  if (a instanceof CelQuantity) return b instanceof CelQuantity && compareQuantities(a.quantity, b.quantity) === 0;
  if (!(a instanceof CelOptional) || !(b instanceof CelOptional)) return false;
  return a.hasValue === b.hasValue && (!a.hasValue || celEquals(a.value, b.value));
}

/** Whether `list` holds `value`. */
export function listHas(list: readonly unknown[], value: unknown): boolean {
  return list.some((item) => celEquals(item, value));
}

/** What identifies an item in a list with keys. */
export function sameItem(keys: readonly string[], a: unknown, b: unknown): boolean {
  if (!isMapping(a) || !isMapping(b)) return celEquals(a, b);
  return keys.every((key) => celEquals(a.get(key) ?? null, b.get(key) ?? null));
}

function listsEqual(a: CelList, b: CelList): boolean {
  if (a.length !== b.length) return false;
  // The order of sets and of lists with keys does not matter.
  if (a.identity === undefined && b.identity === undefined) return a.every((item, i) => celEquals(item, b[i]));
  return a.every((item) => listHas(b, item)) && b.every((item) => listHas(a, item));
}

function mappingsEqual(a: CelMapping, b: CelMapping): boolean {
  if (a.size !== b.size) return false;
  return a.keys().every((key) => {
    const other = b.get(key);
    return other !== undefined && celEquals(a.get(key), other);
  });
}

/** Negative when `a` comes before `b`, 0 when they are equal; throws when they have no order. */
export function celCompare(a: unknown, b: unknown): number {
  const x = asNumber(a);
  const y = asNumber(b);
  if (x !== undefined && y !== undefined)
    return x < y ? -1 : x > y ? 1 : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return sign(a.nanos - b.nanos);
  if (a instanceof CelDuration && b instanceof CelDuration) return sign(a.nanos - b.nanos);
  if (a instanceof CelQuantity && b instanceof CelQuantity) return compareQuantities(a.quantity, b.quantity);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  throw noSuchOverload();
}

function asNumber(value: unknown): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof CelUint ? value.value : undefined;
}

function sign(n: bigint): number {
  return n < 0n ? -1 : n > 0n ? 1 : 0;
}

/** By code points, as UTF-8 sorts; JavaScript's own order differs beyond the basic plane. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

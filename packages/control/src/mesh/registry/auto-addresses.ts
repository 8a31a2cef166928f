/**
 * Addresses for ServiceEntries that have none of their own, so that a TCP connection to one of their hosts can be told from
 * one to another. The result depends on nothing but the entries: a host has the place that its name hashes to, and of two that
 * hash to one place the older has it. A new entry therefore never moves an older one.
 */
import { formatIp, type IpAddress, parseIp } from '@weft/core';
import { getOrAdd } from '../collections/get-or-add.ts';
import { compareText } from '../names/object-ref.ts';

/** 240.240.0.0/16, of which the first and the last few addresses are not used. */
const POOL_V4 = 0xf0f00000n;
/** 2001:2::/48. */
const POOL_V6 = 0x20010002n << 96n;
const FIRST = 1;
/** The largest prime below the size of the pool, so that steps of any length come to every place. */
const PLACES = 65521;

/** One host that needs addresses. */
export interface AddressRequest {
  /** Key of the service: `namespace/hostname`. */
  readonly key: string;
  readonly createdAtMs: number;
  /** Addresses that it was given earlier, from the status of its object. */
  readonly recorded: readonly string[];
}

/** Addresses by key; a host for which none is left has no entry. */
export function assignAddresses(requests: readonly AddressRequest[]): Map<string, readonly string[]> {
  const taken = new Set<number>();
  const places = new Map<string, number>();
  const byAge = requests.toSorted((a, b) => a.createdAtMs - b.createdAtMs || compareText(a.key, b.key));
  for (const { key, recorded } of byAge) {
    const place = recorded.map(placeOf).find((one) => one !== undefined && !taken.has(one));
    if (place === undefined || places.has(key)) continue;
    taken.add(place);
    places.set(key, place);
  }
  for (const { key } of byAge) {
    if (places.has(key) || taken.size >= PLACES) continue;
    const start = hash(key);
    const step = 1 + ((start >>> 8) % (PLACES - 1));
    let place = start % PLACES;
    while (taken.has(place)) place = (place + step) % PLACES;
    taken.add(place);
    places.set(key, place);
  }
  return new Map(Array.from(places, ([key, place]) => [key, addressesOf(place)]));
}

/** Places to their addresses, as far as they were needed; no more than there are places. Written by `addressesOf` only. */
const written = new Map<number, readonly string[]>();

function addressesOf(place: number): readonly string[] {
  return getOrAdd(written, place, () => {
    const offset = BigInt(place + FIRST);
    const v6 = formatIp({ family: 6, bits: POOL_V6 | offset });
    return Object.freeze([formatIp({ family: 4, bits: POOL_V4 | offset }), v6]);
  });
}

function placeOf(address: string): number | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const offset = Number(offsetIn(ip)) - FIRST;
  return offset >= 0 && offset < PLACES ? offset : undefined;
}

function offsetIn({ family, bits }: IpAddress): bigint {
  const pool = family === 4 ? POOL_V4 : POOL_V6;
  return bits >> 16n === pool >> 16n ? bits & 0xffffn : 0n;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

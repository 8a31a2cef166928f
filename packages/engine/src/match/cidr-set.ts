/**
 * Ranges flattened into disjoint intervals, each owned by the most specific range over it, so that a lookup is one binary
 * search whatever the nesting.
 */
import { err, ok } from '@weft/core';
import { type Cidr, formatCidr, type IpAddress } from './cidr.ts';
import type { Compiled, CompileError } from './compile-error.ts';

/** A range and what it stands for. */
export interface CidrEntry<T> {
  readonly cidr: Cidr;
  readonly value: T;
  /** Who brought the range, for errors. */
  readonly owner: string;
}

/** A table of ranges. */
export interface CidrTable<T> {
  readonly size: number;
  /** The entry of the most specific range that holds the address. */
  find(ip: IpAddress): CidrEntry<T> | undefined;
}

/** A set of ranges. */
export interface CidrSet {
  contains(ip: IpAddress): boolean;
  describe(): string;
}

interface Intervals {
  /** First address of each interval, `width` words each, ascending; the first interval begins at zero. */
  readonly starts: Uint32Array;
  /** Index of the owning entry of each interval, -1 for none. */
  readonly owners: Int32Array;
  readonly width: 1 | 4;
}

/** Compiles a table; the same range twice is an error that names both owners. */
export function compileCidrTable<T>(entries: readonly CidrEntry<T>[], path: string): Compiled<CidrTable<T>> {
  const errors = findDuplicates(entries, path);
  if (errors.length > 0) return err(errors);
  const cidrs = entries.map((entry) => entry.cidr);
  const v4 = flatten(cidrs, 4);
  const v6 = flatten(cidrs, 6);
  return ok({
    size: entries.length,
    find: (ip) => {
      const owner = ownerOf(ip.family === 4 ? v4 : v6, ip.words);
      return owner === -1 ? undefined : entries[owner];
    },
  });
}

/** Compiles a set; ranges may repeat and overlap. */
export function compileCidrSet(cidrs: readonly Cidr[]): CidrSet {
  const v4 = flatten(cidrs, 4);
  const v6 = flatten(cidrs, 6);
  return {
    contains: (ip) => ownerOf(ip.family === 4 ? v4 : v6, ip.words) !== -1,
    describe: () => `address in ${cidrs.map(formatCidr).join(', ')}`,
  };
}

function findDuplicates(entries: readonly CidrEntry<unknown>[], path: string): CompileError[] {
  const errors: CompileError[] = [];
  const owners = new Map<string, string>();
  entries.forEach((entry, i) => {
    const key = formatCidr(entry.cidr);
    const first = owners.get(key);
    if (first === undefined) owners.set(key, entry.owner);
    else errors.push({ path: `${path}[${i}]`, reason: `range ${key} of ${entry.owner} is already used by ${first}` });
  });
  return errors;
}

interface Span {
  readonly from: bigint;
  readonly to: bigint;
  readonly owner: number;
}

/** Ranges nest or are apart, never overlap halfway, so one pass with a stack of open ranges is enough. */
function flatten(cidrs: readonly Cidr[], family: 4 | 6): Intervals {
  const width = family === 4 ? 1 : 4;
  const spans = cidrs
    .map((cidr, owner) => ({ cidr, owner }))
    .filter(({ cidr }) => cidr.address.family === family)
    .map(({ cidr, owner }) => spanOf(cidr, owner, width * 32))
    .sort((a, b) => (a.from !== b.from ? (a.from < b.from ? -1 : 1) : a.to > b.to ? -1 : a.to < b.to ? 1 : 0));
  const bounds: { start: bigint; owner: number }[] = [{ start: 0n, owner: -1 }];
  const open: Span[] = [];
  const closeBefore = (start: bigint | undefined): void => {
    for (let top = open.at(-1); top !== undefined && (start === undefined || top.to < start); top = open.at(-1)) {
      open.pop();
      push(bounds, top.to + 1n, open.at(-1)?.owner ?? -1);
    }
  };
  for (const span of spans) {
    closeBefore(span.from);
    push(bounds, span.from, span.owner);
    open.push(span);
  }
  closeBefore(undefined);
  const kept = bounds.filter((bound) => bound.start >> BigInt(width * 32) === 0n);
  return {
    starts: Uint32Array.from(kept.flatMap((bound) => wordsOf(bound.start, width))),
    owners: Int32Array.from(kept, (bound) => bound.owner),
    width,
  };
}

function push(bounds: { start: bigint; owner: number }[], start: bigint, owner: number): void {
  const last = bounds.at(-1);
  if (last !== undefined && last.start === start) last.owner = owner;
  else bounds.push({ start, owner });
}

function spanOf(cidr: Cidr, owner: number, bits: number): Span {
  const from = cidr.address.words.reduce((sum, word) => sum * 0x1_0000_0000n + BigInt(word), 0n);
  return { from, to: from + (1n << BigInt(bits - cidr.prefixLength)) - 1n, owner };
}

function wordsOf(value: bigint, width: number): number[] {
  const words: number[] = [];
  for (let i = width - 1; i >= 0; i -= 1) words.push(Number((value >> BigInt(i * 32)) & 0xffff_ffffn));
  return words;
}

function ownerOf(intervals: Intervals, words: readonly number[]): number {
  const { starts, width } = intervals;
  let low = 0;
  let high = intervals.owners.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (isAtOrBelow(starts, middle * width, width, words)) low = middle;
    else high = middle - 1;
  }
  return intervals.owners[low]!;
}

function isAtOrBelow(starts: Uint32Array, at: number, width: number, words: readonly number[]): boolean {
  for (let i = 0; i < width; i += 1) {
    if (starts[at + i] !== words[i]) return starts[at + i]! < words[i]!;
  }
  return true;
}

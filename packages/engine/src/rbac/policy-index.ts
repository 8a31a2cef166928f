/**
 * Finds the policies that may match without asking each: most policies of a mesh name the identities or the paths they are for. Sets of
 * policies are kept as bits.
 */
import { pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import type { MatchView } from '../view/match-view.ts';
import { needsOfAll } from './needs.ts';
import { matchesPolicy, type PolicyRuntime } from './policy.ts';

/** Fewer policies are asked faster than looked up. */
const MIN_INDEXED = 4;

const WORD_BITS = 32;

type Bits = Uint32Array;

/** Leaves those policies in a set that may match by one property of the view. */
type Filter = (view: MatchView, set: Bits) => void;

/** Makes a function that finds the first policy that matches; -1 when none does. */
export function firstPolicy(policies: readonly PolicyRuntime[]): (view: MatchView) => number {
  const filters = [principalFilter(policies), pathFilter(policies)].filter((filter) => filter !== undefined);
  if (filters.length === 0) return (view) => policies.findIndex((policy) => matchesPolicy(policy, view));
  const words = Math.ceil(policies.length / WORD_BITS);
  /** Written and read within one call. */
  const set: Bits = new Uint32Array(words);
  return (view) => {
    set.fill(0xffff_ffff);
    for (let i = 0; i < filters.length && !isSmall(set); i += 1) filters[i]!(view, set);
    return firstOf(set, policies, view);
  };
}

/** Whether so few policies are left that they are asked at once. */
function isSmall(set: Bits): boolean {
  let count = 0;
  for (let word = 0; word < set.length; word += 1) {
    for (let rest = set[word]!; rest !== 0 && count < MIN_INDEXED; rest &= rest - 1) count += 1;
  }
  return count < MIN_INDEXED;
}

function firstOf(set: Bits, policies: readonly PolicyRuntime[], view: MatchView): number {
  for (let word = 0; word < set.length; word += 1) {
    for (let rest = set[word]!; rest !== 0; rest &= rest - 1) {
      const at = word * WORD_BITS + (WORD_BITS - 1 - Math.clz32(rest & -rest));
      if (at >= policies.length) return -1;
      if (matchesPolicy(policies[at]!, view)) return at;
    }
  }
  return -1;
}

/** Policies by what they need: those without such a need are always allowed. */
class Table {
  readonly #words: number;
  readonly #always: Bits;
  /** Value -> the policies that need it. Written by `add`. */
  readonly #exact = new Map<string, Bits>();
  /** As #exact, for values of which only the beginning counts. */
  readonly #prefixes = new Map<string, Bits>();
  /** The policies that the view may have, as far as it was looked at. Written by `begin` and `allow`, read by `end`. */
  readonly #allowed: Bits;

  constructor(policyCount: number) {
    this.#words = Math.ceil(policyCount / WORD_BITS);
    this.#always = new Uint32Array(this.#words);
    this.#allowed = new Uint32Array(this.#words);
  }

  addAlways(policy: number): void {
    setBit(this.#always, policy);
  }

  add(value: string, isPrefix: boolean, policy: number): void {
    const table = isPrefix ? this.#prefixes : this.#exact;
    let bits = table.get(value);
    if (bits === undefined) {
      bits = new Uint32Array(this.#words);
      table.set(value, bits);
    }
    setBit(bits, policy);
  }

  begin(): void {
    this.#allowed.set(this.#always);
  }

  allow(value: string): void {
    this.#join(this.#exact.get(value));
  }

  allowPrefix(prefix: string): void {
    this.#join(this.#prefixes.get(prefix));
  }

  end(set: Bits): void {
    for (let i = 0; i < this.#words; i += 1) set[i]! &= this.#allowed[i]!;
  }

  #join(bits: Bits | undefined): void {
    if (bits === undefined) return;
    for (let i = 0; i < this.#words; i += 1) this.#allowed[i]! |= bits[i]!;
  }
}

function setBit(bits: Bits, at: number): void {
  bits[Math.trunc(at / WORD_BITS)]! |= 1 << (at % WORD_BITS);
}

/** Undefined where too few policies need names. */
function principalFilter(policies: readonly PolicyRuntime[]): Filter | undefined {
  const needs = policies.map(
    ({ permissions, principals }) => needsOfAll([permissions.needs, principals.needs]).principals,
  );
  if (needs.filter((names) => names !== undefined).length < MIN_INDEXED) return undefined;
  const table = new Table(policies.length);
  needs.forEach((names, policy) => {
    if (names === undefined) table.addAlways(policy);
    else for (const name of names) table.add(name, false, policy);
  });
  return ({ connection: { tls } }, set) => {
    table.begin();
    if (tls !== undefined) {
      const { peer } = tls;
      table.allow(peer?.subject ?? '');
      if (peer !== undefined) {
        const { uriSans, dnsSans } = peer;
        for (let i = 0; i < uriSans.length; i += 1) table.allow(uriSans[i]!);
        for (let i = 0; i < dnsSans.length; i += 1) table.allow(dnsSans[i]!);
      }
    }
    table.end(set);
  };
}

/** Each length of a prefix costs a look-up: beyond this many, policies with prefixes are asked instead. */
const MAX_PREFIX_LENGTHS = 8;

/** Undefined where too few policies need paths. */
function pathFilter(policies: readonly PolicyRuntime[]): Filter | undefined {
  const needs = policies.map(({ permissions, principals }) => needsOfAll([permissions.needs, principals.needs]).paths);
  if (needs.filter((paths) => paths !== undefined).length < MIN_INDEXED) return undefined;
  const table = new Table(policies.length);
  const lengths = commonLengths(needs.flatMap((paths) => paths ?? []).filter(({ isPrefix }) => isPrefix));
  needs.forEach((paths, policy) => {
    const isIndexed = paths?.every(({ isPrefix, text }) => !isPrefix || lengths.includes(text.length));
    if (paths === undefined || isIndexed !== true) table.addAlways(policy);
    else for (const { text, isPrefix } of paths) table.add(text, isPrefix, policy);
  });
  return ({ request }, set) => {
    table.begin();
    if (request !== undefined && request.path !== '') {
      const path = pathWithoutQuery(request.path);
      table.allow(path);
      for (let i = 0; i < lengths.length; i += 1) {
        if (lengths[i]! <= path.length) table.allowPrefix(path.slice(0, lengths[i]));
      }
    }
    table.end(set);
  };
}

/** The lengths that most prefixes have. */
function commonLengths(prefixes: readonly { readonly text: string }[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { text } of prefixes) counts.set(text.length, (counts.get(text.length) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_PREFIX_LENGTHS)
    .map(([length]) => length);
}

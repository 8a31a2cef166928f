/**
 * The path conditions of an ordered route list, indexed so that a request does not look at routes it cannot take. The
 * order of the list stays the rule: the answer is always the first route whose path condition holds.
 */
import { err, ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import type { Compiled, CompileError } from './compile-error.ts';
import { compilePathMatcher, isSeparated, type PathMatcher, type PathMatcherSpec } from './path-matcher.ts';
import type { RegexLimits } from './regex.ts';

/** An indexed route list. */
export interface PathTable {
  readonly size: number;
  /**
   * The first route at or after `from` whose path condition holds, or -1. A caller with further conditions goes on from
   * the answer plus one; no condition is evaluated twice on the way.
   */
  next(path: string, from: number): number;
  /** The path condition of a route as text. */
  describe(index: number): string;
}

/** Route numbers, ascending. */
type Routes = number[];

interface PrefixNode {
  readonly text: string;
  /** Number of the longest other prefix that this one begins with, or -1. */
  parent: number;
  readonly plain: Routes;
  readonly separated: Routes;
}

interface PathIndex {
  readonly exact: ReadonlyMap<string, Routes>;
  /** Sorted by text. */
  readonly prefixes: readonly PrefixNode[];
  readonly isEmpty: boolean;
}

interface SlowRoutes {
  readonly routes: readonly number[];
  readonly matchers: readonly PathMatcher[];
}

const NONE = Number.MAX_SAFE_INTEGER;

/** Compiles the path conditions of a route list; route `i` is reported as `path[i]`. */
export function compilePathTable(
  specs: readonly PathMatcherSpec[],
  path: string,
  limits?: RegexLimits,
): Compiled<PathTable> {
  const errors: CompileError[] = [];
  const matchers: PathMatcher[] = [];
  specs.forEach((spec, i) => {
    const compiled = compilePathMatcher(spec, `${path}[${i}]`, limits);
    if (compiled.kind === 'err') errors.push(...compiled.error);
    else matchers.push(compiled.value);
  });
  if (errors.length > 0) return err(errors);
  if (specs.length <= MAX_UNINDEXED) return ok(new PlainTable(matchers));
  const cased = buildIndex(specs, false);
  const caseless = buildIndex(specs, true);
  const slow = slowRoutes(specs, matchers);
  return ok({
    size: specs.length,
    next: (given, from) => {
      let best = cased.isEmpty ? NONE : nextIndexed(cased, given, from);
      if (!caseless.isEmpty) best = Math.min(best, nextIndexed(caseless, asciiLower(given), from));
      best = nextSlow(slow, given, from, best);
      return best === NONE ? -1 : best;
    },
    describe: (index) => matchers[index]?.describe() ?? NO_ROUTE,
  });
}

/** So few routes are asked faster one by one, and thousands of small tables should not each have an index. */
const MAX_UNINDEXED = 3;

/** A class for the reason that plain matchers are one. */
class PlainTable implements PathTable {
  readonly size: number;
  readonly matchers: readonly PathMatcher[];

  constructor(matchers: readonly PathMatcher[]) {
    this.size = matchers.length;
    this.matchers = matchers;
  }

  next(path: string, from: number): number {
    for (let i = from; i < this.size; i += 1) if (this.matchers[i]!.matches(path)) return i;
    return -1;
  }

  describe(index: number): string {
    return this.matchers[index]?.describe() ?? NO_ROUTE;
  }
}

const NO_ROUTE = 'no such route';

function slowRoutes(specs: readonly PathMatcherSpec[], matchers: readonly PathMatcher[]): SlowRoutes {
  const routes = specs.flatMap((spec, i) => ('value' in spec ? [] : [i]));
  return { routes, matchers: routes.map((route) => matchers[route]!) };
}

function buildIndex(specs: readonly PathMatcherSpec[], ignoreCase: boolean): PathIndex {
  const exact = new Map<string, Routes>();
  const prefixes = new Map<string, PrefixNode>();
  specs.forEach((spec, route) => {
    if (!('value' in spec) || (spec.ignoreCase === true) !== ignoreCase) return;
    const text = ignoreCase ? asciiLower(spec.value) : spec.value;
    if (spec.kind === 'exact') {
      const routes = exact.get(text);
      if (routes === undefined) exact.set(text, [route]);
      else routes.push(route);
      return;
    }
    const node = prefixes.get(text) ?? { text, parent: -1, plain: [], separated: [] };
    prefixes.set(text, node);
    (spec.kind === 'prefix' ? node.plain : node.separated).push(route);
  });
  const sorted = [...prefixes.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
  linkParents(sorted);
  return { exact, prefixes: sorted, isEmpty: exact.size === 0 && sorted.length === 0 };
}

/** In sorted order everything that begins with a prefix follows it directly, so its parent is found on the way back. */
function linkParents(sorted: readonly PrefixNode[]): void {
  for (let i = 1; i < sorted.length; i += 1) {
    let parent = i - 1;
    while (parent !== -1 && !sorted[i]!.text.startsWith(sorted[parent]!.text)) parent = sorted[parent]!.parent;
    sorted[i]!.parent = parent;
  }
}

function nextIndexed(index: PathIndex, path: string, from: number): number {
  const exact = index.exact.get(path);
  let best = exact === undefined ? NONE : firstFrom(exact, from);
  let at = lastAtOrBelow(index.prefixes, path);
  while (at !== -1) {
    const node = index.prefixes[at]!;
    // Once one prefix holds, so do all its parents; before that the chain is only searched.
    if (path.startsWith(node.text)) {
      best = Math.min(best, firstFrom(node.plain, from));
      if (node.separated.length > 0 && isSeparated(path, node.text.length)) {
        best = Math.min(best, firstFrom(node.separated, from));
      }
    }
    at = node.parent;
  }
  return best;
}

/** Number of the greatest prefix text that is not greater than the path, or -1. */
function lastAtOrBelow(prefixes: readonly PrefixNode[], path: string): number {
  let low = 0;
  let high = prefixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (prefixes[middle]!.text <= path) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function firstFrom(routes: Routes, from: number): number {
  const at = lowerBound(routes, from);
  return at === routes.length ? NONE : routes[at]!;
}

function lowerBound(routes: readonly number[], from: number): number {
  let low = 0;
  let high = routes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (routes[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Only routes before the best indexed one are evaluated. */
function nextSlow(slow: SlowRoutes, path: string, from: number, best: number): number {
  const { routes, matchers } = slow;
  for (let i = lowerBound(routes, from); i < routes.length; i += 1) {
    const route = routes[i]!;
    if (route > best) break;
    if (matchers[i]!.matches(path)) return route;
  }
  return best;
}

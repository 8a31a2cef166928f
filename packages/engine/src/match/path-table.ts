/**
 * The path conditions of an ordered route list, indexed so that a request does not look at routes it cannot take. The
 * order of the list stays the rule: the answer is always the first route whose path condition holds.
 */
import { err, ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import type { Compiled, CompileError } from './compile-error.ts';
import { compilePathMatcher, type PathMatcher, type PathMatcherSpec } from './path-matcher.ts';
import { lowerBound, NO_INDEX, PathTree } from './path-tree.ts';
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

interface SlowRoutes {
  readonly routes: readonly number[];
  readonly matchers: readonly PathMatcher[];
}

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
  const cased = buildTree(specs, false);
  const caseless = buildTree(specs, true);
  const slow = slowRoutes(specs, matchers);
  return ok({
    size: specs.length,
    next: (given, from) => {
      let best = cased.next(given, from);
      if (!caseless.isEmpty) best = Math.min(best, caseless.next(asciiLower(given), from));
      best = nextSlow(slow, given, from, best);
      return best === NO_INDEX ? -1 : best;
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

const ENTRY_KINDS = { exact: 'exact', prefix: 'prefix', separatedPrefix: 'separated' } as const;

function buildTree(specs: readonly PathMatcherSpec[], ignoreCase: boolean): PathTree {
  const tree = new PathTree();
  specs.forEach((spec, route) => {
    if (!('value' in spec) || (spec.ignoreCase === true) !== ignoreCase) return;
    tree.add(ignoreCase ? asciiLower(spec.value) : spec.value, ENTRY_KINDS[spec.kind], route);
  });
  return tree;
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

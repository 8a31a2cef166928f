import type { Matcher_MatcherTree_MatchMap } from '@weft/proto/xds/type/matcher/v3/matcher';
import { wireText } from '../../match/wire-text.ts';
import type { MatcherNode, MatcherScope } from '../scope.ts';
import type { ValueTree } from './value-tree.ts';

/** Compiles a map of whole values; undefined when there was a problem. */
export function compileExactMap<A>(
  message: Matcher_MatcherTree_MatchMap,
  isWire: boolean,
  path: string,
  scope: MatcherScope<A>,
): ValueTree<A> | undefined {
  const byValue = compileEntries(message, isWire, path, scope);
  return (
    byValue && {
      find: (value, view, trace) => byValue.get(value)?.find(view, trace),
      describe: () => `one of ${byValue.size} values`,
    }
  );
}

/** Compiles a map of beginnings, of which the longest that leads to an action counts; undefined when there was a problem. */
export function compilePrefixMap<A>(
  message: Matcher_MatcherTree_MatchMap,
  isWire: boolean,
  path: string,
  scope: MatcherScope<A>,
): ValueTree<A> | undefined {
  const byPrefix = compileEntries(message, isWire, path, scope);
  if (byPrefix === undefined) return undefined;
  const lengths = [...new Set([...byPrefix.keys()].map((prefix) => prefix.length))].sort((a, b) => b - a);
  return {
    find: (value, view, trace) => {
      for (const length of lengths) {
        const found = length > value.length ? undefined : byPrefix.get(value.slice(0, length))?.find(view, trace);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    describe: () => `one of ${byPrefix.size} prefixes`,
  };
}

function compileEntries<A>(
  message: Matcher_MatcherTree_MatchMap,
  isWire: boolean,
  path: string,
  scope: MatcherScope<A>,
): ReadonlyMap<string, MatcherNode<A>> | undefined {
  const before = scope.context.problems.count;
  const entries = new Map<string, MatcherNode<A>>();
  for (const [key, onMatch] of Object.entries(message.map)) {
    const node = scope.compileOnMatch(onMatch, `${path}.map[${JSON.stringify(key)}]`);
    if (node !== undefined) entries.set(isWire ? wireText(key) : key, node);
  }
  return scope.context.problems.count === before ? entries : undefined;
}

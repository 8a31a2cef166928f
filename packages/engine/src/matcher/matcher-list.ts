import type { Matcher_MatcherList, Matcher_MatcherList_FieldMatcher } from '@weft/proto/xds/type/matcher/v3/matcher';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { Trace } from '../trace/trace.ts';
import { compilePredicate, type Predicate } from './predicate.ts';
import type { MatcherNode, MatcherScope } from './scope.ts';

/** What is supported of lists. */
export const MATCHER_LIST_SUPPORT = [
  supports<Matcher_MatcherList>('xds.type.matcher.v3.Matcher.MatcherList', { matchers: true }),
  supports<Matcher_MatcherList_FieldMatcher>('xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher', {
    predicate: true,
    onMatch: true,
  }),
];

interface Entry<A> {
  readonly predicate: Predicate;
  readonly onMatch: MatcherNode<A>;
  /** For traces. */
  readonly place: string;
}

/** Compiles a list, whose entries are tried in order until one leads to an action; undefined when there was a problem. */
export function compileMatcherList<A>(
  message: Matcher_MatcherList,
  path: string,
  scope: MatcherScope<A>,
): MatcherNode<A> | undefined {
  const entries = compileList(message.matchers, `${path}.matchers`, (matcher, at) => compileEntry(matcher, at, scope));
  if (entries === undefined) return undefined;
  return {
    find: (view, trace) => {
      for (let i = 0; i < entries.length; i += 1) {
        const entry = entries[i]!;
        const holds = entry.predicate.holds(view);
        if (trace !== undefined) traceEntry(entry, holds, trace);
        const found = holds ? entry.onMatch.find(view, trace) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function compileEntry<A>(
  message: Matcher_MatcherList_FieldMatcher,
  path: string,
  scope: MatcherScope<A>,
): Entry<A> | undefined {
  const { context, inputs } = scope;
  if (message.predicate === undefined) return isMissing(path, 'predicate', context);
  const predicate = compilePredicate(message.predicate, inputs, `${path}.predicate`, context);
  const onMatch = scope.compileOnMatch(message.onMatch, `${path}.on_match`);
  return predicate && onMatch && { predicate, onMatch, place: path };
}

function traceEntry<A>({ predicate, place }: Entry<A>, holds: boolean, trace: Trace): void {
  trace.step({ kind: 'matcher', name: place, outcome: holds ? 'matched' : 'failed', why: predicate.describe() });
}

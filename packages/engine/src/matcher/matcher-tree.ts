import type { TypedExtensionConfig } from '@weft/proto/xds/core/v3/extension';
import type { ServerNameMatcher } from '@weft/proto/xds/type/matcher/v3/domain';
import type { IPMatcher } from '@weft/proto/xds/type/matcher/v3/ip';
import type {
  Matcher,
  Matcher_MatcherTree,
  Matcher_MatcherTree_MatchMap,
  Matcher_OnMatch,
} from '@weft/proto/xds/type/matcher/v3/matcher';
import type { CompileContext } from '../compile/context.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { type ExtensionMessage, unpackExtension } from '../route/extension.ts';
import type { Trace } from '../trace/trace.ts';
import { compileInput, type MatchInput, type MatchInputCompiler } from './match-input.ts';
import { compileMatcherList } from './matcher-list.ts';
import type { MatcherNode, MatcherScope } from './scope.ts';
import { compileIpRanges } from './trees/ip-ranges.ts';
import { compileExactMap, compilePrefixMap } from './trees/match-map.ts';
import { compileServerNameTree } from './trees/server-names.ts';
import type { ValueTree } from './trees/value-tree.ts';

/** What is supported of matchers. */
export const MATCHER_TREE_SUPPORT = [
  supports<Matcher>('xds.type.matcher.v3.Matcher', {
    matcherType: { matcherList: true, matcherTree: true },
    onNoMatch: true,
  }),
  supports<Matcher_OnMatch>('xds.type.matcher.v3.Matcher.OnMatch', {
    onMatch: { matcher: true, action: true },
    keepMatching: 'matching ends with the first action that is found: leave it out',
  }),
  supports<Matcher_MatcherTree>('xds.type.matcher.v3.Matcher.MatcherTree', {
    input: true,
    treeType: { exactMatchMap: true, prefixMatchMap: true, customMatch: true },
  }),
  supports<Matcher_MatcherTree_MatchMap>('xds.type.matcher.v3.Matcher.MatcherTree.MatchMap', { map: true }),
  supports<TypedExtensionConfig>('xds.core.v3.TypedExtensionConfig', { name: true, typedConfig: true }),
];

/** What a place allows in its matchers. */
export interface MatcherPlace<A> {
  /** What may be looked at. */
  readonly inputs: readonly MatchInputCompiler[];
  /** Compiles an action; undefined when there was a problem. */
  compileAction(action: ExtensionMessage, path: string): A | undefined;
}

/** Compiles a matcher; undefined when there was a problem. Messages are decoded to a bounded depth, so the recursion is bounded. */
export function compileMatcherTree<A>(
  message: Matcher,
  place: MatcherPlace<A>,
  path: string,
  context: CompileContext,
): MatcherNode<A> | undefined {
  const scope: MatcherScope<A> = {
    context,
    inputs: place.inputs,
    compileOnMatch: (onMatch, at) => compileOnMatch(onMatch, place, at, scope),
  };
  return compileMatcher(message, path, scope);
}

function compileOnMatch<A>(
  message: Matcher_OnMatch | undefined,
  place: MatcherPlace<A>,
  path: string,
  scope: MatcherScope<A>,
): MatcherNode<A> | undefined {
  const given = message?.onMatch;
  if (given?.case === 'matcher') return compileMatcher(given.value, `${path}.matcher`, scope);
  if (given?.case !== 'action') return isMissing(path, 'matcher or action', scope.context);
  const action = place.compileAction(given.value, `${path}.action`);
  return action === undefined ? undefined : { find: () => action };
}

function compileMatcher<A>(message: Matcher, path: string, scope: MatcherScope<A>): MatcherNode<A> | undefined {
  const before = scope.context.problems.count;
  const first = compileType(message, path, scope);
  const fallback = message.onNoMatch && scope.compileOnMatch(message.onNoMatch, `${path}.on_no_match`);
  if (scope.context.problems.count !== before || first === undefined) return undefined;
  if (fallback === undefined) return first;
  return { find: (view, trace) => first.find(view, trace) ?? fallback.find(view, trace) };
}

/** A matcher without anything to match is all fallback, as in Envoy. */
const NOTHING: MatcherNode<never> = { find: () => undefined };

function compileType<A>({ matcherType }: Matcher, path: string, scope: MatcherScope<A>): MatcherNode<A> | undefined {
  switch (matcherType.case) {
    case undefined:
      return NOTHING;
    case 'matcherList':
      return compileMatcherList(matcherType.value, `${path}.matcher_list`, scope);
    case 'matcherTree':
      return compileTree(matcherType.value, `${path}.matcher_tree`, scope);
  }
}

function compileTree<A>(
  message: Matcher_MatcherTree,
  path: string,
  scope: MatcherScope<A>,
): MatcherNode<A> | undefined {
  if (message.input === undefined) return isMissing(path, 'input', scope.context);
  const input = compileInput(message.input, scope.inputs, `${path}.input`, scope.context);
  const tree = compileTreeType(message, input?.isWire === true, path, scope);
  if (input === undefined || tree === undefined) return undefined;
  return {
    find: (view, trace) => {
      const value = input.read(view);
      const found = value === undefined ? undefined : tree.find(value, view, trace);
      if (trace !== undefined) traceTree(path, input, tree, value, found !== undefined, trace);
      return found;
    },
  };
}

function compileTreeType<A>(
  { treeType }: Matcher_MatcherTree,
  isWire: boolean,
  path: string,
  scope: MatcherScope<A>,
): ValueTree<A> | undefined {
  switch (treeType.case) {
    case undefined:
      return isMissing(path, 'tree_type', scope.context);
    case 'exactMatchMap':
      return compileExactMap(treeType.value, isWire, `${path}.exact_match_map`, scope);
    case 'prefixMatchMap':
      return compilePrefixMap(treeType.value, isWire, `${path}.prefix_match_map`, scope);
    case 'customMatch':
      return compileCustomTree(treeType.value, `${path}.custom_match`, scope);
  }
}

function compileCustomTree<A>(
  extension: ExtensionMessage,
  path: string,
  scope: MatcherScope<A>,
): ValueTree<A> | undefined {
  const message = unpackExtension<IPMatcher | ServerNameMatcher>(extension, path, scope.context, [
    'xds.type.matcher.v3.IPMatcher',
    'xds.type.matcher.v3.ServerNameMatcher',
  ]);
  const at = `${path}.typed_config`;
  if (message === undefined) return undefined;
  return message.$typeName === 'xds.type.matcher.v3.IPMatcher'
    ? compileIpRanges(message, at, scope)
    : compileServerNameTree(message, at, scope);
}

function traceTree<A>(
  path: string,
  input: MatchInput,
  tree: ValueTree<A>,
  value: string | undefined,
  isFound: boolean,
  trace: Trace,
): void {
  const why =
    value === undefined
      ? `no ${input.describe()}`
      : `${input.describe()} is ${JSON.stringify(value)}: ${tree.describe()}`;
  trace.step({ kind: 'matcher', name: path, outcome: isFound ? 'matched' : 'failed', why });
}

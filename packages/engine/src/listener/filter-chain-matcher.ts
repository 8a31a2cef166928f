import type { Matcher } from '@weft/proto/xds/type/matcher/v3/matcher';
import type { CompileContext } from '../compile/context.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { CONNECTION_INPUTS } from '../matcher/inputs/all.ts';
import { compileMatcherTree } from '../matcher/matcher-tree.ts';
import { unpackExtension } from '../route/extension.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { MatchView } from '../view/match-view.ts';
import type { FilterChainTable } from './filter-chain-table.ts';

/** The generated form of google.protobuf.StringValue. */
interface StringValue {
  readonly $typeName: 'google.protobuf.StringValue';
  readonly value: string;
}

/** What is supported of the actions of `filter_chain_matcher`: the name of a chain. */
export const CHAIN_NAME_SUPPORT = [supports<StringValue>('google.protobuf.StringValue', { value: true })];

/** A chain that a matcher may name. */
interface NamedChain {
  readonly name: string;
}

/** Compiles the matcher that chooses among chains by name; undefined when there was a problem. What the chains themselves ask for does not count. */
export function compileChainMatcher<C extends NamedChain>(
  message: Matcher,
  chains: readonly C[],
  base: string,
  context: CompileContext,
): FilterChainTable<C> | undefined {
  const before = context.problems.count;
  const byName = new Map<string, C>();
  chains.forEach((chain, i) => {
    const path = `${base}filter_chains[${i}].name`;
    if (chain.name === '') isMissing(path, 'with filter_chain_matcher, a name', context);
    if (byName.has(chain.name)) context.problems.add(path, `duplicate name ${JSON.stringify(chain.name)}`);
    byName.set(chain.name, chain);
  });
  const place = {
    inputs: CONNECTION_INPUTS,
    compileAction: (action: Parameters<typeof unpackExtension>[0], path: string): C | undefined => {
      const name = unpackExtension<StringValue>(action, path, context, ['google.protobuf.StringValue'])?.value;
      const chain = name === undefined ? undefined : byName.get(name);
      if (name !== undefined && chain === undefined)
        context.problems.add(path, `no filter chain ${JSON.stringify(name)}`);
      return chain;
    },
  };
  const tree = compileMatcherTree(message, place, `${base}filter_chain_matcher`, context);
  if (tree === undefined || context.problems.count !== before) return undefined;
  return { find: (connection, trace) => tree.find(viewOf(connection), trace) };
}

/** There is no stream yet when a chain is chosen. */
function viewOf(connection: ConnectionView): MatchView {
  return {
    connection,
    request: undefined,
    response: undefined,
    remote: connection.remote,
    dynamicMetadata: {},
    filterState: () => undefined,
  };
}

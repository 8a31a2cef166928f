import type { Filter } from '@weft/proto/envoy/config/listener/v3/listener_components';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory, type ExtensionCompiler } from '../config/extension-category.ts';

/** What is supported of the entries of a chain of network filters. */
export const NETWORK_FILTER_SUPPORT = [
  supports<Filter>('envoy.config.listener.v3.Filter', {
    name: true,
    configType: {
      typedConfig: true,
      configDiscovery: 'filters are not fetched one by one: give their typed_config',
    },
  }),
];

/** One network filter. */
export interface NetworkFilterCompiler extends ExtensionCompiler<unknown> {
  /** Whether it is the last of its chain: it keeps the connection's bytes. */
  readonly isTerminal?: boolean;
}

/** One network filter of a chain, in order. */
export interface NetworkFilterRuntime {
  /** The configured name. */
  readonly name: string;
  /** The type of its message, which says which filter it is. */
  readonly typeName: string;
  /** What its compiler made of the message. */
  readonly config: unknown;
}

/** Compiles a chain of network filters; undefined when there was a problem. A chain without any closes its connections. */
export function compileNetworkFilters(
  messages: readonly Filter[],
  category: ExtensionCategory<unknown, NetworkFilterCompiler>,
  path: string,
  context: ConfigContext,
): readonly NetworkFilterRuntime[] | undefined {
  const filters = compileList(messages, path, ({ name, configType }, at): NetworkFilterRuntime | undefined => {
    const typedConfig = configType.case === 'typedConfig' ? configType.value : undefined;
    return compileExtension(category, { name, typedConfig }, at, context);
  });
  if (filters === undefined) return undefined;
  const before = context.problems.count;
  filters.forEach((filter, i) => {
    const compiler = category.supported.find((each) => each.typeName === filter.typeName);
    const isTerminal = compiler?.isTerminal === true;
    const who = `filter ${JSON.stringify(filter.name)} (${filter.typeName})`;
    if (isTerminal && i < filters.length - 1)
      context.problems.add(`${path}[${i}]`, `terminal ${who} must be the last filter`);
    if (!isTerminal && i === filters.length - 1)
      context.problems.add(`${path}[${i}]`, `non-terminal ${who} is the last filter`);
  });
  return context.problems.count === before ? Object.freeze(filters) : undefined;
}

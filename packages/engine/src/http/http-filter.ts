import type { HttpFilter } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory, type ExtensionCompiler } from '../config/extension-category.ts';
import type { RouteFilterCompiler } from '../route/context.ts';
import type { HttpFilterRuntime } from './manager-runtime.ts';

/** What is supported of the entries of a filter chain. */
export const HTTP_FILTER_SUPPORT = [
  supports<HttpFilter>('envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', {
    name: true,
    configType: {
      typedConfig: true,
      configDiscovery: 'filters are not fetched one by one: give their typed_config',
    },
    isOptional: true,
    disabled: true,
  }),
];

/** One HTTP filter. */
export interface HttpFilterCompiler extends ExtensionCompiler<unknown> {
  /** Whether it is the last of its chain: requests go no further. */
  readonly isTerminal?: boolean;
  /** What routes may say to it. */
  readonly route?: RouteFilterCompiler;
}

/** All HTTP filters. */
export type HttpFilterCategory = ExtensionCategory<unknown, HttpFilterCompiler>;

/** Compiles a chain of filters; undefined when there was a problem. */
export function compileHttpFilters(
  messages: readonly HttpFilter[],
  category: HttpFilterCategory,
  path: string,
  context: ConfigContext,
): readonly HttpFilterRuntime[] | undefined {
  const known = messages.filter((message) => !message.isOptional || isKnown(message, category, context));
  const filters = compileList(known, path, (message) =>
    compileHttpFilter(message, category, `${path}[${messages.indexOf(message)}]`, context),
  );
  if (filters === undefined) return undefined;
  return checkOrder(filters, category, path, context) ? Object.freeze(filters) : undefined;
}

function isKnown({ configType }: HttpFilter, category: HttpFilterCategory, context: ConfigContext): boolean {
  if (configType.case !== 'typedConfig') return false;
  const typeName = context.typeNameIn(configType.value);
  return category.supported.some((each) => each.typeName === typeName);
}

function compileHttpFilter(
  { name, configType, disabled }: HttpFilter,
  category: HttpFilterCategory,
  path: string,
  context: ConfigContext,
): HttpFilterRuntime | undefined {
  const typedConfig = configType.case === 'typedConfig' ? configType.value : undefined;
  const compiled = compileExtension(category, { name, typedConfig }, path, context);
  return compiled && Object.freeze({ ...compiled, isDisabled: disabled });
}

function checkOrder(
  filters: readonly HttpFilterRuntime[],
  category: HttpFilterCategory,
  path: string,
  context: ConfigContext,
): boolean {
  const before = context.problems.count;
  const terminals = category.supported.filter((each) => each.isTerminal === true).map((each) => each.typeName);
  filters.forEach((filter, i) => {
    const who = `filter ${JSON.stringify(filter.name)} (${filter.typeName})`;
    const isLast = i === filters.length - 1;
    if (terminals.includes(filter.typeName)) {
      if (!isLast) context.problems.add(`${path}[${i}]`, `terminal ${who} must be the last filter`);
      else if (filter.isDisabled) context.problems.add(`${path}[${i}].disabled`, `terminal ${who} cannot be disabled`);
    } else if (isLast) {
      context.problems.add(`${path}[${i}]`, `non-terminal ${who} is the last filter: the last one must be the router`);
    }
  });
  if (filters.length === 0) context.problems.add(path, 'needs at least a router');
  return context.problems.count === before;
}

import type { FilterConfig } from '@weft/proto/envoy/config/route/v3/route_components';
import type { AnyMessage, TypedMessage } from '../compile/context.ts';
import { supports } from '../compile/support.ts';
import type { RouteCompileContext } from './context.ts';

/** What is supported of the wrapper around a filter's configuration. */
export const FILTER_CONFIG_SUPPORT = [
  supports<FilterConfig>('envoy.config.route.v3.FilterConfig', { config: true, isOptional: true, disabled: true }),
];

/** What routes say to one filter. */
export interface FilterOverride {
  /** The compiled configurations, the most specific level first. */
  readonly configs: readonly unknown[];
  /** Whether the filter is switched off, or on although the connection manager has it off; undefined leaves it to the manager. */
  readonly isDisabled: boolean | undefined;
}

/** By the configured name of the filter; the levels are merged when they are compiled. */
export type FilterOverrides = ReadonlyMap<string, FilterOverride>;

/** No level says anything. */
export const NO_OVERRIDES: FilterOverrides = new Map();

const WRAPPER = 'envoy.config.route.v3.FilterConfig';

/** What one level says to one filter; `config` is undefined where it only switches the filter off. */
interface Override {
  readonly config: unknown;
  readonly isDisabled: boolean;
}

/**
 * Compiles `typed_per_filter_config` of one level on top of what the levels around it said. A level without any shares their map. Undefined when
 * there was a problem.
 */
export function compileFilterOverrides(
  messages: Readonly<Record<string, AnyMessage>>,
  outer: FilterOverrides,
  path: string,
  context: RouteCompileContext,
): FilterOverrides | undefined {
  const names = Object.keys(messages);
  if (names.length === 0) return outer;
  const before = context.problems.count;
  const merged = new Map(outer);
  for (const name of names) {
    const own = compileOverride(messages[name]!, `${path}[${JSON.stringify(name)}]`, context);
    if (own !== undefined) merged.set(name, mergeOverride(own, outer.get(name)));
  }
  return context.problems.count === before ? merged : undefined;
}

function mergeOverride(own: Override, outer: FilterOverride | undefined): FilterOverride {
  const inherited = outer?.configs ?? [];
  const configs = own.config === undefined ? inherited : [own.config, ...inherited];
  return Object.freeze({ configs, isDisabled: own.isDisabled });
}

function compileOverride(any: AnyMessage, path: string, context: RouteCompileContext): Override | undefined {
  if (typeNameOf(any) !== WRAPPER) return compileConfig(any, false, path, context);
  const wrapper = context.unpack(any, path);
  if (wrapper === undefined) return undefined;
  const { config, isOptional, disabled } = wrapper as FilterConfig;
  if (disabled) return { config: undefined, isDisabled: true };
  if (config !== undefined) return compileConfig(config, isOptional, `${path}.config`, context);
  context.problems.add(path, 'needs a config, unless the filter is disabled here');
  return undefined;
}

function compileConfig(
  any: AnyMessage,
  isOptional: boolean,
  path: string,
  context: RouteCompileContext,
): Override | undefined {
  const message = isOptional && !isKnown(any, context) ? undefined : context.unpack(any, path);
  if (message === undefined) return undefined;
  const compiler = compilerOf(message, context);
  if (compiler !== undefined) {
    const config = compiler.compile(message, path, context);
    return config === undefined ? undefined : { config, isDisabled: false };
  }
  if (!isOptional) context.problems.add(path, `no filter takes a ${message.$typeName} from a route`);
  return undefined;
}

function compilerOf(message: TypedMessage, context: RouteCompileContext) {
  return context.routeFilters.find((filter) => filter.typeName === message.$typeName);
}

/** A struct only shows its type when it is unpacked. */
function isKnown(any: AnyMessage, context: RouteCompileContext): boolean {
  const typeName = typeNameOf(any);
  return typeName.endsWith('.TypedStruct') || context.routeFilters.some((filter) => filter.typeName === typeName);
}

function typeNameOf(any: AnyMessage): string {
  return any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1);
}

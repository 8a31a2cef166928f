import type {
  ListenerFilter,
  ListenerFilterChainMatchPredicate,
  ListenerFilterChainMatchPredicate_MatchSet,
} from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { Int32Range } from '@weft/proto/envoy/type/v3/range';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension } from '../config/extension-category.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import { LISTENER_FILTERS } from './listener-filters.ts';

/** What is supported of listener filters. */
export const LISTENER_FILTER_SUPPORT = [
  supports<ListenerFilter>('envoy.config.listener.v3.ListenerFilter', {
    name: true,
    configType: {
      typedConfig: true,
      configDiscovery: 'filters are not fetched one by one: give their typed_config',
    },
    filterDisabled: true,
  }),
  supports<ListenerFilterChainMatchPredicate>('envoy.config.listener.v3.ListenerFilterChainMatchPredicate', {
    rule: { orMatch: true, andMatch: true, notMatch: true, anyMatch: true, destinationPortRange: true },
  }),
  supports<ListenerFilterChainMatchPredicate_MatchSet>(
    'envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet',
    { rules: true },
  ),
  supports<Int32Range>('envoy.type.v3.Int32Range', { start: true, end: true }),
];

/** A compiled listener filter. */
export interface ListenerFilterRuntime {
  readonly name: string;
  readonly typeName: string;
  readonly config: unknown;
  /** Whether the filter is passed over for a connection. */
  isDisabledFor(connection: ConnectionView): boolean;
}

/** A test of a connection that has just been accepted. */
type ConnectionTest = (connection: ConnectionView) => boolean;

/** Compiles a listener filter; undefined when there was a problem. */
export function compileListenerFilter(
  { name, configType, filterDisabled }: ListenerFilter,
  path: string,
  context: ConfigContext,
): ListenerFilterRuntime | undefined {
  const typedConfig = configType.case === 'typedConfig' ? configType.value : undefined;
  const compiled = compileExtension(LISTENER_FILTERS, { name, typedConfig }, path, context);
  const isDisabledFor =
    filterDisabled === undefined ? () => false : compilePredicate(filterDisabled, `${path}.filter_disabled`, context);
  if (compiled === undefined || isDisabledFor === undefined) return undefined;
  return Object.freeze({ ...compiled, isDisabledFor });
}

/** Messages are decoded to a bounded depth, so the recursion is bounded too. */
function compilePredicate(
  { rule }: ListenerFilterChainMatchPredicate,
  path: string,
  context: ConfigContext,
): ConnectionTest | undefined {
  switch (rule.case) {
    case undefined:
      return isMissing(path, 'or_match, and_match, not_match, any_match or destination_port_range', context);
    case 'anyMatch':
      return () => true;
    case 'destinationPortRange': {
      const { start, end } = rule.value;
      return ({ local }) => local.port >= start && local.port < end;
    }
    case 'notMatch': {
      const test = compilePredicate(rule.value, `${path}.not_match`, context);
      return test && ((connection) => !test(connection));
    }
    case 'orMatch': {
      const tests = compileSet(rule.value, `${path}.or_match`, context);
      return tests && ((connection) => tests.some((test) => test(connection)));
    }
    case 'andMatch': {
      const tests = compileSet(rule.value, `${path}.and_match`, context);
      return tests && ((connection) => tests.every((test) => test(connection)));
    }
  }
}

function compileSet(
  { rules }: ListenerFilterChainMatchPredicate_MatchSet,
  path: string,
  context: ConfigContext,
): readonly ConnectionTest[] | undefined {
  return compileList(rules, `${path}.rules`, (rule, at) => compilePredicate(rule, at, context));
}

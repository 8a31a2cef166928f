/** Objects that filters put into the state of a stream or a connection. */
import type {
  FilterStateValue,
  FilterStateValue_SharedWithUpstream,
} from '@weft/proto/envoy/extensions/filters/common/set_filter_state/v3/value';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { supportsEnum } from '../compile/support-enum.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { Formatter } from '../format/formatter.ts';
import { compileSubstitutionFormat } from '../format/substitution-format.ts';
import { ORIGINAL_DST_KEY, TCP_CLUSTER_KEY } from '../view/filter-state-keys.ts';

const TYPE = 'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue';
const NOT_SHARED = 'upstream connections do not take over the state of downstream ones: use NONE';

/** What is supported of objects. */
export const FILTER_STATE_SUPPORT = [
  supports<FilterStateValue>(TYPE, {
    key: { objectKey: true },
    factoryKey: true,
    value: { formatString: true },
    readOnly: true,
    sharedWithUpstream: true,
    skipIfEmpty: true,
  }),
  supportsEnum<typeof FilterStateValue_SharedWithUpstream>(`${TYPE}.SharedWithUpstream`, {
    NONE: true,
    ONCE: NOT_SHARED,
    TRANSITIVE: NOT_SHARED,
  }),
];

/** Objects of these kinds are texts, and are read as such. */
const FACTORIES: ReadonlySet<string> = new Set(['envoy.string', TCP_CLUSTER_KEY, ORIGINAL_DST_KEY]);

/** One object to set. */
export interface FilterStateRule {
  readonly key: string;
  readonly formatter: Formatter;
  /** Whether nobody may set it again. */
  readonly isReadOnly: boolean;
  readonly skipsEmpty: boolean;
}

/** Compiles objects; undefined when there was a problem. */
export function compileFilterState(
  messages: readonly FilterStateValue[],
  path: string,
  context: ConfigContext,
): readonly FilterStateRule[] | undefined {
  return compileList(messages, path, (message, at) => compileRule(message, at, context));
}

function compileRule(message: FilterStateValue, path: string, context: ConfigContext): FilterStateRule | undefined {
  const key = message.key.value ?? '';
  if (key === '') return isMissing(path, 'object_key', context);
  const factory = message.factoryKey || key;
  if (!FACTORIES.has(factory)) {
    const known = [...FACTORIES].join(', ');
    context.problems.add(
      `${path}.factory_key`,
      `objects of kind ${JSON.stringify(factory)} cannot be made; those that can: ${known}`,
    );
    return undefined;
  }
  if (message.sharedWithUpstream !== 0) {
    context.problems.add(`${path}.shared_with_upstream`, NOT_SHARED);
    return undefined;
  }
  if (message.value.value === undefined) return isMissing(path, 'format_string', context);
  const format = compileSubstitutionFormat(message.value.value, `${path}.format_string`, context);
  if (format === undefined) return undefined;
  return { key, formatter: format.formatter, isReadOnly: message.readOnly, skipsEmpty: message.skipIfEmpty };
}

import type { FilterStateMatcher as FilterStateMessage } from '@weft/proto/envoy/type/matcher/v3/filter_state';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { isMissing } from './outcome.ts';
import { compileStringMessage } from './string-matcher.ts';

/** What is supported of filter state matchers. */
export const FILTER_STATE_MATCHER_SUPPORT = [
  supports<FilterStateMessage>('envoy.type.matcher.v3.FilterStateMatcher', {
    key: true,
    matcher: { stringMatch: true, addressMatch: 'objects of filter state are texts: use string_match' },
  }),
];

/** Whatever filters keep objects for, under well-known keys, as text. */
export interface FilterStateSource {
  filterState(key: string): string | undefined;
}

/** A compiled condition on an object of the filter state. */
export interface FilterStateMatcher {
  /** False without such an object. */
  matches(source: FilterStateSource): boolean;
  describe(): string;
}

/** Compiles a condition on the filter state. */
export function compileFilterStateMessage(
  { key, matcher }: FilterStateMessage,
  path: string,
  context: CompileContext,
): FilterStateMatcher | undefined {
  if (matcher.case !== 'stringMatch') return isMissing(path, 'string_match', context);
  const value = compileStringMessage(matcher.value, `${path}.string_match`, context);
  if (value === undefined) return undefined;
  return {
    matches: (source) => {
      const held = source.filterState(key);
      return held !== undefined && value.matches(held);
    },
    describe: () => `filter state ${key} ${value.describe()}`,
  };
}

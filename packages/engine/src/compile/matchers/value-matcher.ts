import type { DoubleMatcher } from '@weft/proto/envoy/type/matcher/v3/number';
import type {
  ListMatcher,
  OrMatcher,
  ValueMatcher_NullMatch,
  ValueMatcher as ValueMessage,
} from '@weft/proto/envoy/type/matcher/v3/value';
import type { DoubleRange } from '@weft/proto/envoy/type/v3/range';
import {
  compileValueMatcher,
  type DoubleMatcherSpec,
  type ValueMatcher,
  type ValueMatcherSpec,
} from '../../match/value-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { compileList, isMissing, valueOrReport } from './outcome.ts';
import { stringMatcherSpec } from './string-matcher.ts';

/** What is supported of value matchers. */
export const VALUE_MATCHER_SUPPORT = [
  supports<ValueMessage>('envoy.type.matcher.v3.ValueMatcher', {
    matchPattern: {
      nullMatch: true,
      doubleMatch: true,
      stringMatch: true,
      boolMatch: true,
      presentMatch: true,
      listMatch: true,
      orMatch: true,
    },
  }),
  supports<ValueMatcher_NullMatch>('envoy.type.matcher.v3.ValueMatcher.NullMatch', {}),
  supports<ListMatcher>('envoy.type.matcher.v3.ListMatcher', { matchPattern: { oneOf: true } }),
  supports<OrMatcher>('envoy.type.matcher.v3.OrMatcher', { valueMatchers: true }),
  supports<DoubleMatcher>('envoy.type.matcher.v3.DoubleMatcher', { matchPattern: { range: true, exact: true } }),
  supports<DoubleRange>('envoy.type.v3.DoubleRange', { start: true, end: true }),
];

/** Messages are decoded to a bounded depth, so the recursion is bounded too. */
export function valueMatcherSpec(
  message: ValueMessage,
  path: string,
  context: CompileContext,
): ValueMatcherSpec | undefined {
  const given = message.matchPattern;
  switch (given.case) {
    case 'nullMatch':
      return { kind: 'null' };
    case 'boolMatch':
      return { kind: 'bool', value: given.value };
    case 'presentMatch':
      return { kind: 'present', isPresent: given.value };
    case 'doubleMatch': {
      const double = doubleMatcherSpec(given.value, `${path}.double_match`, context);
      return double === undefined ? undefined : { kind: 'double', double };
    }
    case 'stringMatch': {
      const string = stringMatcherSpec(given.value, `${path}.string_match`, context);
      return string === undefined ? undefined : { kind: 'string', string };
    }
    case 'listMatch':
      return listSpec(given.value, `${path}.list_match`, context);
    case 'orMatch': {
      const at = `${path}.or_match.value_matchers`;
      const alternatives = compileList(given.value.valueMatchers, at, (each, i) => valueMatcherSpec(each, i, context));
      return alternatives === undefined ? undefined : { kind: 'or', alternatives };
    }
    case undefined:
      return isMissing(path, 'match_pattern', context);
  }
}

function listSpec(message: ListMatcher, path: string, context: CompileContext): ValueMatcherSpec | undefined {
  if (message.matchPattern.case === undefined) return isMissing(path, 'one_of', context);
  const oneOf = valueMatcherSpec(message.matchPattern.value, `${path}.one_of`, context);
  return oneOf === undefined ? undefined : { kind: 'list', oneOf };
}

/** The condition on a number that a message states. */
export function doubleMatcherSpec(
  message: DoubleMatcher,
  path: string,
  context: CompileContext,
): DoubleMatcherSpec | undefined {
  const given = message.matchPattern;
  if (given.case === undefined) return isMissing(path, 'match_pattern', context);
  if (given.case === 'exact') return { kind: 'exact', value: given.value };
  return { kind: 'range', start: given.value.start, end: given.value.end };
}

/** Compiles a value matcher. */
export function compileValueMessage(
  message: ValueMessage,
  path: string,
  context: CompileContext,
): ValueMatcher | undefined {
  const spec = valueMatcherSpec(message, path, context);
  return spec === undefined ? undefined : valueOrReport(compileValueMatcher(spec, path, context.regexLimits), context);
}

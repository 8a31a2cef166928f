import type { CelMatcher } from '@weft/proto/xds/type/matcher/v3/cel';
import type { HttpAttributesCelMatchInput } from '@weft/proto/xds/type/matcher/v3/http_inputs';
import type {
  Matcher_MatcherList_Predicate,
  Matcher_MatcherList_Predicate_PredicateList,
  Matcher_MatcherList_Predicate_SinglePredicate,
} from '@weft/proto/xds/type/matcher/v3/matcher';
import type { CelExpression } from '@weft/proto/xds/type/v3/cel';
import { compileCelCondition } from '../cel/condition.ts';
import type { CompileContext } from '../compile/context.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { StringMatcher } from '../match/string-matcher.ts';
import { unpackExtension } from '../route/extension.ts';
import type { MatchView } from '../view/match-view.ts';
import { compileInputTest } from './input-test.ts';
import { compileInput, type MatchInput, type MatchInputCompiler } from './match-input.ts';
import { compileXdsString } from './xds-string.ts';

const LIST = 'xds.type.matcher.v3.Matcher.MatcherList';
const CEL_INPUT = 'xds.type.matcher.v3.HttpAttributesCelMatchInput';
const CEL_MATCHER = 'xds.type.matcher.v3.CelMatcher';

/** What is supported of predicates. */
export const PREDICATE_SUPPORT = [
  supports<Matcher_MatcherList_Predicate>(`${LIST}.Predicate`, {
    matchType: { singlePredicate: true, orMatcher: true, andMatcher: true, notMatcher: true },
  }),
  supports<Matcher_MatcherList_Predicate_SinglePredicate>(`${LIST}.Predicate.SinglePredicate`, {
    input: true,
    matcher: { valueMatch: true, customMatch: true },
  }),
  supports<Matcher_MatcherList_Predicate_PredicateList>(`${LIST}.Predicate.PredicateList`, { predicate: true }),
  supports<HttpAttributesCelMatchInput>(CEL_INPUT, {}),
  supports<CelMatcher>(CEL_MATCHER, { exprMatch: true, description: true }),
  supports<CelExpression>('xds.type.v3.CelExpression', {
    exprSpecifier: { parsedExpr: true, checkedExpr: true },
    celExprChecked: 'use checked_expr',
    celExprParsed: 'use parsed_expr',
    celExprString: 'send the parsed form: parsed_expr',
  }),
];

/** A condition of a list of matchers. */
export interface Predicate {
  holds(view: MatchView): boolean;
  describe(): string;
}

/** Compiles a predicate; undefined when there was a problem. Messages are decoded to a bounded depth, so the recursion is bounded. */
export function compilePredicate(
  { matchType }: Matcher_MatcherList_Predicate,
  inputs: readonly MatchInputCompiler[],
  path: string,
  context: CompileContext,
): Predicate | undefined {
  switch (matchType.case) {
    case undefined:
      return isMissing(path, 'match_type', context);
    case 'singlePredicate':
      return compileSingle(matchType.value, inputs, `${path}.single_predicate`, context);
    case 'notMatcher': {
      const negated = compilePredicate(matchType.value, inputs, `${path}.not_matcher`, context);
      return negated && { holds: (view) => !negated.holds(view), describe: () => `not (${negated.describe()})` };
    }
    case 'andMatcher':
    case 'orMatcher': {
      const isAnd = matchType.case === 'andMatcher';
      const at = `${path}.${isAnd ? 'and' : 'or'}_matcher.predicate`;
      const parts = compileList(matchType.value.predicate, at, (part, own) =>
        compilePredicate(part, inputs, own, context),
      );
      return parts && (isAnd ? allPredicates(parts) : onePredicate(parts));
    }
  }
}

function allPredicates(parts: readonly Predicate[]): Predicate {
  return {
    holds: (view) => parts.every((part) => part.holds(view)),
    describe: () => parts.map((part) => part.describe()).join(' and '),
  };
}

function onePredicate(parts: readonly Predicate[]): Predicate {
  return {
    holds: (view) => parts.some((part) => part.holds(view)),
    describe: () => `(${parts.map((part) => part.describe()).join(' or ')})`,
  };
}

function compileSingle(
  { input, matcher }: Matcher_MatcherList_Predicate_SinglePredicate,
  inputs: readonly MatchInputCompiler[],
  path: string,
  context: CompileContext,
): Predicate | undefined {
  if (input === undefined) return isMissing(path, 'input', context);
  if (matcher.case === undefined) return isMissing(path, 'value_match or custom_match', context);
  if (typeNameOf(input.typedConfig?.typeUrl) === CEL_INPUT) {
    if (matcher.case === 'customMatch') return compileCel(matcher.value, `${path}.custom_match`, context);
    context.problems.add(`${path}.value_match`, 'attributes are tested by an expression: use custom_match');
    return undefined;
  }
  const source = compileInput(input, inputs, `${path}.input`, context);
  const test =
    matcher.case === 'valueMatch'
      ? compileXdsString(matcher.value, source?.isWire === true, `${path}.value_match`, context)
      : compileInputTest(matcher.value, `${path}.custom_match`, context);
  if (source === undefined || test === undefined) return undefined;
  return valuePredicate(source, test);
}

function valuePredicate(source: MatchInput, test: StringMatcher): Predicate {
  return {
    holds: (view) => {
      const value = source.read(view);
      return value !== undefined && test.matches(value);
    },
    describe: () => `${source.describe()} ${test.describe()}`,
  };
}

function typeNameOf(typeUrl: string | undefined): string {
  return typeUrl?.slice(typeUrl.lastIndexOf('/') + 1) ?? '';
}

function compileCel(
  extension: Parameters<typeof unpackExtension>[0],
  path: string,
  context: CompileContext,
): Predicate | undefined {
  const message = unpackExtension<CelMatcher>(extension, path, context, [CEL_MATCHER]);
  if (message === undefined) return undefined;
  const given = message.exprMatch?.exprSpecifier;
  const at = `${path}.typed_config.expr_match`;
  if (given?.value?.expr === undefined) return isMissing(at, 'parsed_expr or checked_expr, with its expr,', context);
  const kind = given.case === 'parsedExpr' ? 'parsed_expr' : 'checked_expr';
  const condition = compileCelCondition(given.value.expr, `${at}.${kind}.expr`, context);
  const { description } = message;
  return (
    condition && {
      holds: (view) => condition.holds(view),
      describe: () => (description === '' ? condition.describe() : description),
    }
  );
}

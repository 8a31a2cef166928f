import type { ListStringMatcher, StringMatcher as StringMessage } from '@weft/proto/envoy/type/matcher/v3/string';
import { compileStringMatcher, type StringMatcher, type StringMatcherSpec } from '../../match/string-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { compileList, isMissing, valueOrReport } from './outcome.ts';
import { regexLimitsOf } from './regex.ts';

/** What is supported of string matchers. */
export const STRING_MATCHER_SUPPORT = [
  supports<StringMessage>('envoy.type.matcher.v3.StringMatcher', {
    matchPattern: {
      exact: true,
      prefix: true,
      suffix: true,
      safeRegex: true,
      contains: true,
      custom: 'extensions of string matching are not supported: use exact, prefix, suffix, contains or safe_regex',
    },
    ignoreCase: true,
  }),
  supports<ListStringMatcher>('envoy.type.matcher.v3.ListStringMatcher', { patterns: true }),
];

/** The condition that a message states. */
export function stringMatcherSpec(
  message: StringMessage,
  path: string,
  context: CompileContext,
): StringMatcherSpec | undefined {
  const { matchPattern, ignoreCase } = message;
  switch (matchPattern.case) {
    case 'exact':
    case 'prefix':
    case 'suffix':
    case 'contains':
      return { kind: matchPattern.case, value: matchPattern.value, ignoreCase };
    case 'safeRegex':
      return regexSpec(matchPattern.value, ignoreCase, context);
    case 'custom':
      context.problems.add(`${path}.custom`, `extension ${matchPattern.value.name} is not supported`);
      return undefined;
    case undefined:
      return isMissing(path, 'match_pattern', context);
  }
}

function regexSpec(
  regex: Parameters<typeof regexLimitsOf>[0],
  ignoreCase: boolean,
  context: CompileContext,
): StringMatcherSpec {
  const limits = regexLimitsOf(regex, context);
  return { kind: 'regex', regex: regex.regex, ignoreCase, ...(limits === undefined ? {} : { limits }) };
}

/** Compiles a string matcher. */
export function compileStringMessage(
  message: StringMessage,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  const spec = stringMatcherSpec(message, path, context);
  return spec === undefined ? undefined : valueOrReport(compileStringMatcher(spec, path, context.regexLimits), context);
}

/** Compiles a list of matchers of which one has to match. */
export function compileListStringMessage(
  message: ListStringMatcher,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  if (message.patterns.length === 0) return isMissing(`${path}.patterns`, 'at least one pattern', context);
  const tests = compileList(message.patterns, `${path}.patterns`, (pattern, at) =>
    compileStringMessage(pattern, at, context),
  );
  return tests === undefined ? undefined : anyOf(tests);
}

/** A matcher that holds when one of several does; none never hold. */
export function anyOf(tests: readonly StringMatcher[]): StringMatcher {
  return {
    matches: (text) => {
      for (let i = 0; i < tests.length; i += 1) if (tests[i]!.matches(text)) return true;
      return false;
    },
    describe: () => tests.map((test) => test.describe()).join(' or '),
  };
}

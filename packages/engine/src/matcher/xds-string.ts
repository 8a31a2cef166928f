import type { RegexMatcher, RegexMatcher_GoogleRE2 } from '@weft/proto/xds/type/matcher/v3/regex';
import type { StringMatcher as StringMessage } from '@weft/proto/xds/type/matcher/v3/string';
import type { CompileContext } from '../compile/context.ts';
import { isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { compileStringMatcher, type StringMatcher } from '../match/string-matcher.ts';
import { wireString } from '../match/wire-text.ts';

/** What is supported of the string matchers of xDS, which are those of Envoy under other names. */
export const XDS_STRING_SUPPORT = [
  supports<StringMessage>('xds.type.matcher.v3.StringMatcher', {
    matchPattern: {
      exact: true,
      prefix: true,
      suffix: true,
      safeRegex: true,
      contains: true,
      custom: 'extensions of string matchers are not supported: use safe_regex',
    },
    ignoreCase: true,
  }),
  supports<RegexMatcher>('xds.type.matcher.v3.RegexMatcher', { engineType: { googleRe2: true }, regex: true }),
  supports<RegexMatcher_GoogleRE2>('xds.type.matcher.v3.RegexMatcher.GoogleRE2', {}),
];

/** Compiles a string matcher, for values as on the wire or for others; undefined when there was a problem. */
export function compileXdsString(
  { matchPattern, ignoreCase }: StringMessage,
  isWire: boolean,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  if (matchPattern.case === undefined) return isMissing(path, 'match_pattern', context);
  if (matchPattern.case === 'custom') {
    context.problems.add(`${path}.custom`, `extension ${matchPattern.value.name} is not supported: use safe_regex`);
    return undefined;
  }
  const spec =
    matchPattern.case === 'safeRegex'
      ? ({ kind: 'regex', regex: matchPattern.value.regex, ignoreCase } as const)
      : { kind: matchPattern.case, value: matchPattern.value, ignoreCase };
  return valueOrReport(compileStringMatcher(isWire ? wireString(spec) : spec, path, context.regexLimits), context);
}

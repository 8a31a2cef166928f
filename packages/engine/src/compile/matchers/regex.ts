import type {
  RegexMatchAndSubstitute,
  RegexMatcher,
  RegexMatcher_GoogleRE2,
} from '@weft/proto/envoy/type/matcher/v3/regex';
import { compileRegex, type Regex, type RegexLimits } from '../../match/regex.ts';
import { compileRegexSubstitution, type RegexSubstitution } from '../../match/regex-substitution.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { isMissing, valueOrReport } from './outcome.ts';

/** What is supported of regular expressions. */
export const REGEX_SUPPORT = [
  supports<RegexMatcher>('envoy.type.matcher.v3.RegexMatcher', { engineType: { googleRe2: true }, regex: true }),
  supports<RegexMatcher_GoogleRE2>('envoy.type.matcher.v3.RegexMatcher.GoogleRE2', { maxProgramSize: true }),
  supports<RegexMatchAndSubstitute>('envoy.type.matcher.v3.RegexMatchAndSubstitute', {
    pattern: true,
    substitution: true,
  }),
];

/** The bounds of one expression: its own (deprecated) program size wins over the runtime's. */
export function regexLimitsOf(message: RegexMatcher, context: CompileContext): RegexLimits | undefined {
  const own = message.engineType.case === 'googleRe2' ? message.engineType.value.maxProgramSize : undefined;
  return own === undefined ? context.regexLimits : { ...context.regexLimits, maxProgramSize: own };
}

/** Compiles an expression; `matches` is asked of the whole text. */
export function compileRegexMessage(message: RegexMatcher, path: string, context: CompileContext): Regex | undefined {
  return valueOrReport(compileRegex(message.regex, `${path}.regex`, regexLimitsOf(message, context)), context);
}

/** Compiles a match-and-substitute. */
export function compileSubstitution(
  message: RegexMatchAndSubstitute,
  path: string,
  context: CompileContext,
): RegexSubstitution | undefined {
  const { pattern, substitution } = message;
  if (pattern === undefined) return isMissing(path, 'pattern', context);
  const spec = { pattern: pattern.regex, substitution };
  return valueOrReport(compileRegexSubstitution(spec, path, regexLimitsOf(pattern, context)), context);
}

import type { HeaderMatcher as HeaderMessage } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileHeaderMatcher, type HeaderMatch, type HeaderMatcher } from '../../match/header-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { compileList, valueOrReport } from './outcome.ts';
import { regexLimitsOf } from './regex.ts';
import { stringMatcherSpec } from './string-matcher.ts';

/** What is supported of header matchers; the deprecated kinds mean what they mean in Envoy. */
export const HEADER_MATCHER_SUPPORT = [
  supports<HeaderMessage>('envoy.config.route.v3.HeaderMatcher', {
    name: true,
    headerMatchSpecifier: {
      exactMatch: true,
      safeRegexMatch: true,
      rangeMatch: true,
      presentMatch: true,
      prefixMatch: true,
      suffixMatch: true,
      containsMatch: true,
      stringMatch: true,
    },
    invertMatch: true,
    treatMissingHeaderAsEmpty: true,
  }),
];

/** Compiles a header condition. */
export function compileHeaderMessage(
  message: HeaderMessage,
  path: string,
  context: CompileContext,
): HeaderMatcher | undefined {
  const { name, invertMatch, treatMissingHeaderAsEmpty } = message;
  const match = matchOf(message, path, context);
  if (match === undefined) return undefined;
  const spec = { name, match, invertMatch, treatMissingHeaderAsEmpty };
  return valueOrReport(compileHeaderMatcher(spec, path, context.regexLimits), context);
}

/** Compiles header conditions that all have to hold. */
export function compileHeaderMessages(
  messages: readonly HeaderMessage[],
  path: string,
  context: CompileContext,
): readonly HeaderMatcher[] | undefined {
  return compileList(messages, path, (message, at) => compileHeaderMessage(message, at, context));
}

function matchOf(message: HeaderMessage, path: string, context: CompileContext): HeaderMatch | undefined {
  const given = message.headerMatchSpecifier;
  switch (given.case) {
    case undefined:
      return { kind: 'present', isPresent: true };
    case 'exactMatch':
      return { kind: 'exact', value: given.value };
    case 'prefixMatch':
      return { kind: 'prefix', value: given.value };
    case 'suffixMatch':
      return { kind: 'suffix', value: given.value };
    case 'containsMatch':
      return { kind: 'contains', value: given.value };
    case 'presentMatch':
      return { kind: 'present', isPresent: given.value };
    case 'rangeMatch':
      return { kind: 'range', range: { start: given.value.start, end: given.value.end } };
    case 'safeRegexMatch': {
      const limits = regexLimitsOf(given.value, context);
      return { kind: 'regex', regex: given.value.regex, ...(limits === undefined ? {} : { limits }) };
    }
    case 'stringMatch': {
      const string = stringMatcherSpec(given.value, `${path}.string_match`, context);
      return string === undefined ? undefined : { kind: 'string', string };
    }
  }
}

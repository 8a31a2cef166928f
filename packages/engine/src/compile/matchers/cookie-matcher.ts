import type { CookieMatcher as CookieMessage } from '@weft/proto/envoy/config/route/v3/route_components';
import { type CookieMatcher, compileCookieMatcher } from '../../match/cookie-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { isMissing, valueOrReport } from './outcome.ts';
import { stringMatcherSpec } from './string-matcher.ts';

/** What is supported of cookie matchers. */
export const COOKIE_MATCHER_SUPPORT = [
  supports<CookieMessage>('envoy.config.route.v3.CookieMatcher', { name: true, stringMatch: true, invertMatch: true }),
];

/** Compiles a condition on a cookie. */
export function compileCookieMessage(
  { name, stringMatch, invertMatch }: CookieMessage,
  path: string,
  context: CompileContext,
): CookieMatcher | undefined {
  if (stringMatch === undefined) return isMissing(path, 'string_match', context);
  const string = stringMatcherSpec(stringMatch, `${path}.string_match`, context);
  if (string === undefined) return undefined;
  return valueOrReport(compileCookieMatcher({ name, string, invertMatch }, path, context.regexLimits), context);
}

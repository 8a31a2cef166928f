import type { QueryParameterMatcher } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileQueryMatcher, type QueryMatcher } from '../../match/query-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { compileList, valueOrReport } from './outcome.ts';
import { stringMatcherSpec } from './string-matcher.ts';

/** What is supported of query parameter matchers. */
export const QUERY_MATCHER_SUPPORT = [
  supports<QueryParameterMatcher>('envoy.config.route.v3.QueryParameterMatcher', {
    name: true,
    queryParameterMatchSpecifier: { stringMatch: true, presentMatch: true },
  }),
];

/** Compiles a query parameter condition. */
export function compileQueryMessage(
  message: QueryParameterMatcher,
  path: string,
  context: CompileContext,
): QueryMatcher | undefined {
  const { name, queryParameterMatchSpecifier: given } = message;
  if (given.case !== 'stringMatch') {
    const spec = { name, ...(given.case === undefined ? {} : { isPresent: given.value }) };
    return valueOrReport(compileQueryMatcher(spec, path, context.regexLimits), context);
  }
  const string = stringMatcherSpec(given.value, `${path}.string_match`, context);
  return string === undefined
    ? undefined
    : valueOrReport(compileQueryMatcher({ name, string }, path, context.regexLimits), context);
}

/** Compiles query parameter conditions that all have to hold. */
export function compileQueryMessages(
  messages: readonly QueryParameterMatcher[],
  path: string,
  context: CompileContext,
): readonly QueryMatcher[] | undefined {
  return compileList(messages, path, (message, at) => compileQueryMessage(message, at, context));
}

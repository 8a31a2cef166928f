import type { PathMatcher as PathMessage } from '@weft/proto/envoy/type/matcher/v3/path';
import { compileStringMatcher, type StringMatcher } from '../../match/string-matcher.ts';
import { wireString } from '../../match/wire-text.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { isMissing, valueOrReport } from './outcome.ts';
import { stringMatcherSpec } from './string-matcher.ts';

/** What is supported of path matchers. */
export const PATH_MATCHER_SUPPORT = [
  supports<PathMessage>('envoy.type.matcher.v3.PathMatcher', { rule: { path: true } }),
];

/** Compiles a path matcher; it is asked of the path without query and fragment. */
export function compilePathMessage(
  message: PathMessage,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  if (message.rule.case === undefined) return isMissing(path, 'rule', context);
  const at = `${path}.path`;
  const spec = stringMatcherSpec(message.rule.value, at, context);
  return spec && valueOrReport(compileStringMatcher(wireString(spec), at, context.regexLimits), context);
}

/** The part of a request's path that path matchers see: without query and fragment. */
export function pathWithoutQuery(path: string): string {
  const query = path.indexOf('?');
  const fragment = path.indexOf('#');
  if (fragment === -1) return query === -1 ? path : path.slice(0, query);
  return path.slice(0, query === -1 ? fragment : Math.min(query, fragment));
}

import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import type { UriTemplateRewriteConfig } from '@weft/proto/envoy/extensions/path/rewrite/uri_template/v3/uri_template_rewrite';
import { valueOrReport } from '../compile/matchers/outcome.ts';
import { pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import { compileSubstitution } from '../compile/matchers/regex.ts';
import { supports } from '../compile/support.ts';
import type { ValueFormatter } from '../headers/value-format.ts';
import { compilePathTemplateRewrite, type PathTemplateRewrite } from '../match/path-template.ts';
import type { RegexSubstitution } from '../match/regex-substitution.ts';
import { wireText } from '../match/wire-text.ts';
import type { StreamView } from '../view/stream-view.ts';
import type { RouteCompileContext } from './context.ts';
import { type ExtensionMessage, unpackExtension } from './extension.ts';
import { formatPath } from './format-rewrite.ts';
import type { RouteMatchRuntime } from './route-match.ts';

/** What is supported of template rewrites. */
export const PATH_REWRITE_SUPPORT = [
  supports<UriTemplateRewriteConfig>('envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig', {
    pathTemplateRewrite: true,
  }),
];

/** How a route changes the path. */
export type PathRewriteRuntime =
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'regex'; readonly substitution: RegexSubstitution }
  | { readonly kind: 'template'; readonly rewrite: PathTemplateRewrite }
  | { readonly kind: 'format'; readonly formatter: ValueFormatter };

/** Compiles the path rewrite of a route. `none` where it has none; undefined when there was a problem. */
export function compilePathRewrite(
  action: RouteAction,
  match: RouteMatchRuntime,
  path: string,
  context: RouteCompileContext,
): PathRewriteRuntime | 'none' | undefined {
  const { prefixRewrite, regexRewrite, pathRewritePolicy, pathRewrite } = action;
  const given = [prefixRewrite !== '', regexRewrite !== undefined, pathRewritePolicy !== undefined, pathRewrite !== ''];
  if (given.filter(Boolean).length > 1) {
    context.problems.add(
      path,
      'only one of prefix_rewrite, regex_rewrite, path_rewrite_policy and path_rewrite may be set',
    );
    return undefined;
  }
  if (prefixRewrite !== '') return prefixOf(prefixRewrite, match, path, context);
  if (regexRewrite !== undefined) {
    const substitution = compileSubstitution(regexRewrite, `${path}.regex_rewrite`, context);
    return substitution === undefined ? undefined : { kind: 'regex', substitution };
  }
  if (pathRewrite !== '') {
    const formatter = valueOrReport(context.compileFormat(pathRewrite, `${path}.path_rewrite`), context);
    return formatter && { kind: 'format', formatter };
  }
  if (pathRewritePolicy === undefined) return 'none';
  return templateOf(pathRewritePolicy, match, `${path}.path_rewrite_policy`, context);
}

function prefixOf(
  text: string,
  match: RouteMatchRuntime,
  path: string,
  context: RouteCompileContext,
): PathRewriteRuntime | undefined {
  if (match.template === undefined) return { kind: 'prefix', text: wireText(text) };
  context.problems.add(`${path}.prefix_rewrite`, 'cannot be used with path_match_policy: use path_rewrite_policy');
  return undefined;
}

function templateOf(
  extension: ExtensionMessage,
  match: RouteMatchRuntime,
  path: string,
  context: RouteCompileContext,
): PathRewriteRuntime | undefined {
  const config = unpackExtension<UriTemplateRewriteConfig>(extension, path, context, [
    'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig',
  ]);
  if (config === undefined) return undefined;
  if (match.template === undefined) {
    context.problems.add(path, 'needs a path_match_policy with a URI template');
    return undefined;
  }
  const at = `${path}.path_template_rewrite`;
  const rewrite = valueOrReport(compilePathTemplateRewrite(config.pathTemplateRewrite, match.template, at), context);
  return rewrite === undefined ? undefined : { kind: 'template', rewrite };
}

/** The path that goes upstream, undefined where it stays; `matchedLength` is that of the route's match. */
export function rewritePath(
  rewrite: PathRewriteRuntime,
  matchedLength: number,
  path: string,
  stream: StreamView,
): string | undefined {
  switch (rewrite.kind) {
    case 'prefix':
      return replaceMatchedPath(path, matchedLength, rewrite.text);
    case 'regex':
      return replaceWholePath(path, (plain) => rewrite.substitution.apply(plain));
    case 'template':
      // A filter may have changed the path since the route matched: what the template no longer fits stays as it is.
      return replaceWholePath(path, (plain) => rewrite.rewrite.rewrite(plain) ?? plain);
    case 'format': {
      const text = formatPath(rewrite.formatter, stream);
      return text === undefined ? undefined : replaceWholePath(path, () => text);
    }
  }
}

/** Replaces the part of a path that the route matched; -1 stands for all of it up to the query. */
export function replaceMatchedPath(path: string, matchedLength: number, text: string): string {
  return text + path.slice(matchedLength === -1 ? pathWithoutQuery(path).length : matchedLength);
}

/** Replaces a path and keeps its query. */
export function replaceWholePath(path: string, replace: (plain: string) => string): string {
  const plain = pathWithoutQuery(path);
  return replace(plain) + path.slice(plain.length);
}

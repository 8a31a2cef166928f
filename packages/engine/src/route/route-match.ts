import type {
  RouteMatch,
  RouteMatch_ConnectMatcher,
  RouteMatch_GrpcRouteMatchOptions,
  RouteMatch_TlsContextMatchOptions,
} from '@weft/proto/envoy/config/route/v3/route_components';
import type { UriTemplateMatchConfig } from '@weft/proto/envoy/extensions/path/match/uri_template/v3/uri_template_match';
import { isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import { regexLimitsOf } from '../compile/matchers/regex.ts';
import { supports } from '../compile/support.ts';
import type { PathMatcherSpec } from '../match/path-matcher.ts';
import { compilePathTemplate, type PathTemplate } from '../match/path-template.ts';
import { CONNECT, type Condition, compileConditions } from './conditions.ts';
import type { RouteCompileContext } from './context.ts';
import { type ExtensionMessage, unpackExtension } from './extension.ts';

/** What is supported of a route's match. */
export const ROUTE_MATCH_SUPPORT = [
  supports<RouteMatch>('envoy.config.route.v3.RouteMatch', {
    pathSpecifier: {
      prefix: true,
      path: true,
      safeRegex: true,
      connectMatcher: true,
      pathSeparatedPrefix: true,
      pathMatchPolicy: true,
    },
    caseSensitive: true,
    runtimeFraction: true,
    headers: true,
    queryParameters: true,
    grpc: true,
    tlsContext: true,
    dynamicMetadata: true,
    cookies: true,
    filterState: true,
  }),
  supports<RouteMatch_GrpcRouteMatchOptions>('envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions', {}),
  supports<RouteMatch_TlsContextMatchOptions>('envoy.config.route.v3.RouteMatch.TlsContextMatchOptions', {
    presented: true,
    validated: true,
  }),
  supports<RouteMatch_ConnectMatcher>('envoy.config.route.v3.RouteMatch.ConnectMatcher', {}),
  supports<UriTemplateMatchConfig>('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', {
    pathTemplate: true,
  }),
];

/** A compiled match. */
export interface RouteMatchRuntime {
  /** What the path table is told. */
  readonly pathSpec: PathMatcherSpec;
  readonly conditions: readonly Condition[];
  /** Whether requests without a path may match: those of CONNECT. */
  readonly isPathless: boolean;
  /** The length of the path's matched part where the path is matched by its text; -1 where all of it up to the query counts as matched. */
  readonly matchedLength: number;
  /** The template of a template match, for the rewrite that goes with it. */
  readonly template: PathTemplate | undefined;
}

interface PathPart {
  readonly spec: PathMatcherSpec;
  readonly matchedLength: number;
  readonly template?: PathTemplate;
  readonly condition?: Condition;
}

/** Compiles a route's match; undefined when there was a problem. */
export function compileRouteMatch(
  match: RouteMatch,
  path: string,
  ignoresPathParameters: boolean,
  context: RouteCompileContext,
): RouteMatchRuntime | undefined {
  const part = compilePath(match, path, ignoresPathParameters, context);
  const conditions = compileConditions(match, path, context);
  if (part === undefined || conditions === undefined) return undefined;
  return Object.freeze({
    pathSpec: part.spec,
    conditions: part.condition === undefined ? conditions : [part.condition, ...conditions],
    isPathless: part.condition === CONNECT,
    matchedLength: part.matchedLength,
    template: part.template,
  });
}

function compilePath(
  match: RouteMatch,
  path: string,
  ignoresPathParameters: boolean,
  context: RouteCompileContext,
): PathPart | undefined {
  const { pathSpecifier: given } = match;
  const ignoreCase = match.caseSensitive === false;
  switch (given.case) {
    case undefined:
      return isMissing(path, 'path_specifier', context);
    case 'prefix':
      return { spec: { kind: 'prefix', value: given.value, ignoreCase }, matchedLength: given.value.length };
    case 'path':
      return { spec: { kind: 'exact', value: given.value, ignoreCase }, matchedLength: given.value.length };
    case 'pathSeparatedPrefix':
      return { spec: { kind: 'separatedPrefix', value: given.value, ignoreCase }, matchedLength: given.value.length };
    case 'safeRegex': {
      const limits = regexLimitsOf(given.value, context);
      const spec = { kind: 'regex', regex: given.value.regex, ...(limits === undefined ? {} : { limits }) } as const;
      return { spec, matchedLength: -1 };
    }
    case 'connectMatcher':
      return { spec: { kind: 'any' }, matchedLength: -1, condition: CONNECT };
    case 'pathMatchPolicy':
      return compileTemplate(given.value, `${path}.path_match_policy`, ignoresPathParameters, context);
  }
}

function compileTemplate(
  extension: ExtensionMessage,
  path: string,
  ignoresPathParameters: boolean,
  context: RouteCompileContext,
): PathPart | undefined {
  const config = unpackExtension<UriTemplateMatchConfig>(extension, path, context, [
    'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
  ]);
  if (config === undefined) return undefined;
  const template = valueOrReport(compilePathTemplate(config.pathTemplate, `${path}.path_template`), context);
  if (template === undefined) return undefined;
  if (!ignoresPathParameters) {
    return { spec: { kind: 'template', template: config.pathTemplate }, matchedLength: -1, template };
  }
  // As in Envoy a template sees path parameters even where the other matches do not; the path table has them cut off.
  return { spec: { kind: 'any' }, matchedLength: -1, template, condition: templateCondition(template) };
}

function templateCondition(template: PathTemplate): Condition {
  return {
    holds: (request) => template.matches(pathWithoutQuery(request.path)),
    describe: () => `path matches ${template.describe()}`,
  };
}

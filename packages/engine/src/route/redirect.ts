import type { RedirectAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { valueOrReport } from '../compile/matchers/outcome.ts';
import { compileSubstitution } from '../compile/matchers/regex.ts';
import { supports } from '../compile/support.ts';
import type { ValueFormatter } from '../headers/value-format.ts';
import type { RegexSubstitution } from '../match/regex-substitution.ts';
import { wireText } from '../match/wire-text.ts';
import type { RequestView } from '../view/request-view.ts';
import type { StreamView } from '../view/stream-view.ts';
import type { RouteCompileContext } from './context.ts';
import { formatPath } from './format-rewrite.ts';
import { replaceMatchedPath, replaceWholePath } from './path-rewrite.ts';

/** What is supported of redirects. */
export const REDIRECT_SUPPORT = [
  supports<RedirectAction>('envoy.config.route.v3.RedirectAction', {
    schemeRewriteSpecifier: { httpsRedirect: true, schemeRedirect: true },
    hostRedirect: true,
    portRedirect: true,
    pathRewriteSpecifier: {
      pathRedirect: true,
      prefixRewrite: true,
      regexRewrite: true,
      pathRewrite: true,
    },
    responseCode: true,
    stripQuery: true,
  }),
];

/** A compiled redirect. */
export interface RedirectRuntime {
  readonly kind: 'redirect';
  readonly status: number;
  /** Empty keeps the request's. */
  readonly scheme: string;
  /** Empty keeps the request's. */
  readonly host: string;
  /** `:8080`; empty for none. */
  readonly port: string;
  /** A whole new path; empty for none. */
  readonly path: string;
  /** Replaces the matched part of the path; empty for none. */
  readonly prefixRewrite: string;
  readonly regexRewrite: RegexSubstitution | undefined;
  /** Makes a whole new path. */
  readonly pathFormat: ValueFormatter | undefined;
  readonly stripsQuery: boolean;
}

/** Where a client is sent. */
export interface Redirect {
  readonly status: number;
  readonly location: string;
}

/** By the number of the enum. */
const STATUS = [301, 302, 303, 307, 308];
const MAX_PORT = 65_535;

/** Compiles a redirect; undefined when there was a problem. */
export function compileRedirect(
  message: RedirectAction,
  path: string,
  context: RouteCompileContext,
): RedirectRuntime | undefined {
  const { schemeRewriteSpecifier: scheme, pathRewriteSpecifier: given } = message;
  const status = STATUS[message.responseCode];
  if (status === undefined)
    context.problems.add(`${path}.response_code`, `${message.responseCode} is no redirect code`);
  if (message.portRedirect > MAX_PORT)
    context.problems.add(`${path}.port_redirect`, `${message.portRedirect} is no port`);
  const regexRewrite =
    given.case === 'regexRewrite' ? compileSubstitution(given.value, `${path}.regex_rewrite`, context) : undefined;
  const hasFormat = given.case === 'pathRewrite' && given.value !== '';
  const pathFormat = hasFormat
    ? valueOrReport(context.compileFormat(given.value, `${path}.path_rewrite`), context)
    : undefined;
  if (status === undefined || message.portRedirect > MAX_PORT) return undefined;
  if ((given.case === 'regexRewrite' && regexRewrite === undefined) || (hasFormat && pathFormat === undefined))
    return undefined;
  return Object.freeze({
    kind: 'redirect',
    status,
    scheme: scheme.case === 'schemeRedirect' ? scheme.value : scheme.value === true ? 'https' : '',
    host: wireText(message.hostRedirect),
    port: message.portRedirect === 0 ? '' : `:${message.portRedirect}`,
    path: given.case === 'pathRedirect' ? wireText(given.value) : '',
    prefixRewrite: given.case === 'prefixRewrite' ? wireText(given.value) : '',
    regexRewrite,
    pathFormat,
    stripsQuery: message.stripQuery,
  });
}

/** Where a redirect sends a request; `matchedLength` is that of the route's match, and `stream` what formats read. */
export function planRedirect(
  redirect: RedirectRuntime,
  matchedLength: number,
  request: RequestView,
  stream: StreamView,
): Redirect {
  const newPath = redirect.pathFormat === undefined ? redirect.path : (formatPath(redirect.pathFormat, stream) ?? '');
  const scheme = redirect.scheme === '' ? request.scheme : redirect.scheme;
  const host = redirect.host === '' ? hostFor(request, scheme, redirect.port) : redirect.host;
  return {
    status: redirect.status,
    location: `${scheme}://${host}${redirect.port}${targetPath(redirect, newPath, matchedLength, request.path)}`,
  };
}

/** The redirect of a virtual host that requires TLS. */
export function planTlsRedirect(request: RequestView): Redirect {
  return { status: 301, location: `https://${request.authority}${request.path}` };
}

/** Where a direct response with status 201 or a redirect status points: to itself, for such responses have a location. */
export function locationOfItself(request: RequestView): string {
  return `${request.scheme}://${request.authority}${request.path}`;
}

/** The query that a new path brings wins over the request's and is never stripped. */
function targetPath(redirect: RedirectRuntime, newPath: string, matchedLength: number, path: string): string {
  if (newPath.includes('?')) return newPath;
  const rewritten = rewrittenPath(redirect, newPath, matchedLength, path);
  if (!redirect.stripsQuery) return rewritten;
  const query = rewritten.indexOf('?');
  return query === -1 ? rewritten : rewritten.slice(0, query);
}

function rewrittenPath(redirect: RedirectRuntime, newPath: string, matchedLength: number, path: string): string {
  if (newPath !== '') {
    const query = path.indexOf('?');
    return query === -1 ? newPath : newPath + path.slice(query);
  }
  if (redirect.prefixRewrite !== '') return replaceMatchedPath(path, matchedLength, redirect.prefixRewrite);
  const { regexRewrite } = redirect;
  if (regexRewrite === undefined) return path;
  // As in Envoy a path of which nothing is left is not changed.
  return replaceWholePath(path, (plain) => regexRewrite.apply(plain) || plain);
}

/**
 * The request's host without its port where a new one is set, or where it is the default port of a scheme that changes. What the request came by
 * is asked of x-forwarded-proto, so that `http://a:80` keeps its port when TLS was ended in front of us.
 */
function hostFor(request: RequestView, scheme: string, port: string): string {
  const host = request.authority;
  const colon = host.startsWith('[') ? host.lastIndexOf(']:') + 1 : host.lastIndexOf(':');
  if (colon <= 0) return host;
  const forwarded = request.get('x-forwarded-proto') ?? '';
  const own = host.slice(colon);
  const isDefault = (forwarded === 'https' && own === ':443') || (forwarded === 'http' && own === ':80');
  return port !== '' || (scheme !== forwarded && isDefault) ? host.slice(0, colon) : host;
}

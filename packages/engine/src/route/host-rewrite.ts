import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { valueOrReport } from '../compile/matchers/outcome.ts';
import { pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import { compileSubstitution } from '../compile/matchers/regex.ts';
import type { ValueFormatter } from '../headers/value-format.ts';
import { asciiLower } from '../match/ascii.ts';
import type { RegexSubstitution } from '../match/regex-substitution.ts';
import { wireText } from '../match/wire-text.ts';
import type { RequestView } from '../view/request-view.ts';
import type { StreamView } from '../view/stream-view.ts';
import type { RouteCompileContext } from './context.ts';
import { firstValue } from './first-value.ts';

/** How a route changes the host. */
export type HostRewriteRuntime =
  | { readonly kind: 'literal'; readonly host: string }
  /** The name of the upstream host, once it is chosen. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'header'; readonly header: string }
  | { readonly kind: 'pathRegex'; readonly substitution: RegexSubstitution }
  | { readonly kind: 'format'; readonly formatter: ValueFormatter };

/** Compiles the host rewrite of a route. `none` where it has none; undefined when there was a problem. */
export function compileHostRewrite(
  action: RouteAction,
  path: string,
  context: RouteCompileContext,
): HostRewriteRuntime | 'none' | undefined {
  const { hostRewriteSpecifier: given } = action;
  switch (given.case) {
    case undefined:
      return 'none';
    case 'hostRewriteLiteral':
      return given.value === '' ? 'none' : { kind: 'literal', host: wireText(given.value) };
    case 'autoHostRewrite':
      return given.value.value ? { kind: 'auto' } : 'none';
    case 'hostRewrite': {
      if (given.value === '') return 'none';
      const formatter = valueOrReport(context.compileFormat(given.value, `${path}.host_rewrite`), context);
      return formatter && { kind: 'format', formatter };
    }
    case 'hostRewriteHeader':
      return given.value === '' ? 'none' : { kind: 'header', header: asciiLower(given.value) };
    case 'hostRewritePathRegex': {
      const substitution = compileSubstitution(given.value, `${path}.host_rewrite_path_regex`, context);
      return substitution === undefined ? undefined : { kind: 'pathRegex', substitution };
    }
  }
}

/** The host that a route sets, as far as the request alone decides it; undefined where it sets none. */
export function rewriteHost(
  rewrite: HostRewriteRuntime | undefined,
  request: RequestView,
  stream: StreamView,
): string | undefined {
  const host = rewrite === undefined ? '' : hostOf(rewrite, request, stream);
  return host === '' ? undefined : host;
}

function hostOf(rewrite: HostRewriteRuntime, request: RequestView, stream: StreamView): string {
  switch (rewrite.kind) {
    case 'literal':
      return rewrite.host;
    case 'auto':
      return '';
    case 'header':
      return firstValue(request, rewrite.header) ?? '';
    case 'pathRegex':
      return rewrite.substitution.apply(pathWithoutQuery(request.path));
    case 'format':
      // Where nothing comes of it the host stays; Envoy sends "-".
      return rewrite.formatter.format(stream) ?? '';
  }
}

/**
 * What x-forwarded-host becomes when a host is replaced: the old one is appended, unless it is the last already. Undefined leaves the header.
 */
export function forwardedHostAfter(authority: string, forwardedHost: string | undefined): string | undefined {
  if (authority === '') return undefined;
  if (forwardedHost === undefined || forwardedHost === '') return authority;
  const last = forwardedHost.slice(forwardedHost.lastIndexOf(',') + 1);
  return last === authority ? undefined : `${forwardedHost},${authority}`;
}

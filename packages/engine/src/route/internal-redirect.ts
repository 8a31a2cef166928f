import type { InternalRedirectPolicy, RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import type { AllowListedRoutesConfig } from '@weft/proto/envoy/extensions/internal_redirect/allow_listed_routes/v3/allow_listed_routes_config';
import type { PreviousRoutesConfig } from '@weft/proto/envoy/extensions/internal_redirect/previous_routes/v3/previous_routes_config';
import type { SafeCrossSchemeConfig } from '@weft/proto/envoy/extensions/internal_redirect/safe_cross_scheme/v3/safe_cross_scheme_config';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { isModifiableHeader } from '../headers/header-mutations.ts';
import { asciiLower } from '../match/ascii.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext } from './context.ts';
import { type ExtensionMessage, unpackExtension } from './extension.ts';

/** What is supported of internal redirects. */
export const INTERNAL_REDIRECT_SUPPORT = [
  supports<InternalRedirectPolicy>('envoy.config.route.v3.InternalRedirectPolicy', {
    maxInternalRedirects: true,
    redirectResponseCodes: true,
    predicates: true,
    allowCrossSchemeRedirect: true,
    responseHeadersToCopy: true,
  }),
  supports<AllowListedRoutesConfig>(
    'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig',
    {
      allowedRouteNames: true,
    },
  ),
  supports<PreviousRoutesConfig>('envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig', {}),
  supports<SafeCrossSchemeConfig>('envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig', {}),
];

/** A further condition on the route that a redirect leads to. */
export type RedirectPredicate =
  | { readonly kind: 'allowListed'; readonly routeNames: ReadonlySet<string> }
  /** No route twice from the same route. */
  | { readonly kind: 'previousRoutes' }
  /** No redirect from HTTP to HTTPS. */
  | { readonly kind: 'safeCrossScheme' };

/** Which redirects of an upstream are followed here. */
export interface InternalRedirectRuntime {
  readonly maxRedirects: number;
  readonly statuses: ReadonlySet<number>;
  readonly predicates: readonly RedirectPredicate[];
  readonly allowsCrossScheme: boolean;
  /** In lower case: copied from the response to the new request, removed there when the response has none. */
  readonly headersToCopy: readonly string[];
}

/** Why a redirect is passed on to the client; the names are those of Envoy's counters (`passthrough_internal_redirect_...`). */
export type RedirectRefusal = 'bad_location' | 'unsafe_scheme' | 'too_many_redirects' | 'no_route' | 'predicate';

/** A redirect to follow. */
export interface InternalRedirect {
  readonly kind: 'follow';
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly path: string;
  /** `GET` after a 303, without the body of the request. */
  readonly method: string;
  readonly dropsBody: boolean;
  /** What x-envoy-original-url says. */
  readonly originalUrl: string;
}

/** What to do with a redirect. */
export type InternalRedirectPlan = InternalRedirect | { readonly kind: 'pass'; readonly why: RedirectRefusal };

const REDIRECT_STATUSES = [301, 302, 303, 307, 308];

/** Compiles the policy of a route. `none` where redirects are not followed; undefined when there was a problem. */
export function compileInternalRedirect(
  action: RouteAction,
  path: string,
  context: RouteCompileContext,
): InternalRedirectRuntime | 'none' | undefined {
  const policy = action.internalRedirectPolicy;
  if (policy !== undefined) return compilePolicy(policy, `${path}.internal_redirect_policy`, context);
  // The deprecated fields mean a policy of defaults.
  if (action.internalRedirectAction !== 1) return 'none';
  return Object.freeze({
    maxRedirects: action.maxInternalRedirects ?? 1,
    statuses: new Set([302]),
    predicates: [],
    allowsCrossScheme: false,
    headersToCopy: [],
  });
}

function compilePolicy(
  policy: InternalRedirectPolicy,
  path: string,
  context: RouteCompileContext,
): InternalRedirectRuntime | undefined {
  const predicates = compileList(policy.predicates, `${path}.predicates`, (predicate, at) =>
    compilePredicate(predicate, at, context),
  );
  const headersToCopy = compileList(policy.responseHeadersToCopy, `${path}.response_headers_to_copy`, (name, at) => {
    if (isModifiableHeader(name)) return asciiLower(name);
    context.problems.add(at, `${JSON.stringify(name)}: headers that begin with ":" and host may not be copied`);
    return undefined;
  });
  if (predicates === undefined || headersToCopy === undefined) return undefined;
  const codes = policy.redirectResponseCodes.filter((code) => REDIRECT_STATUSES.includes(code));
  return Object.freeze({
    maxRedirects: policy.maxInternalRedirects ?? 1,
    statuses: new Set(policy.redirectResponseCodes.length === 0 ? [302] : codes),
    predicates,
    allowsCrossScheme: policy.allowCrossSchemeRedirect,
    headersToCopy,
  });
}

function compilePredicate(
  extension: ExtensionMessage,
  path: string,
  context: RouteCompileContext,
): RedirectPredicate | undefined {
  const config = unpackExtension<AllowListedRoutesConfig | PreviousRoutesConfig | SafeCrossSchemeConfig>(
    extension,
    path,
    context,
    [
      'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig',
      'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig',
      'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig',
    ],
  );
  switch (config?.$typeName) {
    case undefined:
      return undefined;
    case 'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig':
      return { kind: 'allowListed', routeNames: new Set(config.allowedRouteNames) };
    case 'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig':
      return { kind: 'previousRoutes' };
    case 'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig':
      return { kind: 'safeCrossScheme' };
  }
}

/** The parts of an absolute http or https URL; neither a user's name nor a fragment is part of the new request. */
const ABSOLUTE_URL = /^(https?):\/\/(?:[^/?#@]*@)?([^/?#@]+)([^#]*)/i;

/**
 * Decides about a response whose status is one of the policy's. The caller looks for the route of the new request and asks
 * `acceptsTargetRoute`.
 */
export function planInternalRedirect(
  policy: InternalRedirectRuntime,
  request: RequestView,
  response: { readonly status: number; readonly location: string | undefined },
  redirectsBefore: number,
): InternalRedirectPlan {
  const found = ABSOLUTE_URL.exec(response.location ?? '');
  if (found === null) return { kind: 'pass', why: 'bad_location' };
  const scheme = found[1]!.toLowerCase() === 'https' ? 'https' : 'http';
  const from = request.scheme === 'https' ? 'https' : 'http';
  if (!policy.allowsCrossScheme && scheme !== from) return { kind: 'pass', why: 'unsafe_scheme' };
  if (redirectsBefore >= policy.maxRedirects) return { kind: 'pass', why: 'too_many_redirects' };
  const dropsBody = response.status === 303 && request.method !== 'GET' && request.method !== 'HEAD';
  const rest = found[3]!;
  return {
    kind: 'follow',
    scheme,
    authority: found[2]!,
    path: rest.startsWith('/') ? rest : `/${rest}`,
    method: dropsBody ? 'GET' : request.method,
    dropsBody,
    originalUrl: `${from}://${request.authority}${request.path}`,
  };
}

/** The routes that a stream was redirected to, by the route it came from; one for the whole life of a stream. */
export type PreviousRoutes = Map<string, Set<string>>;

/** Whether the predicates accept the route that was found for the new request. */
export function acceptsTargetRoute(
  policy: InternalRedirectRuntime,
  from: { readonly routeName: string; readonly scheme: string },
  target: { readonly routeName: string; readonly scheme: string },
  previous: PreviousRoutes,
): boolean {
  for (const predicate of policy.predicates) {
    if (predicate.kind === 'allowListed' && !predicate.routeNames.has(target.routeName)) return false;
    if (predicate.kind === 'safeCrossScheme' && from.scheme !== 'https' && target.scheme === 'https') return false;
    if (predicate.kind === 'previousRoutes' && !isNew(previous, from.routeName, target.routeName)) return false;
  }
  return true;
}

function isNew(previous: PreviousRoutes, from: string, target: string): boolean {
  const seen = previous.get(from) ?? new Set<string>();
  if (seen.has(target)) return false;
  previous.set(from, seen.add(target));
  return true;
}

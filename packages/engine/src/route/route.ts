import type { FilterAction, NonForwardingAction, Route } from '@weft/proto/envoy/config/route/v3/route_components';
import { isMissing } from '../compile/matchers/outcome.ts';
import { metadataOf } from '../compile/metadata.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import { compileHeaderMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import { compileBufferLimit } from './buffer-limit.ts';
import type { RouteCompileContext } from './context.ts';
import { compileDirectResponse, type DirectResponseRuntime } from './direct-response.ts';
import { compileForward, type ForwardRuntime } from './forward-action.ts';
import { type HostLevel, mutationLevels } from './levels.ts';
import { compileFilterOverrides, type FilterOverrides } from './per-filter-config.ts';
import { compileRedirect, type RedirectRuntime } from './redirect.ts';
import { compileRouteMatch, type RouteMatchRuntime } from './route-match.ts';
import { compileDecorator, compileRouteTracing, type DecoratorRuntime, type RouteTracingRuntime } from './tracing.ts';

/** What is supported of routes. */
export const ROUTE_SUPPORT = [
  supports<Route>('envoy.config.route.v3.Route', {
    name: true,
    match: true,
    action: {
      route: true,
      redirect: true,
      directResponse: true,
      filterAction: 'Envoy does not implement it either: use route, redirect or direct_response',
      nonForwardingAction:
        'is for gRPC servers that serve the request themselves: use route, redirect or direct_response',
    },
    metadata: true,
    decorator: withoutEffect('spans are not made, and without them Envoy does nothing with it either'),
    typedPerFilterConfig: true,
    requestHeadersToAdd: true,
    requestHeadersToRemove: true,
    responseHeadersToAdd: true,
    responseHeadersToRemove: true,
    tracing: withoutEffect('spans are not made, and without them Envoy does nothing with it either'),
    perRequestBufferLimitBytes: true,
    statPrefix: true,
    requestBodyBufferLimit: true,
    routeSpecifiers: 'use cluster_specifier_plugin or cluster_header',
  }),
  supports<FilterAction>('envoy.config.route.v3.FilterAction', { action: true }),
  supports<NonForwardingAction>('envoy.config.route.v3.NonForwardingAction', {}),
];

/** What becomes of a request. */
export type RouteActionRuntime = ForwardRuntime | RedirectRuntime | DirectResponseRuntime;

/** A compiled route. */
export interface RouteRuntime {
  /** Empty without one. */
  readonly name: string;
  /** Where the route stands in its virtual host, for explanations: `routes[3]`. */
  readonly place: string;
  readonly match: RouteMatchRuntime;
  readonly action: RouteActionRuntime;
  readonly metadata: MetadataSource;
  /** The header changes of all levels in the order of their application; those of a weighted cluster come before. */
  readonly requestHeaders: readonly HeaderMutations[];
  readonly responseHeaders: readonly HeaderMutations[];
  /** Merged with those of the levels around. */
  readonly filters: FilterOverrides;
  readonly decorator: DecoratorRuntime | undefined;
  readonly tracing: RouteTracingRuntime | undefined;
  /** How many bytes are kept for retries and mirrors; undefined leaves it to the listener. */
  readonly bufferLimitBytes: number | undefined;
  /** Prefix of the route's own statistics; empty for none. */
  readonly statPrefix: string;
}

/** Compiles a route; undefined when there was a problem. */
export function compileRoute(
  route: Route,
  place: string,
  host: HostLevel,
  path: string,
  context: RouteCompileContext,
): RouteRuntime | undefined {
  if (route.match === undefined) return isMissing(path, 'match', context);
  const before = context.problems.count;
  const match = compileRouteMatch(route.match, `${path}.match`, host.ignoresPathParameters, context);
  const filters = compileFilterOverrides(
    route.typedPerFilterConfig,
    host.filters,
    `${path}.typed_per_filter_config`,
    context,
  );
  const requestHeaders = compileHeaderMutations(
    route.requestHeadersToAdd,
    route.requestHeadersToRemove,
    { add: `${path}.request_headers_to_add`, remove: `${path}.request_headers_to_remove` },
    context,
  );
  const responseHeaders = compileHeaderMutations(
    route.responseHeadersToAdd,
    route.responseHeadersToRemove,
    { add: `${path}.response_headers_to_add`, remove: `${path}.response_headers_to_remove` },
    context,
  );
  const decorator = route.decorator && compileDecorator(route.decorator, `${path}.decorator`, context);
  const tracing = route.tracing && compileRouteTracing(route.tracing, `${path}.tracing`, context);
  const bufferLimitBytes = compileBufferLimit(route, path, context);
  const action = compileAction(route, match, { ...host, filters: filters ?? host.filters }, path, context);
  if (context.problems.count !== before || match === undefined || action === undefined) return undefined;
  if (filters === undefined || requestHeaders === undefined || responseHeaders === undefined) return undefined;
  return Object.freeze({
    name: route.name,
    place,
    match,
    action,
    metadata: metadataOf(route.metadata),
    requestHeaders: mutationLevels(host.requestHeaders, requestHeaders, host.isMostSpecificLast),
    responseHeaders: mutationLevels(host.responseHeaders, responseHeaders, host.isMostSpecificLast),
    filters,
    decorator,
    tracing,
    bufferLimitBytes: bufferLimitBytes ?? host.bufferLimitBytes,
    statPrefix: route.statPrefix,
  });
}

function compileAction(
  route: Route,
  match: RouteMatchRuntime | undefined,
  host: HostLevel,
  path: string,
  context: RouteCompileContext,
): RouteActionRuntime | undefined {
  const { action } = route;
  switch (action.case) {
    case undefined:
      return isMissing(path, 'route, redirect or direct_response', context);
    case 'route':
      // Without the match its rewrites cannot be checked, and the match's own problem is what counts.
      return match && compileForward(action.value, match, host, `${path}.route`, context);
    case 'redirect':
      return compileRedirect(action.value, `${path}.redirect`, context);
    case 'directResponse':
      return compileDirectResponse(action.value, host.maxDirectResponseBytes, `${path}.direct_response`, context);
    case 'filterAction':
      context.problems.add(`${path}.filter_action`, 'is not supported: use route, redirect or direct_response');
      return undefined;
    case 'nonForwardingAction':
      context.problems.add(
        `${path}.non_forwarding_action`,
        'is for gRPC servers: use route, redirect or direct_response',
      );
      return undefined;
  }
}

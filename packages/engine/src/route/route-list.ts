import type { Route } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileList } from '../compile/matchers/outcome.ts';
import { pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import { compilePathTable, type PathTable } from '../match/path-table.ts';
import type { Trace } from '../trace/trace.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { RequestView } from '../view/request-view.ts';
import type { Condition } from './conditions.ts';
import type { RouteCompileContext } from './context.ts';
import type { HostLevel } from './levels.ts';
import { compileRoute, type RouteRuntime } from './route.ts';
import type { RouteInput } from './route-input.ts';

/** An ordered list of routes. */
export interface RouteList {
  readonly routes: readonly RouteRuntime[];
  readonly paths: PathTable;
  readonly ignoresPathParameters: boolean;
  /** The first route where it takes every path without a condition, as in most virtual hosts of a mesh: nothing else has to be looked at. */
  readonly catchAll: RouteRuntime | undefined;
}

const SLASH = 0x2f;

/** Compiles a list of routes; undefined when one of them has a problem. */
export function compileRouteList(
  messages: readonly Route[],
  host: HostLevel,
  path: string,
  context: RouteCompileContext,
): RouteList | undefined {
  const routes = compileList(messages, path, (route, at) =>
    compileRoute(route, at.slice(path.lastIndexOf('.') + 1), host, at, context),
  );
  if (routes === undefined) return undefined;
  const specs = routes.map((route) => route.match.pathSpec);
  const paths = compilePathTable(specs, path, context.regexLimits);
  if (paths.kind === 'ok') {
    const { ignoresPathParameters } = host;
    return Object.freeze({ routes, paths: paths.value, ignoresPathParameters, catchAll: catchAllOf(routes) });
  }
  for (const { path: at, reason } of paths.error) context.problems.add(inMatch(at, path), reason);
  return undefined;
}

function catchAllOf([first]: readonly RouteRuntime[]): RouteRuntime | undefined {
  if (first === undefined || first.match.conditions.length > 0) return undefined;
  const { pathSpec } = first.match;
  return pathSpec.kind === 'prefix' && pathSpec.value === '/' ? first : undefined;
}

/** The table calls its conditions `routes[3].safe_regex`; in the message they are in the route's match. */
function inMatch(at: string, path: string): string {
  const end = at.indexOf(']', path.length) + 1;
  return `${at.slice(0, end)}.match${at.slice(end)}`;
}

/** The part of a path that route matches look at. */
function matchedPath(path: string, ignoresPathParameters: boolean): string {
  const plain = pathWithoutQuery(path);
  const semicolon = ignoresPathParameters ? plain.indexOf(';') : -1;
  return semicolon === -1 ? plain : plain.slice(0, semicolon);
}

/** The first route that takes a request. */
export function firstRoute(
  list: RouteList,
  request: RequestView,
  connection: ConnectionView,
  input: RouteInput,
  trace?: Trace,
): RouteRuntime | undefined {
  const { routes, paths, catchAll } = list;
  if (catchAll !== undefined && trace === undefined && request.path.charCodeAt(0) === SLASH) return catchAll;
  const path = matchedPath(request.path, list.ignoresPathParameters);
  let from = 0;
  for (let at = paths.next(path, 0); at !== -1; at = paths.next(path, at + 1)) {
    const route = routes[at]!;
    if (trace !== undefined) tracePassed(list, from, at, path, trace);
    from = at + 1;
    if (request.path === '' && !route.match.isPathless) {
      if (trace !== undefined) traceFailed(route, 'the request has no path', trace);
      continue;
    }
    const failed = firstFailed(route.match.conditions, request, connection, input);
    if (failed === undefined) {
      if (trace !== undefined) traceChosen(route, paths.describe(at), trace);
      return route;
    }
    if (trace !== undefined) traceFailed(route, `not met: ${failed.describe()}`, trace);
  }
  if (trace !== undefined) tracePassed(list, from, routes.length, path, trace);
  return undefined;
}

function firstFailed(
  conditions: readonly Condition[],
  request: RequestView,
  connection: ConnectionView,
  input: RouteInput,
): Condition | undefined {
  for (let i = 0; i < conditions.length; i += 1) {
    if (!conditions[i]!.holds(request, connection, input)) return conditions[i];
  }
  return undefined;
}

/** The name of a route for explanations, with its place where it has none. */
export function routeLabel(route: RouteRuntime): string {
  return route.name === '' ? route.place : route.name;
}

/** Names the routes that the path table passed over. */
function tracePassed({ routes, paths }: RouteList, from: number, to: number, path: string, trace: Trace): void {
  for (let i = from; i < to; i += 1) {
    traceFailed(routes[i]!, `path ${JSON.stringify(path)} is not: ${paths.describe(i)}`, trace);
  }
}

function traceFailed(route: RouteRuntime, why: string, trace: Trace): void {
  trace.step({ kind: 'route', name: routeLabel(route), outcome: 'failed', why });
}

function traceChosen(route: RouteRuntime, pathText: string, trace: Trace): void {
  const conditions = route.match.conditions.map((condition) => condition.describe());
  trace.step({ kind: 'route', name: routeLabel(route), outcome: 'chosen', why: [pathText, ...conditions].join('; ') });
}

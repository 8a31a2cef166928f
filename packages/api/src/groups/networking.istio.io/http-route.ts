/** One rule for HTTP requests: which it is for, and what happens to them. */
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { checkCorsPolicy, corsPolicy } from './cors-policy.ts';
import { checkDestination, checkWeights, destination } from './destination.ts';
import { checkFault, fault } from './fault.ts';
import { checkAuthorityOnce, checkHeaders, headers } from './headers.ts';
import {
  checkDelegate,
  checkDirectResponse,
  checkMirrorPercent,
  checkMirrors,
  checkRedirect,
  checkRewrite,
  delegate,
  directResponse,
  mirrorPercent,
  mirrors,
  redirect,
  rewrite,
} from './http-answers.ts';
import { checkHttpMatch, httpMatch } from './http-match.ts';
import { checkRetries, retries } from './retries.ts';
import { duration, percent } from './scalars.ts';

const routeDestination = object('One service that gets a share of the requests.', {
  destination: required(destination),
  weight: integer('Share of the requests, relative to the sum of all weights.'),
  headers,
});

/** One rule for HTTP requests. */
export const httpRoute = object('A rule for HTTP requests; the first that matches counts.', {
  name: string('Name of the rule, for logs.'),
  match: list('Requests that the rule is for; one of these must match; all requests when empty.', httpMatch),
  route: list('Services that the requests are sent to.', routeDestination),
  redirect,
  directResponse,
  delegate,
  rewrite,
  timeout: duration('Longest time until the whole response is there; no limit when absent.'),
  retries,
  fault,
  mirror: destination,
  mirrors,
  mirror_percent: mirrorPercent,
  mirrorPercent,
  mirrorPercentage: percent,
  corsPolicy,
  headers,
});

/** One rule for HTTP requests. */
export type HttpRoute = Infer<typeof httpRoute>;

/** Checks one rule; a rule of a VirtualService without hosts is a delegate's. */
export function checkHttpRoute(route: HttpRoute, isDelegate: boolean, path: FieldPath, report: IssueReport): void {
  checkAction(route, isDelegate, path, report);
  const matches = route.match ?? [];
  for (let i = 0; i < matches.length; i++) checkHttpMatch(matches[i]!, path.child('match').index(i), report);
  if (route.headers !== undefined) {
    checkHeaders(route.headers, path.child('headers'), report);
    checkAuthorityOnce(route.headers, route.rewrite?.authority, path.child('headers'), report);
  }
  if (route.corsPolicy !== undefined) checkCorsPolicy(route.corsPolicy, path.child('corsPolicy'), report);
  if (route.fault !== undefined) checkFault(route.fault, path.child('fault'), report);
  if (route.retries !== undefined) checkRetries(route.retries, path.child('retries'), report);
  if (route.rewrite !== undefined) checkRewrite(route.rewrite, path.child('rewrite'), report);
  if (route.redirect !== undefined) checkRedirect(route.redirect, path.child('redirect'), report);
  if (route.directResponse !== undefined) {
    checkDirectResponse(route.directResponse, path.child('directResponse'), report);
  }
  if (route.delegate !== undefined) checkDelegate(route.delegate, path.child('delegate'), report);
  checkMirroring(route, path, report);
  if (route.route !== undefined) checkDestinations(route.route, path.child('route'), report);
}

/** A rule has exactly one of route, redirect, directResponse and delegate. */
function checkAction(route: HttpRoute, isDelegate: boolean, path: FieldPath, report: IssueReport): void {
  if (route.delegate !== undefined && isDelegate) {
    report.forbidden(path.child('delegate'), 'delegate HTTP route cannot contain delegate');
    return;
  }
  if (route.delegate !== undefined) {
    for (const field of ['route', 'redirect', 'directResponse'] as const) {
      if (route[field] === undefined) continue;
      report.forbidden(path.child(field), `root HTTP route ${route.name ?? ''} must not specify ${field}`);
    }
    return;
  }
  const hasRoute = (route.route ?? []).length > 0;
  if (route.redirect !== undefined) {
    if (hasRoute) report.forbidden(path.child('redirect'), 'HTTP route cannot contain both route and redirect');
    if (route.directResponse !== undefined) {
      report.forbidden(path.child('directResponse'), 'HTTP route cannot contain both directResponse and redirect');
    }
    forbidBeside(route, 'redirect', path, report);
  } else if (route.directResponse !== undefined) {
    if (hasRoute) {
      report.forbidden(path.child('directResponse'), 'HTTP route cannot contain both route and directResponse');
    }
    forbidBeside(route, 'directResponse', path, report);
  } else if (!hasRoute) {
    report.required(path, 'one of route, redirect, directResponse or delegate');
  }
}

function forbidBeside(
  route: HttpRoute,
  action: 'redirect' | 'directResponse',
  path: FieldPath,
  report: IssueReport,
): void {
  for (const field of ['fault', 'rewrite'] as const) {
    if (route[field] === undefined) continue;
    report.forbidden(path.child(field), `HTTP route cannot contain both ${field} and ${action}`);
  }
  for (const field of ['retries', 'timeout', 'mirror', 'mirrors'] as const) {
    if (route[field] !== undefined) report.warn(`${path.child(field).toString()}: has no effect beside ${action}`);
  }
}

function checkMirroring(route: HttpRoute, path: FieldPath, report: IssueReport): void {
  if (route.mirror !== undefined) checkDestination(route.mirror, path.child('mirror'), report);
  if (route.mirrors !== undefined) {
    checkMirrors(route.mirrors, path.child('mirrors'), report);
    if (route.mirror !== undefined && route.mirrors.length > 0) {
      report.forbidden(path.child('mirrors'), 'HTTP route cannot contain both mirror and mirrors');
    }
  }
  checkMirrorPercent(route.mirrorPercentage, path.child('mirrorPercentage'), report);
  for (const field of ['mirrorPercent', 'mirror_percent'] as const) {
    const value = route[field] ?? 0;
    if (value > 100) {
      report.invalid(path.child(field), value, `${field} must have a max value of 100 (it has ${value})`);
    }
  }
  if (route.mirrorPercentage !== undefined && route.mirror === undefined) {
    report.warn(`${path.child('mirrorPercentage').toString()}: has no effect without mirror`);
  }
}

function checkDestinations(routes: NonNullable<HttpRoute['route']>, path: FieldPath, report: IssueReport): void {
  for (let i = 0; i < routes.length; i++) {
    const entry = routes[i]!;
    checkDestination(entry.destination, path.index(i).child('destination'), report);
    if (entry.headers !== undefined) checkHeaders(entry.headers, path.index(i).child('headers'), report);
  }
  checkWeights(routes, path, report);
}

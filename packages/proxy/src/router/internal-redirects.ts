/** Redirects of an upstream that are followed here: the request is made again, as if the client had come with the other URL. */
import { acceptsTargetRoute, findRoute, planInternalRedirect, type RedirectRefusal } from '@weft/engine';
import type { RequestHead, ResponseHead } from '../http/head.ts';
import { MANAGER_STAT } from '../http/manager/manager-stats.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { ForwardingPlan } from './plan.ts';

const REFUSALS: Readonly<Record<RedirectRefusal, number>> = {
  bad_location: MANAGER_STAT.passthrough_internal_redirect_bad_location,
  no_route: MANAGER_STAT.passthrough_internal_redirect_no_route,
  predicate: MANAGER_STAT.passthrough_internal_redirect_predicate,
  too_many_redirects: MANAGER_STAT.passthrough_internal_redirect_too_many_redirects,
  unsafe_scheme: MANAGER_STAT.passthrough_internal_redirect_unsafe_scheme,
};

/** What becomes of the body of a request that is redirected. */
export type RedirectedBody = 'kept' | 'dropped';

/** Makes the head of a request the one that a redirect asks for; undefined when the client is to see the redirect. */
export function redirectHead(
  stream: TerminalHost,
  plan: ForwardingPlan,
  head: RequestHead,
  response: ResponseHead,
): RedirectedBody | undefined {
  const body = tryRedirect(stream, plan, head, response);
  const { stats } = plan.cluster;
  if (body === 'kept' || body === 'dropped') {
    stats[CLUSTER_STAT.upstream_internal_redirect_succeeded_total]! += 1;
    return body;
  }
  stats[CLUSTER_STAT.upstream_internal_redirect_failed_total]! += 1;
  stream.services.stats[REFUSALS[body]]! += 1;
  return undefined;
}

function tryRedirect(
  stream: TerminalHost,
  { action, route }: ForwardingPlan,
  head: RequestHead,
  response: ResponseHead,
): RedirectedBody | RedirectRefusal {
  const policy = action.internalRedirect!;
  const { status } = response;
  const { redirects } = stream;
  const next = planInternalRedirect(policy, head, { status, location: response.get('location') }, redirects.count);
  if (next.kind === 'pass') return next.why;
  const { method, path, authority, scheme } = head;
  Object.assign(head, { method: next.method, path: next.path, authority: next.authority, scheme: next.scheme });
  const routes = stream.services.routes();
  const found = routes === undefined ? undefined : findRoute(routes, head, stream.connection, stream).route;
  const isAccepted =
    found !== undefined &&
    acceptsTargetRoute(
      policy,
      { routeName: route.name, scheme },
      { routeName: found.name, scheme: next.scheme },
      redirects.previousRoutes,
    );
  if (!isAccepted) {
    Object.assign(head, { method, path, authority, scheme });
    return found === undefined ? 'no_route' : 'predicate';
  }
  for (const name of policy.headersToCopy) {
    const value = response.get(name);
    if (value === undefined) head.remove(name);
    else head.set(name, value);
  }
  head.set('x-envoy-original-url', next.originalUrl);
  if (!next.dropsBody) return 'kept';
  for (const name of ['content-length', 'content-type', 'transfer-encoding']) head.remove(name);
  return 'dropped';
}

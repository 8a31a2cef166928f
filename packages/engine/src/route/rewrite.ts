import type { RequestView } from '../view/request-view.ts';
import type { StreamView } from '../view/stream-view.ts';
import type { ClusterPick } from './cluster.ts';
import type { ForwardRuntime } from './forward-action.ts';
import { forwardedHostAfter, rewriteHost } from './host-rewrite.ts';
import { rewritePath } from './path-rewrite.ts';

/** What of a request changes on its way upstream; undefined leaves it. */
export interface RewritePlan {
  readonly path: string | undefined;
  readonly authority: string | undefined;
  /** What x-envoy-original-path says where Envoy's headers are not suppressed. */
  readonly originalPath: string | undefined;
  /** What x-envoy-original-host says where Envoy's headers are not suppressed. */
  readonly originalAuthority: string | undefined;
  /** What x-forwarded-host becomes. */
  readonly forwardedHost: string | undefined;
  /** Whether the name of the upstream host becomes the host once it is chosen, if it has one; see `hostTraces`. */
  readonly takesUpstreamName: boolean;
}

/** A request that stays as it is. */
const UNCHANGED: RewritePlan = Object.freeze({
  path: undefined,
  authority: undefined,
  originalPath: undefined,
  originalAuthority: undefined,
  forwardedHost: undefined,
  takesUpstreamName: false,
});

/**
 * What a route changes of path and host. The header changes of the route are applied before, because a rewrite may read a header that they write;
 * `matchedLength` is that of the route's match, and `stream` what formats read.
 */
export function planRewrite(
  action: ForwardRuntime,
  matchedLength: number,
  pick: ClusterPick,
  request: RequestView,
  stream: StreamView,
): RewritePlan {
  const { pathRewrite, hostRewrite } = action;
  if (pathRewrite === undefined && hostRewrite === undefined && pick.weighted === undefined) return UNCHANGED;
  const path =
    pathRewrite && request.path !== '' ? rewritePath(pathRewrite, matchedLength, request.path, stream) : undefined;
  // A weighted cluster sets its host without a trace of the old one; the route's own rewrite comes after it.
  const byCluster =
    pick.weighted === undefined || pick.weighted.hostRewrite === '' ? undefined : pick.weighted.hostRewrite;
  const byRoute = rewriteHost(hostRewrite, request, stream);
  const before = byCluster ?? request.authority;
  return {
    path,
    authority: byRoute ?? byCluster,
    originalPath: path === undefined ? undefined : request.path,
    ...hostTraces(action, byRoute, before, request.get('x-forwarded-host')),
    takesUpstreamName: hostRewrite?.kind === 'auto',
  };
}

/** What a host leaves behind when it is replaced; for `auto_host_rewrite` the caller asks again once the host is known. */
export function hostTraces(
  action: ForwardRuntime,
  newHost: string | undefined,
  oldHost: string,
  forwardedHost: string | undefined,
): Pick<RewritePlan, 'originalAuthority' | 'forwardedHost'> {
  if (newHost === undefined || oldHost === '') return NO_TRACES;
  return {
    originalAuthority: oldHost,
    forwardedHost: action.appendsForwardedHost ? forwardedHostAfter(oldHost, forwardedHost) : undefined,
  };
}

const NO_TRACES = Object.freeze({ originalAuthority: undefined, forwardedHost: undefined });

/** What a connection manager does with the head of a request before any filter sees it. */
import type { ConnectionView, HttpManagerRuntime } from '@weft/engine';
import type { LocalReply } from '../../../filters/http/filter.ts';
import type { RequestHead } from '../../head.ts';
import { isGrpc } from '../local-reply.ts';
import { MANAGER_STAT } from '../manager-stats.ts';
import { forwardClientCertificate } from './client-certificate.ts';
import { type ClientFacts, tellForwarding } from './forwarding-headers.ts';
import type { ProxyIdentity } from './proxy-identity.ts';
import { shapeHost } from './request-host.ts';
import { provideRequestId } from './request-id.ts';
import { shapePath } from './request-path.ts';

/** What admission needs beside the request. */
export interface AdmissionContext {
  readonly runtime: HttpManagerRuntime;
  readonly identity: ProxyIdentity;
  /** By slot of MANAGER_STATS. */
  readonly stats: Float64Array;
}

const SLASH = 47;

const NO_HOST = refusal(400, 'missing_host_header');
const NOT_RELATIVE = refusal(404, 'absolute_path_rejected');
const BAD_PATH = refusal(400, 'path_normalization_failed');

/**
 * Checks and completes the head, and finds out who the client is. An answer means that the request is refused or redirected. `internalOnly` are
 * headers that the route configuration takes from what is not internal.
 */
export function admitRequest(
  head: RequestHead,
  connection: ConnectionView,
  context: AdmissionContext,
  internalOnly: readonly string[],
  facts: ClientFacts,
): LocalReply | undefined {
  const { runtime, identity } = context;
  const { path } = head;
  if (head.authority === '') return NO_HOST;
  // An extended CONNECT (RFC 8441) is to routes what the upgrade of a GET is.
  if (head.method === 'CONNECT' && head.protocol !== '') head.method = 'GET';
  if (path !== '') {
    const refused = path.charCodeAt(0) === SLASH ? admitPath(head, context) : refuseTarget(context);
    if (refused !== undefined) return refused;
  } else if (head.method !== 'CONNECT') return refuseTarget(context);
  shapeHost(head, runtime, connection.local.port);
  if (facts.protocol === 'HTTP/2') joinCookies(head);
  const isEdge = tellForwarding(head, runtime, connection, identity.host, facts);
  if (typeof isEdge !== 'boolean') return isEdge;
  if (internalOnly.length > 0 && !facts.isInternal) for (const name of internalOnly) head.remove(name);
  if (runtime.addsUserAgent) introduce(head, identity);
  provideRequestId(head, runtime.requestId, isEdge);
  forwardClientCertificate(head, runtime, connection.tls);
  if (runtime.via !== '') head.set('via', appended(head.get('via'), runtime.via));
  return undefined;
}

/** `via` with one more station (RFC 9110 §7.6.3). */
export function appended(before: string | undefined, station: string): string {
  return before === undefined || before === '' ? station : `${before}, ${station}`;
}

function admitPath(head: RequestHead, { runtime, stats }: AdmissionContext): LocalReply | undefined {
  const outcome = shapePath(head, runtime);
  if (outcome === 'accepted') return undefined;
  // A gRPC client does not follow redirects.
  if (outcome === 'rejected' || isGrpc(head.get('content-type'))) {
    stats[MANAGER_STAT.downstream_rq_failed_path_normalization]! += 1;
    return BAD_PATH;
  }
  stats[MANAGER_STAT.downstream_rq_redirected_with_normalized_path]! += 1;
  return { ...refusal(307, 'path_normalization_failed'), headers: [['location', head.path]] };
}

/** HTTP/2 may split cookies over several fields; nobody else may (RFC 9113 §8.2.3). */
function joinCookies(head: RequestHead): void {
  if (head.repeated('cookie') !== undefined) head.set('cookie', head.get('cookie') ?? '');
}

function refuseTarget({ stats }: AdmissionContext): LocalReply {
  stats[MANAGER_STAT.downstream_rq_non_relative_path]! += 1;
  return NOT_RELATIVE;
}

/** add_user_agent: this proxy is the program that speaks, where none has said that it is. */
function introduce(head: RequestHead, { cluster, nodeId }: ProxyIdentity): void {
  head.set('x-envoy-downstream-service-cluster', cluster);
  const agent = head.get('user-agent');
  if (agent === undefined || agent === '') head.set('user-agent', cluster);
  if (nodeId !== '') head.set('x-envoy-downstream-service-node', nodeId);
}

function refusal(status: number, details: string): LocalReply {
  return { status, body: '', details };
}

/** The router, the last HTTP filter: answers by the route itself, or forwards to a cluster. */
import {
  type DirectResponseRuntime,
  type ForwardRuntime,
  findVirtualCluster,
  locationOfItself,
  planRedirect,
  planTlsRedirect,
  type Redirect,
  ResponseFlag,
  type RouteRuntime,
  type VirtualHostRuntime,
} from '@weft/engine';
import type { LocalReply } from '../filters/http/filter.ts';
import type { FieldList, RequestHead } from '../http/head.ts';
import { MANAGER_STAT } from '../http/manager/manager-stats.ts';
import type { Terminal, TerminalHost } from '../http/manager/terminal.ts';
import { Forwarding } from './forwarding.ts';
import type { RouterOptions } from './plan.ts';
import { checkStrictly } from './strict-checks.ts';

/** See the file's head. */
export class Router implements Terminal {
  readonly #stream: TerminalHost;
  readonly #options: RouterOptions;
  #forwarding: Forwarding | undefined;

  constructor(stream: TerminalHost, options: RouterOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  onHead(head: RequestHead, endStream: boolean): void {
    const { strictlyCheckedHeaders } = this.#options.runtime;
    const refusal = strictlyCheckedHeaders.length === 0 ? undefined : checkStrictly(strictlyCheckedHeaders, head);
    if (refusal !== undefined) {
      this.#stream.reply(refusal);
      return;
    }
    const { decision } = this.#stream.route;
    if (decision.kind === 'none') this.#noRoute();
    else if (decision.kind === 'tlsRedirect') this.#redirect(planTlsRedirect(head));
    else {
      const { route } = decision;
      const { action } = route;
      if (action.kind === 'redirect')
        this.#redirect(planRedirect(action, route.match.matchedLength, head, this.#stream));
      else if (action.kind === 'directResponse') this.#respond(action, head);
      else this.#forward(head, endStream, decision.virtualHost, route, action);
    }
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#forwarding?.onData(bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    this.#forwarding?.onTrailers(trailers);
  }

  onDownstreamDrain(): void {
    this.#forwarding?.onDownstreamDrain();
  }

  onDeadline(nowMs: number): void {
    this.#forwarding?.onDeadline(nowMs);
  }

  stop(): void {
    this.#forwarding?.stop();
    this.#forwarding = undefined;
  }

  #noRoute(): void {
    const stream = this.#stream;
    stream.services.stats[MANAGER_STAT.no_route]! += 1;
    stream.reply({ status: 404, body: '', details: 'route_not_found', flags: ResponseFlag.noRouteFound });
  }

  #redirect({ status, location }: Redirect): void {
    const stream = this.#stream;
    stream.services.stats[MANAGER_STAT.rq_redirect]! += 1;
    stream.reply({
      status,
      body: '',
      details: 'direct_response',
      headers: [['location', location]],
    });
  }

  #respond(action: DirectResponseRuntime, head: RequestHead): void {
    const stream = this.#stream;
    stream.services.stats[MANAGER_STAT.rq_direct_response]! += 1;
    stream.reply({
      status: action.status,
      ...directBody(action, stream),
      details: 'direct_response',
      headers: action.hasLocation ? [['location', locationOfItself(head)]] : [],
    });
  }

  #forward(
    head: RequestHead,
    endStream: boolean,
    virtualHost: VirtualHostRuntime,
    route: RouteRuntime,
    action: ForwardRuntime,
  ): void {
    const stream = this.#stream;
    const { stats } = stream.services;
    const { pick } = stream.route;
    if (pick === undefined) {
      this.#noRoute();
      return;
    }
    stats[MANAGER_STAT.rq_total]! += 1;
    const { upstream } = stream;
    upstream.clusterName = pick.clusterName;
    const cluster = this.#options.clusters.get(pick.clusterName);
    if (cluster === undefined) {
      stats[MANAGER_STAT.no_cluster]! += 1;
      const status = action.clusterNotFoundStatus;
      stream.reply({ status, body: '', details: 'cluster_not_found', flags: ResponseFlag.noClusterFound });
      return;
    }
    upstream.observabilityName = cluster.observabilityName;
    upstream.clusterMetadata = cluster.metadata;
    stream.virtualClusterName = findVirtualCluster(virtualHost.virtualClusters, head) ?? '';
    const plan = { virtualHost, route, action, pick, cluster };
    this.#forwarding = new Forwarding(stream, this.#options, plan, head, endStream);
    this.#forwarding.start();
  }
}

/** As in Envoy, a format sees no status yet. */
function directBody(
  { body, format }: DirectResponseRuntime,
  stream: TerminalHost,
): Pick<LocalReply, 'body' | 'contentType'> {
  if (format === undefined) return { body };
  const moment = { accessLogType: 'NotSet', localReplyBody: new TextDecoder().decode(body) } as const;
  return { body: format.formatter.format(stream, moment), contentType: format.contentType };
}

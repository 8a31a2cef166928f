import { type MirrorPick, pickMirrors } from '@weft/engine';
import type { FieldList, RequestHead } from '../http/head.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { UpstreamCluster } from '../upstream/upstream-cluster.ts';
import { Mirror, mirroredHead } from './mirror.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';

/** The copies of one request. */
export class Mirrors {
  readonly #limitBytes: number;
  readonly #protocol: string;
  readonly #cluster: UpstreamCluster;
  #mirrors: readonly Mirror[];

  private constructor(mirrors: readonly Mirror[], limitBytes: number, protocol: string, cluster: UpstreamCluster) {
    this.#mirrors = mirrors;
    this.#limitBytes = limitBytes;
    this.#protocol = protocol;
    this.#cluster = cluster;
  }

  /** The copies that the route asks for; undefined without any. The head is as it goes upstream. */
  static of(
    stream: TerminalHost,
    { clusters }: RouterOptions,
    { action, route, cluster: original }: ForwardingPlan,
    head: RequestHead,
    timeoutMs: number,
  ): Mirrors | undefined {
    const ownHost = stream.services.identity.host;
    const mirrors = pickMirrors(action.mirrors, head, stream).flatMap((pick: MirrorPick) => {
      const cluster = clusters.get(pick.clusterName);
      return cluster === undefined
        ? []
        : [new Mirror(cluster, mirroredHead(head, pick, ownHost, stream), stream, timeoutMs)];
    });
    const limitBytes = route.bufferLimitBytes ?? original.bufferLimitBytes;
    return mirrors.length === 0 ? undefined : new Mirrors(mirrors, limitBytes, stream.protocol, original);
  }

  /** A part of the body. Copies that would become too large are given up. */
  add(bytes: Buffer, start: number, end: number): void {
    const before = this.#mirrors.length;
    this.#mirrors = this.#mirrors.filter((mirror) => mirror.add(bytes, start, end, this.#limitBytes));
    this.#cluster.stats[CLUSTER_STAT.retry_or_shadow_abandoned]! += before - this.#mirrors.length;
  }

  /** The request is complete: the copies are sent. */
  send(trailers: FieldList | undefined): void {
    for (const mirror of this.#mirrors) mirror.send(this.#protocol, trailers);
    this.#mirrors = [];
  }
}

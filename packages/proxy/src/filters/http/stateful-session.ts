/** Sends the requests of a session to the host that took the first of them (envoy.filters.http.stateful_session). */
import { type HostOverride, ResponseFlag, STATEFUL_SESSION_STATS, type StatefulSessionRuntime } from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { RequestHead, ResponseHead } from '../../http/head.ts';
import type { ProxyServices } from '../../server/services.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

const STATS = defineBlock(STATEFUL_SESSION_STATS);
const STAT = STATS.at;

/** See the file's head. */
export const STATEFUL_SESSION: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession',
  create: ({ name, isDisabled, config }, { services, scope }) => {
    const usual = config as StatefulSessionRuntime;
    const { statPrefix } = usual;
    const stats = statPrefix === '' ? undefined : scope.child('stateful_session', statPrefix).block(STATS).values;
    return {
      name,
      isDisabled,
      create: (stream) => {
        const own = stream.routeConfigs[0] as StatefulSessionRuntime | undefined;
        const runtime = own ?? usual;
        if (runtime.session === undefined) return undefined;
        return new StatefulSessionFilter(stream, runtime, services, own === undefined ? stats : undefined);
      },
    };
  },
};

class StatefulSessionFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #runtime: StatefulSessionRuntime;
  readonly #services: ProxyServices;
  /** Undefined where nothing is counted. */
  readonly #stats: Float64Array | undefined;
  hostOverride: HostOverride | undefined;
  #request: RequestHead | undefined;

  constructor(
    stream: FilterStream,
    runtime: StatefulSessionRuntime,
    services: ProxyServices,
    stats: Float64Array | undefined,
  ) {
    this.#stream = stream;
    this.#runtime = runtime;
    this.#services = services;
    this.#stats = stats;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    const { session, isStrict, notFoundStatus } = this.#runtime;
    this.#request = head;
    const address = session!.addressOf(head, this.#services.clock.now());
    if (address !== undefined) this.hostOverride = { address, isStrict, notFoundStatus };
    return FilterStatus.next;
  }

  onResponseHead(head: ResponseHead): FilterStatus {
    const { view } = this.#stream;
    const host = view.upstream?.host;
    const known = this.hostOverride?.address;
    if (host === undefined) {
      const isRefused = (view.responseFlags & ResponseFlag.noHealthyUpstream) !== 0;
      if (known !== undefined && isRefused && this.#runtime.isStrict) this.#count(STAT.failed_closed);
      return FilterStatus.next;
    }
    // As Envoy counts: a request that begins a session was not sent to a host of its own, either.
    if (known === host.text) this.#count(STAT.routed);
    else if (!this.#runtime.isStrict) this.#count(STAT.failed_open);
    const field = this.#runtime.session!.remember(host.text, known, this.#request!, this.#services.clock.now());
    if (field !== undefined) head.add(...field);
    return FilterStatus.next;
  }

  #count(slot: number): void {
    if (this.#stats !== undefined) this.#stats[slot]! += 1;
  }
}

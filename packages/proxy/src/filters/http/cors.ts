/** Cross-origin resource sharing by the policy of the route (envoy.filters.http.cors). */
import { CORS_STATS, type CorsHeader, type CorsPolicyRuntime, corsPolicies, decideCors } from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { RequestHead, ResponseHead } from '../../http/head.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

const STATS = defineBlock(CORS_STATS);
const STAT = STATS.at;

/** See the file's head. */
export const CORS: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.cors.v3.Cors',
  create: ({ name, isDisabled }, { scope }) => {
    const stats = scope.child('cors').block(STATS).values;
    return { name, isDisabled, create: (stream) => new CorsFilter(stream, stats) };
  },
};

class CorsFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #stats: Float64Array;
  #headers: readonly CorsHeader[] = [];

  constructor(stream: FilterStream, stats: Float64Array) {
    this.#stream = stream;
    this.#stats = stats;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    const { routeConfigs, decision: route } = this.#stream;
    const policies = corsPolicies(routeConfigs as readonly CorsPolicyRuntime[], route.route, route.virtualHost);
    const decision = decideCors(policies, head, this.#stream.input);
    if (decision.kind === 'none') return FilterStatus.next;
    this.#stats[decision.isOriginAllowed ? STAT.origin_valid : STAT.origin_invalid]! += 1;
    if (decision.kind === 'actual') this.#headers = decision.headers;
    if (decision.kind !== 'preflight') return FilterStatus.next;
    this.#stream.reply({ status: 200, body: '', details: 'cors_response', headers: decision.headers });
    return FilterStatus.hold;
  }

  onResponseHead(head: ResponseHead): FilterStatus {
    for (const [name, value] of this.#headers) head.set(name, value);
    return FilterStatus.next;
  }
}

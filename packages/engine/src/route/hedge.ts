import type { HedgePolicy } from '@weft/proto/envoy/config/route/v3/route_components';
import { supports } from '../compile/support.ts';
import type { HeaderSource } from '../match/header-matcher.ts';

/** What is supported of hedging. */
export const HEDGE_SUPPORT = [
  supports<HedgePolicy>('envoy.config.route.v3.HedgePolicy', {
    initialRequests: 'Envoy does not act on it either: leave it out',
    additionalRequestChance: 'Envoy does not act on it either: leave it out',
    hedgeOnPerTryTimeout: true,
  }),
];

/** Whether a per-try timeout starts another attempt beside the one that is slow: the route's word, unless the request has another. */
export function isHedging(policyHedges: boolean, request: HeaderSource): boolean {
  const stated = request.get('x-envoy-hedge-on-per-try-timeout');
  if (stated === 'true') return true;
  return stated === 'false' ? false : policyHedges;
}

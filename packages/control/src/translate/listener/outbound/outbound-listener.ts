/** One outbound listener from its plan. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { FilterChainJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { TranslationInput } from '../../input.ts';
import { defined, filled } from '../../json/defined.ts';
import { provenance } from '../../provenance.ts';
import { addressJson, listenerName } from '../addresses.ts';
import { HTTP_INSPECTOR, TLS_INSPECTOR } from '../listener-filters.ts';
import { detectionTimeout } from '../protocol-detection.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import { catchAll } from '../tcp-proxy.ts';
import { type ChainPlan, chainOf, takesAll } from './chain-plan.ts';
import type { ListenerPlan } from './listener-table.ts';

const PASSTHROUGH_CHAIN_NAME = 'PassthroughFilterChain';

/** The listener; the same object as long as nothing that it is made from differs. */
export function outboundListener(input: TranslationInput, traits: ProxyTraits, plan: ListenerPlan): ListenerJson {
  const { memo, snapshot, scope } = input;
  const { address, port, isBound, chains, sources } = plan;
  const shared = [snapshot.settings, traits.key, JSON.stringify(scope.outboundTrafficPolicy), address, port, isBound];
  const objects = sources.map((source) => ('object' in source ? source.object : source));
  const own = chains.flatMap(({ parts, serverNames, ranges, applicationProtocols }) => [
    ...parts,
    JSON.stringify([serverNames, ranges, applicationProtocols]),
  ]);
  return memo.get('outboundListener', [...shared, ...objects, '', ...own], () => makeListener(input, traits, plan));
}

function makeListener(
  input: TranslationInput,
  traits: ProxyTraits,
  { address, port, isBound, chains, sources }: ListenerPlan,
): ListenerJson {
  const inspectsHttp = chains.some(({ applicationProtocols }) => applicationProtocols.length > 0);
  const inspectsTls = inspectsHttp || chains.some(({ serverNames }) => serverNames.length > 0);
  return defined<ListenerJson>({
    name: listenerName(address, port),
    address: addressJson(address, port),
    ...chainsOf(input, traits, chains),
    listenerFilters: filled([...(inspectsTls ? [TLS_INSPECTOR] : []), ...(inspectsHttp ? [HTTP_INSPECTOR] : [])]),
    listenerFiltersTimeout: inspectsHttp ? detectionTimeout(input.snapshot.settings) : '0s',
    continueOnListenerFiltersTimeout: true,
    trafficDirection: 'OUTBOUND',
    bindToPort: isBound ? undefined : false,
    metadata: provenance(sources),
  });
}

/**
 * Envoy never comes back from a chain whose first conditions hold and later ones do not: what takes every connection is the default, and where
 * there is none, connections go where they were meant to.
 */
function chainsOf(
  input: TranslationInput,
  traits: ProxyTraits,
  plans: readonly ChainPlan[],
): Pick<ListenerJson, 'filterChains' | 'defaultFilterChain'> {
  const forAll = plans.find(takesAll);
  const filterChains = plans.filter((plan) => !takesAll(plan)).map(chainOf);
  if (forAll !== undefined) {
    return filterChains.length === 0
      ? { filterChains: [chainOf(forAll)] }
      : { filterChains, defaultFilterChain: chainOf(forAll) };
  }
  return { filterChains, defaultFilterChain: passthroughChain(input, traits) };
}

function passthroughChain(input: TranslationInput, traits: ProxyTraits): FilterChainJson {
  const { scope } = input;
  return {
    name: PASSTHROUGH_CHAIN_NAME,
    filterChainMatch: {},
    filters: [catchAll(input, traits)],
    metadata: provenance(scope.sidecar === undefined ? [] : [scope.sidecar]),
  };
}

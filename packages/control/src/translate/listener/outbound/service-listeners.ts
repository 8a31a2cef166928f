/** Listeners for what the workload sends: `0.0.0.0_80` for HTTP, and an address and port each for everything else. */
import { canonicalJson } from '@weft/api';
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { Finding } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import type { MemoPart } from '../../memo.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import { ListenerPlanner } from './listener-planner.ts';
import { outboundListener } from './outbound-listener.ts';
import { isPerEndpoint } from './service-kind.ts';

/** The listeners for all services that a sidecar sees; those that none of them changed for are the same objects as before. */
export function serviceListeners(input: TranslationInput, traits: ProxyTraits, findings: Finding[]): ListenerJson[] {
  const { memo } = input;
  const { plans, found } = memo.get('outboundListeners', partsOf(input, traits), () => {
    const found: Finding[] = [];
    return { plans: new ListenerPlanner(input, traits, found).plans(), found };
  });
  findings.push(...found);
  const { settings } = input.snapshot;
  const shared = [plans, settings, traits.key, JSON.stringify(input.scope.outboundTrafficPolicy)];
  return memo.get('serviceListeners', shared, () => plans.map((plan) => outboundListener(input, traits, plan)));
}

/** Plans are made anew only when the scope is, or endpoints of services that have a listener for each of them. */
function partsOf({ snapshot, scope, proxy, memo }: TranslationInput, traits: ProxyTraits): readonly MemoPart[] {
  const traitsOfScope = memo.get('outboundTraits', [scope, proxy.cluster, traits.key], () => ({
    perEndpoint: scope.services.filter((service) =>
      service.ports.some((port) => isPerEndpoint(service, port, { cluster: proxy.cluster, traits })),
    ),
    readsLabels: readsLabels(scope),
  }));
  return [
    scope,
    snapshot.settings,
    proxy.cluster,
    traits.key,
    traitsOfScope.readsLabels ? canonicalJson(proxy.labels) : '',
    ...traitsOfScope.perEndpoint.map(({ key }) => snapshot.workloads.endpoints.get(key)),
  ];
}

/** Whether proxies of one scope get different listeners by their labels. */
function readsLabels({ egress, destinationRules }: TranslationInput['scope']): boolean {
  return (
    egress.some(({ virtualServices }) =>
      virtualServices.some(({ tls, tcp }) =>
        [...tls, ...tcp].some(({ spec }) => spec.match?.some(({ sourceLabels }) => sourceLabels !== undefined)),
      ),
    ) || [...destinationRules.values()].some((rules) => rules.some((rule) => rule.workloadSelector !== undefined))
  );
}

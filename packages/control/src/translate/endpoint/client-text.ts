/** Which proxies get the same clusters: those for which all of this is the same. */
import {
  type DestinationRuleIr,
  idOfRef,
  type MeshService,
  type MeshSettings,
  pickDestinationRule,
  type SidecarScope,
} from '../../mesh/index.ts';
import { policyFor } from '../cluster/traffic-policy.ts';
import type { TranslationInput } from '../input.ts';
import { isClusterLocal } from './assignment-plan.ts';
import { clientViewOf, localityText } from './client-view.ts';
import { localitySettingFor } from './locality-setting.ts';
import { labelOf } from './place.ts';

type ScopeInput = Pick<TranslationInput, 'scope' | 'snapshot' | 'proxy' | 'memo'>;

/** What of a client those endpoints in its scope depend on that stand in clusters themselves. */
interface ClientTraits {
  readonly hasAny: boolean;
  readonly hasNodeLocal: boolean;
  readonly hasClusterLocal: boolean;
  /** Labels of the client by which endpoints are ranked. */
  readonly labels: readonly string[];
}

/** Everything about the client that endpoints which are looked up can depend on, as one text; empty when there are none. */
export function clientText(input: ScopeInput): string {
  const traits = clientTraits(input);
  if (!traits.hasAny) return '';
  const client = clientViewOf(input.proxy);
  const { locality, network, cluster, nodeName, networks } = client;
  const node = traits.hasNodeLocal ? nodeName : '';
  const own = traits.hasClusterLocal ? cluster : '';
  const ranked = traits.labels.map((label) => labelOf(client, label));
  return JSON.stringify([localityText(locality), network, own, node, networks, ranked]);
}

/** Which rules a proxy uses of those that are for some workloads only. */
export function pickedRules({ scope, proxy, memo }: ScopeInput): string {
  const selective = memo.get('scope.selective', [scope], () =>
    scope.services.filter(({ hostname }) =>
      (scope.destinationRules.get(hostname) ?? []).some(({ workloadSelector }) => workloadSelector !== undefined),
    ),
  );
  return selective
    .map(({ hostname }) => textOf(pickDestinationRule(scope.destinationRules.get(hostname), proxy)))
    .join(' ');
}

/** Whether the proxy finds the endpoints of a service itself. */
export function isLookedUp({ resolution }: Pick<MeshService, 'resolution'>): boolean {
  return resolution === 'dns' || resolution === 'dns-round-robin';
}

function clientTraits({ scope, snapshot: { settings }, memo }: ScopeInput): ClientTraits {
  return memo.get('scope.client', [scope, settings], () => {
    const services = scope.services.filter(isLookedUp);
    return {
      hasAny: services.length > 0,
      hasNodeLocal: services.some(({ isNodeLocal }) => isNodeLocal),
      hasClusterLocal: services.some((service) => isClusterLocal(service, settings)),
      labels: [...new Set(services.flatMap((service) => rankingLabels(service, scope, settings)))].toSorted(),
    };
  });
}

function rankingLabels(service: MeshService, scope: SidecarScope, settings: MeshSettings): readonly string[] {
  const rules = [undefined, ...(scope.destinationRules.get(service.hostname) ?? [])];
  return rules.flatMap((rule) =>
    service.ports.flatMap(({ number }) =>
      [undefined, ...(rule?.subsets ?? [])].flatMap((subset) => {
        const setting = localitySettingFor(policyFor(rule, subset, number), service, settings);
        return setting?.isRanked === true ? setting.failoverPriority.map((label) => label.split('=', 1)[0]!) : [];
      }),
    ),
  );
}

function textOf(rule: DestinationRuleIr | undefined): string {
  return rule === undefined ? '' : rule.sources.map(idOfRef).join('+');
}

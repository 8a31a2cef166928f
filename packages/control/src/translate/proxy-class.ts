/**
 * Which proxies get the same for what they send: those that see the same and of which the same is known, as far as anything asks for it.
 * A mesh has a handful of such classes, however many proxies it has.
 */
import { canonicalJson } from '@weft/api';
import type { MeshSettings, SidecarScope } from '../mesh/model/index.ts';
import { clientViewOf, localityText } from './endpoint/client-view.ts';
import type { TranslationInput } from './input.ts';
import { traitsOf } from './listener/proxy-traits.ts';
import { askedLabels } from './route/rules/made-routes.ts';

/** What objects of a scope ask of a client. */
interface Questions {
  /** Names of labels; all of them when ranking by labels is asked for. */
  readonly labels: readonly string[] | 'all';
  readonly asksNode: boolean;
}

/** Proxies of one scope with equal texts are of one class. */
export function proxyClass(input: TranslationInput): string {
  const { proxy, scope, snapshot, memo } = input;
  const { settings } = snapshot;
  const { labels, asksNode } = memo.get('questions', [scope, settings], () => questionsOf(scope, settings));
  const { locality, network, cluster, nodeName, networks } = clientViewOf(proxy);
  return JSON.stringify([
    proxy.type,
    traitsOf(proxy, settings).key,
    localityText(locality),
    network,
    cluster,
    networks,
    proxy.metadata['GENERATOR'],
    asksNode ? nodeName : '',
    labels === 'all' ? canonicalJson(proxy.labels) : labels.map((name) => proxy.labels[name]),
  ]);
}

function questionsOf(scope: SidecarScope, { config }: MeshSettings): Questions {
  const { services, egress, destinationRules } = scope;
  const virtualServices = new Set(egress.flatMap((one) => one.virtualServices));
  const l4 = [...virtualServices].flatMap(({ tls, tcp }) => [...tls, ...tcp]);
  const ofL4 = l4.flatMap(({ spec }) =>
    (spec.match ?? []).flatMap(({ sourceLabels = {} }) => Object.keys(sourceLabels)),
  );
  const ranks =
    (config.localityLbSetting?.failoverPriority ?? []).length > 0 ||
    [...destinationRules.values()].flat().some((rule) => JSON.stringify(rule).includes('"failoverPriority"'));
  return {
    labels: ranks ? 'all' : [...new Set([...askedLabels(virtualServices, scope), ...ofL4])].toSorted(),
    asksNode:
      ranks ||
      services.some(
        ({ isNodeLocal, trafficDistribution }) => isNodeLocal || trafficDistribution === 'prefer-same-node',
      ),
  };
}

/** Rules of VirtualServices for connections: which of them hold for a proxy, and where they lead. */
import { pickDestinationRule } from '../../mesh/index.ts';
import type { Finding, MeshService, RouteIr, TcpRouteSpec, TlsRouteSpec } from '../../mesh/model/index.ts';
import { isSelected } from '../../mesh/names/labels.ts';
import { type EffectivePolicy, policyFor } from '../cluster/traffic-policy.ts';
import type { TranslationInput } from '../input.ts';
import type { MemoPart } from '../memo.ts';
import { type RuleContext, within } from '../route/rules/context.ts';
import { resolveDestination } from '../route/rules/destination.ts';
import type { ClusterShare } from './tcp-proxy.ts';

/** Conditions of a rule; those that are known before there is a connection are decided here. */
export type L4Match = NonNullable<TlsRouteSpec['match']>[number] | NonNullable<TcpRouteSpec['match']>[number];
/** A rule of either kind. */
export type L4Rule = RouteIr<{ readonly route?: NonNullable<TcpRouteSpec['route']> }>;

/** Where connections come in. */
export interface L4Place {
  /** `mesh`, or a gateway as `namespace/name`. */
  readonly gateway: string;
  /** Port that connections are to. */
  readonly port: number;
  /** The service that a name stands for; those that the proxy sees unless given. */
  readonly serviceOf?: (hostname: string) => MeshService | undefined;
}

/** Whether a match can hold for connections of a place. */
export function holdsAt(match: L4Match, { proxy }: TranslationInput, { gateway, port }: L4Place): boolean {
  const { gateways = [], sourceLabels = {}, sourceNamespace = '' } = match;
  return (
    (gateways.length === 0 || gateways.includes(gateway)) &&
    isSelected(sourceLabels, proxy.labels) &&
    ((match.port ?? 0) === 0 || match.port === port) &&
    (sourceNamespace === '' || sourceNamespace === proxy.namespace)
  );
}

/** Where a rule leads. */
export interface L4Route {
  /** Clusters with a share; a single destination gets everything. */
  readonly clusters: readonly [ClusterShare, ...ClusterShare[]];
  readonly statPrefix: string;
  /** What the DestinationRule of the first destination says; of several, its subset has no say. */
  readonly policy: EffectivePolicy;
  /** What all this depends on beside the rule. */
  readonly parts: readonly MemoPart[];
}

/** Where the destinations of a rule lead; undefined when none has a share. */
export function l4Route(
  input: TranslationInput,
  { spec, source }: L4Rule,
  place: L4Place,
  findings: Finding[],
): L4Route | undefined {
  const route = spec.route ?? [];
  const context = contextOf(input, place);
  const resolved = route.map(({ destination, weight = 0 }, i) => {
    const at = within(source, `route[${i}].destination`);
    return { ...resolveDestination(destination, at, context, findings), weight };
  });
  const shares = resolved.map(({ cluster, weight }) => ({ name: cluster, weight }));
  const [first, ...rest] =
    shares.length === 1 ? [{ ...shares[0]!, weight: 1 }] : shares.filter(({ weight }) => weight > 0);
  if (first === undefined) return undefined;
  const { rule, port, subset } = resolved[0]!;
  const name = route.length === 1 ? subset : '';
  return {
    clusters: [first, ...rest],
    statPrefix: route.length === 1 ? first.name : `${source.object.name}.${source.object.namespace}`,
    policy: policyFor(
      rule,
      rule?.subsets.find((one) => one.name === name),
      port,
    ),
    parts: [rule, JSON.stringify(shares)],
  };
}

function contextOf(input: TranslationInput, { gateway, port, serviceOf }: L4Place): RuleContext {
  const { scope, proxy, snapshot } = input;
  return {
    gateway,
    port,
    isTls: false,
    namespace: proxy.namespace,
    labels: proxy.labels,
    isProxyless: false,
    settings: snapshot.settings,
    serviceOf: serviceOf ?? ((hostname) => scope.servicesByHost.get(hostname)),
    destinationRuleOf: (hostname) => pickDestinationRule(scope.destinationRules.get(hostname), proxy),
  };
}

/** What the DestinationRule of a host says about one of its ports, and the rule. */
export function policyOf(
  { scope, proxy }: TranslationInput,
  hostname: string,
  port: number,
  subset = '',
): { readonly policy: EffectivePolicy; readonly rule: MemoPart } {
  const rule = pickDestinationRule(scope.destinationRules.get(hostname), proxy);
  const own = rule?.subsets.find(({ name }) => name === subset);
  return { policy: policyFor(rule, own, port), rule };
}

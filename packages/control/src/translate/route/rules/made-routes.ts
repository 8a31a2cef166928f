/** Routes that many proxies share: those of a VirtualService in one place, and those of services that have none. */
import type { RouteAction_HashPolicyJson, RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { getOrAdd } from '../../../mesh/collections/get-or-add.ts';
import type {
  DestinationRuleIr,
  Finding,
  MeshService,
  MeshServicePort,
  SidecarScope,
  VirtualServiceIr,
} from '../../../mesh/model/index.ts';
import { destinationHosts } from '../../../mesh/query/sidecar-scope.ts';
import { outboundClusterName } from '../../names/cluster-name.ts';
import { provenance, type Source } from '../../provenance.ts';
import { type Kept, keptFor } from '../kept.ts';
import type { RuleContext } from './context.ts';
import { behindAliases } from './destination.ts';
import { timeouts } from './forward.ts';
import { hashPolicyOf } from './hash-policy.ts';
import { retryPolicy } from './retry.ts';
import { translateRules } from './translate-rules.ts';

/** Name of routes that no user wrote. */
export const DEFAULT_ROUTE_NAME = 'default';

/** Routes, and what is wrong with what they were made from. */
export interface MadeRoutes {
  readonly routes: RouteJson[];
  readonly findings: readonly Finding[];
}

/** By VirtualService and by service. */
const byRules: Kept<MadeRoutes> = new WeakMap();
const byDefault: Kept<MadeRoutes> = new WeakMap();

/** The routes of a VirtualService; none when nothing of it is for this place. */
export function routesByRules(service: VirtualServiceIr, context: RuleContext): MadeRoutes {
  const { hosts, labels, asksNamespace } = questionsOf(service);
  const { gateway, port, isTls, isProxyless, settings, namespace } = context;
  const parts: unknown[] = [port, gateway, isTls, isProxyless, settings, asksNamespace ? namespace : ''];
  for (const label of labels) parts.push(context.labels[label]);
  for (const host of hosts) {
    const { hostname, service: target } = behindAliases(host, context.serviceOf);
    parts.push(hostname, context.serviceOf(host), target, context.destinationRuleOf(hostname));
  }
  return keptFor(byRules, service, parts, () => {
    const findings: Finding[] = [];
    return Object.freeze({ routes: translateRules(service, context, findings), findings });
  });
}

/** The route of a service for which there are no rules. */
export function defaultRoutes(service: MeshService, port: MeshServicePort, context: RuleContext): MadeRoutes {
  const { settings, isProxyless } = context;
  const rule = context.destinationRuleOf(service.hostname);
  const hashPolicy = rule && hashPolicyOf(rule, port.number);
  const hashRule = hashPolicy === undefined ? undefined : rule;
  return keptFor(byDefault, service, [port, hashRule, settings, isProxyless], () =>
    Object.freeze({ routes: [defaultRoute(service, port, context, { hashPolicy, hashRule })], findings: [] }),
  );
}

interface Hashing {
  readonly hashPolicy: RouteAction_HashPolicyJson | undefined;
  /** The DestinationRule that it is from. */
  readonly hashRule: DestinationRuleIr | undefined;
}

function defaultRoute(
  { hostname, sources }: MeshService,
  port: MeshServicePort,
  { settings, isProxyless }: RuleContext,
  { hashPolicy, hashRule }: Hashing,
): RouteJson {
  const retries = retryPolicy(settings.config.defaultHttpRetryPolicy, hashPolicy !== undefined);
  const [first, ...others] = sources;
  const origin: Source[] = [...(first === undefined ? [] : [{ object: first, path: port.path }]), ...others];
  if (hashRule !== undefined) origin.push(hashRule.trafficPolicySource ?? hashRule.sources[0]!);
  return {
    name: DEFAULT_ROUTE_NAME,
    match: { prefix: '/' },
    decorator: { operation: `${hostname}:${port.number}/*` },
    metadata: provenance(origin),
    route: {
      cluster: outboundClusterName({ hostname, port: port.number }),
      ...timeouts(undefined, isProxyless),
      ...(retries === undefined ? {} : { retryPolicy: retries }),
      ...(hashPolicy === undefined ? {} : { hashPolicy: [hashPolicy] }),
    },
  };
}

/** Names of the labels of proxies that rules and DestinationRules ask for, sorted. */
export function askedLabels(
  virtualServices: Iterable<VirtualServiceIr>,
  { destinationRules }: SidecarScope,
): readonly string[] {
  const names = new Set<string>();
  for (const service of virtualServices) for (const name of questionsOf(service).labels) names.add(name);
  for (const rules of destinationRules.values()) {
    for (const { workloadSelector = {} } of rules) for (const name of Object.keys(workloadSelector)) names.add(name);
  }
  return [...names].toSorted();
}

/** The labels of these names alone. */
export function pickLabels(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, labels[name]!]] : [])));
}

/** What routes of a VirtualService depend on beside itself. */
interface RuleQuestions {
  readonly labels: readonly string[];
  readonly asksNamespace: boolean;
  readonly hosts: readonly string[];
}

/** Asked for with every look-up, and the same as long as the object. */
const questions = new WeakMap<VirtualServiceIr, RuleQuestions>();

function questionsOf(service: VirtualServiceIr): RuleQuestions {
  return getOrAdd(questions, service, () => findQuestions(service));
}

function findQuestions(service: VirtualServiceIr): RuleQuestions {
  const matches = service.http.flatMap(({ spec }) => spec.match ?? []);
  return {
    labels: [...new Set(matches.flatMap(({ sourceLabels = {} }) => Object.keys(sourceLabels)))],
    asksNamespace: matches.some(({ sourceNamespace = '' }) => sourceNamespace !== ''),
    hosts: destinationHosts(service),
  };
}

/** Routes that many proxies share: those of a VirtualService in one place, and those of services that have none. */
import type { RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type {
  Finding,
  MeshService,
  MeshServicePort,
  SidecarScope,
  VirtualServiceIr,
} from '../../../mesh/model/index.ts';
import { destinationHosts } from '../../../mesh/query/sidecar-scope.ts';
import type { Memo, MemoPart } from '../../memo.ts';
import { outboundClusterName } from '../../names/cluster-name.ts';
import { provenance } from '../../provenance.ts';
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

/** The routes of a VirtualService; none when nothing of it is for this place. */
export function routesByRules(service: VirtualServiceIr, context: RuleContext, memo: Memo): MadeRoutes {
  const { hosts, labels, asksNamespace } = memo.get('rule-questions', [service], () => questionsOf(service));
  const { gateway, port, isTls, isProxyless, settings, namespace } = context;
  const parts: MemoPart[] = [service, gateway, port, isTls, isProxyless, settings, asksNamespace ? namespace : ''];
  for (const label of labels) parts.push(context.labels[label]);
  for (const host of hosts) {
    const behind = behindAliases(host, context.serviceOf);
    parts.push(context.serviceOf(host), behind.service, context.destinationRuleOf(behind.hostname));
  }
  return memo.get('rules', parts, () => {
    const findings: Finding[] = [];
    return Object.freeze({ routes: translateRules(service, context, findings), findings });
  });
}

/** The route of a service for which there are no rules. */
export function defaultRoutes(
  service: MeshService,
  port: MeshServicePort,
  context: RuleContext,
  memo: Memo,
): MadeRoutes {
  const { settings, isProxyless } = context;
  const rule = context.destinationRuleOf(service.hostname);
  const hashPolicy = hashPolicyOf(rule, port.number);
  const isHashed = rule !== undefined && hashPolicy !== undefined;
  return memo.get('default-route', [service, port, isHashed ? rule : undefined, settings, isProxyless], () => {
    const { hostname, sources } = service;
    const retries = retryPolicy(settings.config.defaultHttpRetryPolicy, isHashed);
    const [first, ...others] = sources;
    const origin = [...(first === undefined ? [] : [{ object: first, path: port.path }]), ...others];
    const policy = isHashed ? (rule.trafficPolicySource ?? rule.sources[0]!) : undefined;
    const route: RouteJson = {
      name: DEFAULT_ROUTE_NAME,
      match: { prefix: '/' },
      decorator: { operation: `${hostname}:${port.number}/*` },
      metadata: provenance(policy === undefined ? origin : [...origin, policy]),
      route: {
        cluster: outboundClusterName({ hostname, port: port.number }),
        ...timeouts(undefined, isProxyless),
        ...(retries === undefined ? {} : { retryPolicy: retries }),
        ...(hashPolicy === undefined ? {} : { hashPolicy: [hashPolicy] }),
      },
    };
    return Object.freeze({ routes: [route], findings: [] });
  });
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

function questionsOf(service: VirtualServiceIr): RuleQuestions {
  const matches = service.http.flatMap(({ spec }) => spec.match ?? []);
  return {
    labels: [...new Set(matches.flatMap(({ sourceLabels = {} }) => Object.keys(sourceLabels)))],
    asksNamespace: matches.some(({ sourceNamespace = '' }) => sourceNamespace !== ''),
    hosts: destinationHosts(service),
  };
}

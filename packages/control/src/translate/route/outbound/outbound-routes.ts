/** Routes of what the workload beside a sidecar sends. */
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { MESH_GATEWAY, pickDestinationRule, protocolFromWord } from '../../../mesh/index.ts';
import type { EgressScope, Finding, MeshSettings } from '../../../mesh/model/index.ts';
import { findingAt } from '../../finding-at.ts';
import type { TranslationInput } from '../../input.ts';
import { type ProxyTraits, traitsOf } from '../../listener/proxy-traits.ts';
import { type OutboundRouteName, parseOutboundRouteName } from '../../names/route-name.ts';
import { routeConfiguration } from '../route-configuration.ts';
import type { RuleContext } from '../rules/context.ts';
import { NO_REMOTE_RETRIES } from '../rules/forward.ts';
import { askedLabels, pickLabels } from '../rules/made-routes.ts';
import { domainContext } from './domains.ts';
import { type EgressIndex, indexEgress, onPort } from './egress-index.ts';
import { fallbackHost } from './fallback-host.ts';
import { addPortHosts, type PortContext, routesOfService, virtualHostName } from './port-hosts.ts';
import { VirtualHostTable } from './virtual-host-table.ts';

/** Clients of gRPC that read xDS themselves say this of their node. */
const PROXYLESS_GENERATOR = 'grpc';
/** A listener of a Sidecar for HTTP proxying, or with a socket, serves services on all their ports. */
const ANY_PORT = 0;
const USUAL_PORT = 80;

/** What all route configurations of proxies that are alike have in common. */
interface Client {
  readonly input: TranslationInput;
  readonly traits: ProxyTraits;
  readonly labels: Readonly<Record<string, string>>;
  readonly isProxyless: boolean;
  readonly includesAttempts: boolean;
}

interface Made {
  readonly config: RouteConfigurationJson;
  readonly findings: readonly Finding[];
}

/**
 * The routes that a listener names: `80` for all services with that port, `reviews.a.svc.cluster.local:9080` for one service
 * whose protocol is found out, `unix://…` and `http_proxy` for those on all ports.
 */
export function outboundRoutes(
  input: TranslationInput,
  routeName: string,
  findings: Finding[],
): RouteConfigurationJson {
  const client = clientOf(input);
  const { labels, isProxyless, includesAttempts, traits } = client;
  const { scope, snapshot, proxy, memo } = input;
  const facts = JSON.stringify([labels, isProxyless, includesAttempts, traits.resolvesNames, proxy.cluster]);
  const made = memo.get('outbound-routes', [scope, snapshot.settings, routeName, facts], () => make(client, routeName));
  findings.push(...made.findings);
  return made.config;
}

function clientOf(input: TranslationInput): Client {
  const { scope, proxy, snapshot, memo } = input;
  const names = memo.get('asked-labels', [scope], () =>
    askedLabels(new Set(scope.egress.flatMap(({ virtualServices }) => virtualServices)), scope),
  );
  const traits = traitsOf(proxy, snapshot.settings);
  return {
    input,
    traits,
    labels: pickLabels(proxy.labels, names),
    isProxyless: proxy.metadata['GENERATOR'] === PROXYLESS_GENERATOR,
    includesAttempts: traits.config.proxyHeaders?.attemptCount?.disabled !== true,
  };
}

function make(client: Client, routeName: string): Made {
  const { scope, snapshot, memo } = client.input;
  const findings: Finding[] = [];
  tellOfMesh(snapshot.settings, findings);
  const name = parseOutboundRouteName(routeName);
  const egress = name && egressFor(scope.egress, name);
  if (name?.kind === 'service') {
    const hosts = egress === undefined ? [] : serviceHost(client, egress, name, findings);
    return { config: routeConfiguration(memo, routeName, hosts), findings };
  }
  const port = egress === undefined ? ANY_PORT : listenPort(egress, name!);
  const hosts = egress === undefined ? [] : hostsOf(client, egress, port, findings);
  const { sidecar, outboundTrafficPolicy, namespace } = scope;
  const policy = JSON.stringify(outboundTrafficPolicy);
  const parts = [sidecar, policy, namespace, snapshot.settings, client.includesAttempts];
  const fallback = memo.get('fallback-host', parts, () =>
    fallbackHost(scope, snapshot.settings, client.includesAttempts),
  );
  return { config: routeConfiguration(memo, routeName, [...hosts, fallback], port !== ANY_PORT), findings };
}

/** What the settings of the mesh say for all rules and has no effect. */
function tellOfMesh({ config, source }: MeshSettings, findings: Finding[]): void {
  if (config.defaultHttpRetryPolicy?.retryRemoteLocalities !== true || source === undefined) return;
  const field = 'data.mesh.defaultHttpRetryPolicy.retryRemoteLocalities';
  findings.push(findingAt('UnsupportedField', source, field, NO_REMOTE_RETRIES));
}

/** The listener of the Sidecar that has the port or the socket, else the one for everything. */
function egressFor(all: readonly EgressScope[], name: OutboundRouteName): EgressScope | undefined {
  return all.find(({ spec }) => {
    if (spec?.port === undefined) return true;
    if (name.kind === 'unix') return spec.bind === name.bind;
    return name.kind !== 'proxy' && spec.port.number === name.port;
  });
}

function listenPort({ spec }: EgressScope, name: OutboundRouteName): number {
  if (name.kind !== 'port' || protocolFromWord(spec?.port?.protocol ?? '') === 'HTTP_PROXY') return ANY_PORT;
  return name.port;
}

/** The only virtual host of a listener for one service. */
function serviceHost(
  client: Client,
  egress: EgressScope,
  { hostname, port }: { readonly hostname: string; readonly port: number },
  findings: Finding[],
): VirtualHostJson[] {
  const context = portContext(client, egress, port, 0);
  const served = onPort(context.index, port).http.find(({ service }) => service.hostname === hostname);
  if (served === undefined) return [];
  const { memo } = client.input;
  const made = routesOfService(served, context);
  if (made.routes.length === 0) return [];
  findings.push(...made.findings);
  const name = virtualHostName(hostname, port);
  const includeRequestAttemptCount = client.includesAttempts;
  const { routes } = made;
  return [
    memo.get('only-virtual-host', [name, routes, includeRequestAttemptCount], () => ({
      name,
      domains: ['*'],
      routes,
      includeRequestAttemptCount,
    })),
  ];
}

function hostsOf(client: Client, egress: EgressScope, port: number, findings: Finding[]): VirtualHostJson[] {
  const index = indexOf(client, egress);
  const ports = port === ANY_PORT ? new Set([USUAL_PORT, ...index.httpPorts]) : [port];
  const table = new VirtualHostTable(index.hostnames, client.includesAttempts, client.input.memo);
  for (const one of ports) addPortHosts(portContext(client, egress, one, port === ANY_PORT ? one : 0), table, findings);
  return table.list();
}

function indexOf({ input: { memo } }: Client, egress: EgressScope): EgressIndex {
  return memo.get('egress-index', [egress], () => indexEgress(egress));
}

function portContext(client: Client, egress: EgressScope, port: number, portSuffix: number): PortContext {
  const { scope, proxy, snapshot } = client.input;
  const { cluster } = proxy;
  const { resolvesNames } = client.traits;
  return {
    port,
    index: indexOf(client, egress),
    rules: ruleContext(client, port),
    domains: domainContext({
      clusterDomain: snapshot.settings.options.clusterDomain,
      namespace: scope.namespace,
      portSuffix,
      cluster,
      resolvesNames,
    }),
  };
}

function ruleContext({ input: { scope, snapshot }, labels, isProxyless }: Client, port: number): RuleContext {
  const { namespace } = scope;
  return {
    gateway: MESH_GATEWAY,
    port,
    isTls: false,
    namespace,
    labels,
    isProxyless,
    settings: snapshot.settings,
    serviceOf: (hostname) => scope.servicesByHost.get(hostname),
    destinationRuleOf: (hostname) => pickDestinationRule(scope.destinationRules.get(hostname), { namespace, labels }),
  };
}

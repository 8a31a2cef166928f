/** Routes of gateways. */
import { isHostSubset } from '@weft/api';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import { isVisibleTo, pickDestinationRule, virtualServicesFor } from '../../../mesh/index.ts';
import type { Finding, GatewayServerIr, MeshService, VirtualServiceIr } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import { traitsOf } from '../../listener/proxy-traits.ts';
import { gatewayRouteName } from '../../names/route-name.ts';
import { routeConfiguration } from '../route-configuration.ts';
import type { RuleContext } from '../rules/context.ts';
import { askedLabels, pickLabels, routesByRules } from '../rules/made-routes.ts';
import { GatewayHosts } from './gateway-hosts.ts';

/** The names of all route configurations of a gateway, in the order of its ports. */
export function gatewayRouteNames({ gateways }: Pick<TranslationInput, 'gateways'>): readonly string[] {
  const names = (gateways?.ports ?? []).flatMap((port) =>
    port.servers.flatMap((server) => gatewayRouteName(port, server) ?? []),
  );
  return [...new Set(names)];
}

/** The routes that a listener of a gateway names: `http.8080`, or `https.443.name.gateway.namespace`. */
export function gatewayRoutes(input: TranslationInput, routeName: string, findings: Finding[]): RouteConfigurationJson {
  const { snapshot, scope, proxy, memo } = input;
  const { registry, config, settings } = snapshot;
  const servers = serversOf(input, routeName);
  const { proxyHeaders } = traitsOf(proxy, settings).config;
  const includesAttempts = proxyHeaders?.attemptCount?.disabled !== true;
  const names = memo.get('asked-labels', [scope, config.virtualServices, proxy.namespace, ...servers], () =>
    askedLabels(new Set(servers.flatMap((server) => boundTo(input, server))), scope),
  );
  const labels = pickLabels(proxy.labels, names);
  const facts = JSON.stringify([labels, includesAttempts]);
  const parts = [scope, registry, config.virtualServices, settings, routeName, facts, ...servers];
  const made = memo.get('gateway-routes', parts, () => {
    const found: Finding[] = [];
    return { config: make(input, routeName, { servers, labels, includesAttempts }, found), findings: found };
  });
  findings.push(...made.findings);
  return made.config;
}

function serversOf({ gateways }: TranslationInput, routeName: string): readonly GatewayServerIr[] {
  return (gateways?.ports ?? []).flatMap((port) =>
    port.servers.filter((server) => gatewayRouteName(port, server) === routeName),
  );
}

function boundTo({ snapshot, proxy }: TranslationInput, server: GatewayServerIr): readonly VirtualServiceIr[] {
  return virtualServicesFor(snapshot, proxy.namespace, gatewayNameOf(server));
}

function gatewayNameOf({ gateway }: GatewayServerIr): string {
  return `${gateway.namespace}/${gateway.name}`;
}

interface Making {
  readonly servers: readonly GatewayServerIr[];
  readonly labels: Readonly<Record<string, string>>;
  readonly includesAttempts: boolean;
}

function make(
  input: TranslationInput,
  routeName: string,
  { servers, labels, includesAttempts }: Making,
  findings: Finding[],
): RouteConfigurationJson {
  const hosts = new GatewayHosts();
  const told = new Set<readonly Finding[]>();
  for (const server of servers) {
    const { number } = server.spec.port;
    const redirects = server.spec.tls?.httpsRedirect === true;
    for (const virtualService of boundTo(input, server)) {
      const shared = sharedHosts(server, virtualService);
      if (shared.length === 0) continue;
      const made = routesByRules(virtualService, contextOf(input, server, virtualService, labels));
      if (made.routes.length === 0) continue;
      for (const host of shared) hosts.add(host, number, made.routes, redirects);
      if (!told.has(made.findings)) findings.push(...made.findings);
      told.add(made.findings);
    }
    if (redirects) for (const { host } of server.hosts) hosts.requireTls(host, number);
  }
  const list = hosts.list(includesAttempts, input.memo);
  // Without any host, everything is answered with 404; without a configuration, the proxy would wait for one.
  const nothing = { name: `blackhole:${servers[0]?.spec.port.number ?? 0}`, domains: ['*'] };
  return routeConfiguration(input.memo, routeName, list.length === 0 ? [nothing] : list);
}

/** What both name: of two hosts, the narrower one. The server says for which namespaces each of its hosts is. */
function sharedHosts(server: GatewayServerIr, { ref, hosts }: VirtualServiceIr): readonly string[] {
  const shared = server.hosts
    .filter(({ namespace }) => namespace === '*' || namespace === ref.namespace)
    .flatMap(({ host: offered }) =>
      hosts.flatMap((asked) => {
        if (isHostSubset(offered, asked)) return [offered];
        return isHostSubset(asked, offered) ? [asked] : [];
      }),
    );
  return [...new Set(shared)];
}

function contextOf(
  { snapshot, scope, proxy }: TranslationInput,
  server: GatewayServerIr,
  virtualService: VirtualServiceIr,
  labels: Readonly<Record<string, string>>,
): RuleContext {
  const { namespace } = proxy;
  /** Names mean first what the writer of the rule sees in the own namespace, then what the gateway sees. */
  const serviceOf = (hostname: string): MeshService | undefined => {
    const own = snapshot.registry.services.get(`${virtualService.ref.namespace}/${hostname}`);
    return own !== undefined && isVisibleTo(own.visibility, namespace) ? own : scope.servicesByHost.get(hostname);
  };
  return {
    gateway: gatewayNameOf(server),
    port: server.spec.port.number,
    isTls: server.protocol === 'HTTPS',
    namespace,
    labels,
    isProxyless: false,
    settings: snapshot.settings,
    serviceOf,
    destinationRuleOf: (hostname) => pickDestinationRule(scope.destinationRules.get(hostname), { namespace, labels }),
  };
}

/** Chains of servers that read no HTTP: TCP, TLS that ends here, and TLS that is passed on by the name it asks for. */
import type { FilterChainJson, FilterJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { GatewayServerIr, RuleRef } from '../../../mesh/model/index.ts';
import { findingAt } from '../../finding-at.ts';
import { defined } from '../../json/defined.ts';
import { provenance, type Source } from '../../provenance.ts';
import { type L4Rule, l4Route } from '../l4-routes.ts';
import { tcpProxy } from '../tcp-proxy.ts';
import { serverTls } from '../tls/server-tls.ts';
import { boundTo, type GatewayContext, holdsForServer, narrowest, placeOf } from './gateway-context.ts';
import { serverNameMatch } from './server-names.ts';

/** The chain of a server that sends all of its connections to one place: the first rule that is for it. */
export function tcpServerChains(context: GatewayContext, server: GatewayServerIr): FilterChainJson[] {
  const { input, findings } = context;
  const { tls } = server.spec;
  for (const { virtualService } of boundTo(input, server)) {
    const rule = virtualService.tcp.find(
      ({ spec: { match = [] } }) => match.length === 0 || match.some((one) => holdsForServer(one, server)),
    );
    const route = rule && l4Route(input, rule, placeOf(input, server, virtualService), findings);
    if (rule === undefined || route === undefined) continue;
    const filters = [...context.authorization.tcp, tcpProxy(input, context.traits, route)];
    const ends = tls === undefined ? undefined : serverTls(tlsInput(context, server), findings);
    return [
      defined<FilterChainJson>({
        filterChainMatch: tls === undefined ? undefined : serverNameMatch(server.hosts.map(({ host }) => host)),
        filters,
        transportSocket: ends,
        metadata: provenance([server.source, rule.source]),
      }),
    ];
  }
  unrouted(context, server, 'tcp');
  return [];
}

/** The settings of TLS of a server, with where they are written. */
export function tlsInput(
  { input }: GatewayContext,
  { spec, source }: GatewayServerIr,
): Parameters<typeof serverTls>[0] {
  return { tls: spec.tls ?? {}, source, settings: input.snapshot.settings };
}

/**
 * The chains of a server that passes TLS on: one for each match of the rules for it. A name that an older rule has already is taken out, of
 * all servers of the port; `taken` holds these.
 */
export function passthroughChains(
  context: GatewayContext,
  server: GatewayServerIr,
  taken: Map<string, RuleRef>,
): FilterChainJson[] {
  const { input } = context;
  const chains = boundTo(input, server).flatMap(({ virtualService, hosts }) =>
    virtualService.tls.flatMap((rule) =>
      rule.spec.match.flatMap((match) => {
        if (!holdsForServer(match, server)) return [];
        const names = narrowest(match.sniHosts, hosts).filter((name) => claim(name, rule.source, taken, context));
        if (names.length === 0) return [];
        return passthroughChain(context, { server, rule, names, place: placeOf(input, server, virtualService) });
      }),
    ),
  );
  if (chains.length === 0) unrouted(context, server, 'tls');
  return chains;
}

function claim(name: string, source: RuleRef, taken: Map<string, RuleRef>, { findings }: GatewayContext): boolean {
  const owner = taken.get(name);
  if (owner === undefined) {
    taken.set(name, source);
    return true;
  }
  if (owner !== source) {
    const { namespace, name: object } = owner.object;
    const message = `server name ${name} is taken by VirtualService ${namespace}/${object} (${owner.path}), which comes first`;
    findings.push(findingAt('UnreachableRule', source, 'match', message));
  }
  return false;
}

interface PassedOn {
  readonly server: GatewayServerIr;
  readonly rule: L4Rule;
  readonly names: readonly string[];
  readonly place: ReturnType<typeof placeOf>;
}

function passthroughChain(
  { input, traits, authorization, findings }: GatewayContext,
  { server, rule, names, place }: PassedOn,
): FilterChainJson[] {
  const route = l4Route(input, rule, place, findings);
  if (route === undefined) return [];
  const filters: FilterJson[] = [...authorization.tcp, tcpProxy(input, traits, route)];
  const sources: readonly Source[] = [server.source, rule.source];
  return [
    defined<FilterChainJson>({
      filterChainMatch: serverNameMatch(names),
      filters,
      metadata: provenance(sources),
    }),
  ];
}

function unrouted({ findings }: GatewayContext, { source, spec }: GatewayServerIr, field: 'tcp' | 'tls'): void {
  const message =
    `no VirtualService with a rule under ${field} leads on from port ${spec.port.number}: connections to it are closed; ` +
    'bind one to the gateway, with a host that the server has';
  findings.push(findingAt('UnroutedServer', source, '', message));
}

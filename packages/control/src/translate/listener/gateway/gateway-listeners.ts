/** Listeners of gateways: one for each port of the Gateways that select the proxy. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { FilterChainJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { Finding, GatewayPort, GatewayServerIr, RuleRef } from '../../../mesh/model/index.ts';
import { findingAt } from '../../finding-at.ts';
import type { TranslationInput } from '../../input.ts';
import { defined, filled } from '../../json/defined.ts';
import { gatewayRouteName } from '../../names/route-name.ts';
import { provenance } from '../../provenance.ts';
import { listenerAccessLogs } from '../access-logs.ts';
import { addressJson, listenerName, WILDCARDS, wildcardOf } from '../addresses.ts';
import type { AuthorizationFilters } from '../authorization.ts';
import { whyNotBindable } from '../bindable.ts';
import { httpManager } from '../http-manager.ts';
import { PROXY_PROTOCOL, TLS_INSPECTOR } from '../listener-filters.ts';
import { traitsOf } from '../proxy-traits.ts';
import { serverTls } from '../tls/server-tls.ts';
import { autoPassthroughChains } from './auto-passthrough.ts';
import type { GatewayContext } from './gateway-context.ts';
import { passthroughChains, tcpServerChains, tlsInput } from './l4-chains.ts';
import { serverNameMatch } from './server-names.ts';

/** All listeners of a gateway, in the order of their ports. */
export function gatewayListeners(
  input: TranslationInput,
  authorization: AuthorizationFilters,
  findings: Finding[],
): ListenerJson[] {
  const traits = traitsOf(input.proxy, input.snapshot.settings);
  const context: GatewayContext = { input, traits, authorization, findings };
  const listeners = new Map<string, ListenerJson>();
  for (const port of input.gateways?.ports ?? []) {
    const listener = portListener(context, port);
    if (listener === undefined) continue;
    // An address that is written out may mean the same as none.
    if (!listeners.has(listener.name!)) listeners.set(listener.name!, listener);
    else reportTwin(context, port, listener.name!);
  }
  return [...listeners.values()];
}

function portListener(context: GatewayContext, port: GatewayPort): ListenerJson | undefined {
  const { input, traits, findings } = context;
  const why = whyNotBindable(port.port, traits);
  if (why !== undefined) {
    for (const { source } of port.servers) findings.push(findingAt('UnusableListener', source, 'port.number', why));
    return undefined;
  }
  const filterChains = chainsOf(context, port);
  if (filterChains.length === 0) return undefined;
  const address = port.bind === '' ? wildcardOf(traits) : port.bind;
  const others = port.bind === '' ? traits.families.slice(1) : [];
  const inspectsTls = filterChains.some(
    ({ filterChainMatch, transportSocket }) =>
      filterChainMatch?.serverNames !== undefined || transportSocket !== undefined,
  );
  return defined<ListenerJson>({
    name: listenerName(address, port.port),
    address: addressJson(address, port.port),
    additionalAddresses: filled(others.map((family) => ({ address: addressJson(WILDCARDS[family], port.port) }))),
    filterChains,
    listenerFilters: filled([
      ...(traits.config.gatewayTopology?.proxyProtocol === undefined ? [] : [PROXY_PROTOCOL]),
      ...(inspectsTls ? [TLS_INSPECTOR] : []),
    ]),
    // What the inspectors find out is needed: without it there is no chain to choose.
    listenerFiltersTimeout: '0s',
    accessLog: filled(listenerAccessLogs(input)),
    trafficDirection: 'OUTBOUND',
    metadata: provenance(port.servers.map(({ source }) => source)),
  });
}

function chainsOf(context: GatewayContext, port: GatewayPort): FilterChainJson[] {
  if (port.kind === 'http') return [httpChain(context, port)];
  const taken = new Map<string, RuleRef>();
  return port.servers.flatMap((server) => {
    const { mode = 'PASSTHROUGH' } = server.spec.tls ?? {};
    if (port.kind === 'tcp' || server.spec.tls === undefined) return tcpServerChains(context, server);
    if (mode === 'AUTO_PASSTHROUGH') return autoPassthroughChains(context, server);
    if (mode === 'PASSTHROUGH') return passthroughChains(context, server, taken);
    return server.protocol === 'HTTPS' ? [httpsChain(context, port, server)] : tcpServerChains(context, server);
  });
}

/** All plain servers of a port share their routes. */
function httpChain({ input, traits, authorization }: GatewayContext, port: GatewayPort): FilterChainJson {
  const { servers } = port;
  const isGrpcWeb = servers.some(({ protocol }) => protocol === 'GRPC-WEB');
  const manager = httpManager(input, traits, {
    side: 'gateway',
    statPrefix: statPrefixOf(port, wildcardOf(traits)),
    routes: gatewayRouteName(port, servers[0]!)!,
    protocol: isGrpcWeb ? 'GRPC-WEB' : servers[0]!.protocol,
    authorization: authorization.http,
  });
  return { filters: [manager], metadata: provenance(servers.map(({ source }) => source)) };
}

function httpsChain(context: GatewayContext, port: GatewayPort, server: GatewayServerIr): FilterChainJson {
  const { input, traits, authorization, findings } = context;
  const { name = '' } = server.spec;
  return defined<FilterChainJson>({
    filterChainMatch: serverNameMatch(server.hosts.map(({ host }) => host)),
    filters: [
      httpManager(input, traits, {
        side: 'gateway',
        statPrefix: name === '' ? statPrefixOf(port, wildcardOf(traits)) : name,
        routes: gatewayRouteName(port, server)!,
        protocol: server.protocol,
        authorization: authorization.http,
      }),
    ],
    transportSocket: serverTls(tlsInput(context, server), findings),
    metadata: provenance([server.source]),
  });
}

function statPrefixOf({ bind, port }: GatewayPort, wildcard: string): string {
  return `outbound_${listenerName(bind === '' ? wildcard : bind, port)};`;
}

function reportTwin({ findings }: GatewayContext, { servers, port }: GatewayPort, name: string): void {
  for (const { source } of servers) {
    const message = `port ${port} is taken by a server on the same address (${name}): write the address in both, or in none`;
    findings.push(findingAt('GatewayConflict', source, 'bind', message));
  }
}

/** Listeners for what comes to the workload: one that gets all redirected connections, with chains for each port. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { FilterChainJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { Finding, MtlsSetting } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import { defined, filled } from '../../json/defined.ts';
import { INBOUND_PASSTHROUGH, inboundClusterName } from '../../names/cluster-name.ts';
import { VIRTUAL_INBOUND_NAME } from '../../names/listener-name.ts';
import { SIDECAR_PORT } from '../../names/ports.ts';
import { provenance, type Source } from '../../provenance.ts';
import { inboundRoutes } from '../../route/index.ts';
import { listenerAccessLogs } from '../access-logs.ts';
import { addressJson, listenerName, rangeJson, WILDCARDS, wildcardOf } from '../addresses.ts';
import { inboundListenerFilters } from '../listener-filters.ts';
import { detectionTimeout } from '../protocol-detection.ts';
import { blackHole } from '../tcp-proxy.ts';
import { meshTls } from '../tls/mesh-tls.ts';
import { serverTls } from '../tls/server-tls.ts';
import { chainMatches, userTlsMatches } from './chain-matches.ts';
import { type InboundContext, inboundChains } from './inbound-chains.ts';
import { afterTls, type InboundPort, inboundPorts, routePort } from './inbound-ports.ts';
import { passthroughRoutes } from './passthrough-routes.ts';

const CATCH_ALL_HTTP_NAME = 'virtualInbound-catchall-http';

/** The capturing listener, unless nothing is captured, and those of Sidecars that have a socket of their own. */
export function portListeners(context: InboundContext, findings: Finding[]): ListenerJson[] {
  const { input, traits } = context;
  const ports = inboundPorts(input, traits, findings);
  const captured: FilterChainJson[] = [];
  const bound: ListenerJson[] = [];
  for (const port of ports) {
    const chains = portChains(context, port, findings);
    if (port.isBound) bound.push(boundListener(context, port, chains));
    else captured.push(...chains);
  }
  if (traits.interceptionMode === 'NONE') return bound;
  const passthrough = passthroughChains(context, new Set(ports.map(({ targetPort }) => targetPort)));
  return [virtualInbound(context, [...passthrough, ...captured]), ...bound];
}

/** The mode of a port of the workload. */
function modeOf({ mtls }: TranslationInput, port: number): MtlsSetting {
  return mtls.ports.get(port) ?? mtls;
}

function portChains(context: InboundContext, port: InboundPort, findings: Finding[]): FilterChainJson[] {
  const { input, traits } = context;
  const { targetPort, address, tls, source, target } = port;
  const { mode, source: policy } = modeOf(input, targetPort);
  // Clients of the mesh would be taken for others: TLS of the user's own needs mutual TLS switched off.
  const endsUserTls = tls !== undefined && mode === 'DISABLE';
  const protocol = tls === undefined ? port.protocol : afterTls(port.protocol);
  const name = listenerName(address, targetPort);
  const sources: readonly Source[] = [source, ...(policy === undefined ? [] : [policy])];
  return inboundChains(
    context,
    {
      name,
      statPrefix: `inbound_${name}`,
      cluster: inboundClusterName(targetPort),
      protocol,
      targetPort,
      routes: inboundRoutes(input, {
        targetPort,
        port: routePort(port),
        ...(target === undefined ? { source } : { service: target.service }),
      }),
      transportSocket: endsUserTls
        ? serverTls({ tls, source, settings: input.snapshot.settings }, findings)
        : meshTls(input),
      sources,
    },
    endsUserTls ? userTlsMatches(protocol) : chainMatches(mode, protocol, traits),
  );
}

/**
 * Connections to ports that nobody declares reach the workload too, by the same rules of mutual TLS. Ports with a mode of their own
 * have chains of their own.
 */
function passthroughChains(context: InboundContext, declared: ReadonlySet<number>): FilterChainJson[] {
  const { input, traits } = context;
  const { mtls, snapshot } = input;
  const listenPort = snapshot.settings.config.proxyInboundListenPort ?? SIDECAR_PORT.inbound;
  const blackHoleChain: FilterChainJson = {
    // Who connects to the port itself was not redirected: passing it on would come back here for ever.
    name: 'virtualInbound-blackhole',
    filterChainMatch: { destinationPort: listenPort },
    filters: [blackHole()],
    metadata: provenance([]),
  };
  const modes: readonly (readonly [port: number, setting: MtlsSetting])[] = [
    [0, mtls],
    ...[...mtls.ports].filter(([port]) => !declared.has(port)).toSorted(([a], [b]) => a - b),
  ];
  const chains = modes.flatMap(([port, setting]) =>
    traits.families.flatMap((family) => passthroughOf(context, { port, family, setting })),
  );
  return [blackHoleChain, ...chains];
}

/** Connections to a port that nobody declares (0 for all of them), by the family of the address. */
interface Passthrough {
  readonly port: number;
  readonly family: 4 | 6;
  readonly setting: MtlsSetting;
}

function passthroughOf(context: InboundContext, { port, family, setting }: Passthrough): FilterChainJson[] {
  const { input, traits, authorization } = context;
  const { memo, snapshot } = input;
  const { mode, source } = setting;
  const { http, tcp } = authorization;
  // Nearly all workloads have the same ones.
  const parts = [snapshot.settings, traits.key, port, family, mode, source, http, tcp];
  return memo.get('passthroughChains', parts, () => makePassthrough(context, { port, family, setting }));
}

function makePassthrough(context: InboundContext, { port, family, setting }: Passthrough): FilterChainJson[] {
  const cluster = INBOUND_PASSTHROUGH[family === 4 ? 'ipv4' : 'ipv6'];
  return inboundChains(
    context,
    {
      name: VIRTUAL_INBOUND_NAME,
      httpName: CATCH_ALL_HTTP_NAME,
      statPrefix: cluster,
      cluster,
      protocol: 'auto',
      targetPort: port,
      prefixRanges: [rangeJson(`${WILDCARDS[family]}/0`)!],
      routes: passthroughRoutes(context.input, cluster),
      transportSocket: meshTls(context.input),
      sources: setting.source === undefined ? [] : [setting.source],
    },
    chainMatches(setting.mode, 'auto', context.traits),
  );
}

function virtualInbound({ input, traits }: InboundContext, filterChains: FilterChainJson[]): ListenerJson {
  const { config } = input.snapshot.settings;
  const port = config.proxyInboundListenPort ?? SIDECAR_PORT.inbound;
  return defined<ListenerJson>({
    name: VIRTUAL_INBOUND_NAME,
    address: addressJson(wildcardOf(traits), port),
    additionalAddresses: filled(
      traits.families.slice(1).map((family) => ({ address: addressJson(WILDCARDS[family], port) })),
    ),
    transparent: traits.interceptionMode === 'TPROXY' ? true : undefined,
    filterChains,
    listenerFilters: inboundListenerFilters(filterChains, { isBound: false, mode: traits.interceptionMode }),
    ...common(input),
  });
}

function boundListener(
  { input, traits }: InboundContext,
  { address, targetPort, source }: InboundPort,
  filterChains: FilterChainJson[],
): ListenerJson {
  return defined<ListenerJson>({
    name: listenerName(address, targetPort),
    address: addressJson(address, targetPort),
    filterChains,
    listenerFilters: filled(inboundListenerFilters(filterChains, { isBound: true, mode: traits.interceptionMode })),
    ...common(input, [source]),
  });
}

function common(input: TranslationInput, sources: readonly Source[] = []): ListenerJson {
  const { scope, snapshot } = input;
  const ofSidecar = scope.ingress === undefined || scope.sidecar === undefined ? [] : [scope.sidecar];
  return defined<ListenerJson>({
    listenerFiltersTimeout: detectionTimeout(snapshot.settings),
    continueOnListenerFiltersTimeout: true,
    accessLog: filled(listenerAccessLogs(input)),
    trafficDirection: 'INBOUND',
    metadata: provenance(sources.length === 0 ? ofSidecar : sources),
  });
}

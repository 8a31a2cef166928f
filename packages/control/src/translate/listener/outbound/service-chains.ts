/** The chains of one port of a service: where its connections go, by the rules of VirtualServices or straight to it. */
import { hostsOverlap } from '@weft/api';
import { MESH_GATEWAY } from '../../../mesh/index.ts';
import type { Finding, MeshService, MeshServicePort, VirtualServiceIr } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import { outboundClusterName } from '../../names/cluster-name.ts';
import type { Source } from '../../provenance.ts';
import { wildcardOf } from '../addresses.ts';
import { holdsAt, type L4Match, type L4Rule, l4Route, policyOf } from '../l4-routes.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import { tcpProxy } from '../tcp-proxy.ts';
import type { ChainPlan } from './chain-plan.ts';

/** Where a port of a service is listened for. */
export interface ServiceListener {
  readonly input: TranslationInput;
  readonly traits: ProxyTraits;
  readonly service: MeshService;
  /** What the listener speaks; not that of the service where a Sidecar says otherwise. */
  readonly port: Pick<MeshServicePort, 'number' | 'protocol' | 'path'>;
  readonly virtualServices: readonly VirtualServiceIr[];
  readonly address: string;
  /** Range that connections are to, when the service has one instead of an address. */
  readonly range: string | undefined;
}

/** The chains for connections that are not read as HTTP. */
export function serviceChains(place: ServiceListener, findings: Finding[]): readonly ChainPlan[] {
  const { port, service, virtualServices } = place;
  const rules = virtualServices.filter(({ hosts }) => hosts.some((host) => hostsOverlap(host, service.hostname)));
  const isTls = port.protocol === 'TLS' || port.protocol === 'HTTPS';
  return isTls ? tlsChains(place, rules, findings) : tcpChains(place, rules, findings);
}

/** TLS is told apart by server name. Of two rules for the same names and addresses the first counts. */
function tlsChains(
  place: ServiceListener,
  virtualServices: readonly VirtualServiceIr[],
  findings: Finding[],
): readonly ChainPlan[] {
  const chains: ChainPlan[] = [];
  const seen = new Set<string>();
  for (const { tls } of virtualServices) {
    for (const rule of tls) {
      for (const match of rule.spec.match) {
        if (!holds(match, place)) continue;
        const ranges = rangesOf(match, place);
        const key = JSON.stringify([match.sniHosts, ranges]);
        if (seen.has(key)) continue;
        seen.add(key);
        chains.push(...ruleChain(place, rule, { serverNames: match.sniHosts, ranges }, findings));
      }
    }
  }
  return chains.length > 0 ? chains : [defaultChain(place, { serverNames: ownServerNames(place) })];
}

/** The first rule that holds for all addresses ends the list; those before it are for some. */
function tcpChains(
  place: ServiceListener,
  virtualServices: readonly VirtualServiceIr[],
  findings: Finding[],
): readonly ChainPlan[] {
  const chains: ChainPlan[] = [];
  for (const rule of virtualServices.flatMap(({ tcp }) => tcp)) {
    const { match = [] } = rule.spec;
    const matches = match.filter((one) => holds(one, place));
    const isForAll = match.length === 0 || matches.some((one) => rangesAskedFor(one, place).length === 0);
    if (isForAll) return [...chains, ...ruleChain(place, rule, { ranges: ownRanges(place) }, findings)];
    if (matches.length > 0) {
      chains.push(
        ...ruleChain(place, rule, { ranges: matches.flatMap((one) => rangesAskedFor(one, place)) }, findings),
      );
    }
  }
  return [...chains, defaultChain(place, {})];
}

function holds(match: L4Match, { input, port }: ServiceListener): boolean {
  return holdsAt(match, input, { gateway: MESH_GATEWAY, port: port.number });
}

/** Connections to a socket of the host have no address. */
function rangesAskedFor({ destinationSubnets = [] }: L4Match, { port }: ServiceListener): readonly string[] {
  return port.number === 0 ? [] : destinationSubnets;
}

function rangesOf(match: L4Match, place: ServiceListener): readonly string[] {
  const asked = rangesAskedFor(match, place);
  return asked.length === 0 ? ownRanges(place) : asked;
}

function ownRanges({ range }: ServiceListener): readonly string[] {
  return range === undefined ? [] : [range];
}

/** Where many services share all addresses, only the name that TLS asks for tells them apart. */
function ownServerNames({ service, address, range, traits }: ServiceListener): readonly string[] {
  return range !== undefined || address === wildcardOf(traits) ? [service.hostname] : [];
}

/** The chain of a rule; none when none of its destinations has a share. */
function ruleChain(
  { input, traits, service, port }: ServiceListener,
  rule: L4Rule,
  { serverNames = [], ranges }: { readonly serverNames?: readonly string[]; readonly ranges: readonly string[] },
  findings: Finding[],
): readonly ChainPlan[] {
  const route = l4Route(input, rule, { gateway: MESH_GATEWAY, port: port.number }, findings);
  if (route === undefined) return [];
  return [
    {
      serverNames,
      ranges,
      applicationProtocols: [],
      sources: [rule.source, sourceOf(service, port.path)],
      parts: [rule.source, service, port.path, ...route.parts],
      makeFilters: () => [tcpProxy(input, traits, route)],
    },
  ];
}

/** The chain straight to the service. A Sidecar's listener of another port leads to the only port that a service has. */
function defaultChain(
  place: ServiceListener,
  { serverNames = [] }: { readonly serverNames?: readonly string[] },
): ChainPlan {
  const { input, traits, service, port } = place;
  const number = service.ports.length === 1 ? service.ports[0]!.number : port.number;
  const name = outboundClusterName({ hostname: service.hostname, port: number });
  const { policy, rule } = policyOf(input, service.hostname, number);
  return {
    serverNames,
    ranges: ownRanges(place),
    applicationProtocols: [],
    sources: [sourceOf(service, port.path)],
    parts: [service, port.path, number, rule],
    makeFilters: () => [tcpProxy(input, traits, { statPrefix: name, clusters: [{ name, weight: 1 }], policy })],
  };
}

/** The port of a service in the object that defines it; the object where a Sidecar says the port. */
export function sourceOf({ sources }: MeshService, path: string): Source {
  const object = sources[0]!;
  return path === '' ? object : { object, path };
}

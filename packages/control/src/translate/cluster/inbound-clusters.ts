/** Clusters for what proxies receive: they lead to the workload itself. */
import { isIpv4, isIpv6 } from '@weft/core';
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import {
  type ConnectionPoolSpec,
  type DestinationRuleIr,
  destinationRulesFor,
  type Finding,
  type IngressListenerSpec,
  type MeshProxy,
  type MeshService,
  type MeshSettings,
  type ObjectRef,
  type Protocol,
  pickDestinationRule,
  protocolFromWord,
  type RuleRef,
  type ServiceTarget,
} from '../../mesh/index.ts';
import { addressOf } from '../endpoint/place.ts';
import type { TranslationInput } from '../input.ts';
import { type ProxyTraits, traitsOf } from '../listener/proxy-traits.ts';
import { inboundClusterName } from '../names/cluster-name.ts';
import type { Source } from '../provenance.ts';
import { inboundMetadata } from './cluster-metadata.ts';
import { connectionFields } from './connection-pool.ts';
import { bindFields, inboundPassthroughCluster } from './fixed-clusters.ts';
import { httpOptions, upstreamProtocol } from './http-options.ts';
import type { ClustersWithFindings } from './outbound-clusters.ts';
import { statNameFields } from './stat-name.ts';
import { policyFor } from './traffic-policy.ts';

/** The longest duration there is: addresses of the workload itself are worth remembering. */
const FOREVER = '9223372035s';
const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

/**
 * The cluster of each port that the workload serves, and those for all its other ports. Where a Sidecar lists ports, these take the place
 * of what services say.
 */
export function inboundClusters(input: TranslationInput, findings: Finding[]): readonly ClusterJson[] {
  const { snapshot, proxy, scope, memo } = input;
  const { settings } = snapshot;
  const traits = traitsOf(proxy, settings);
  const passthrough = traits.families.map((family) =>
    memo.get('clusters.inboundPassthrough', [settings, family], () => inboundPassthroughCluster(family, settings)),
  );
  // Without capture, ports of services would be those that the workload itself listens on.
  if (scope.ingress === undefined && traits.interceptionMode === 'NONE') return passthrough;
  const ports = scope.ingress === undefined ? servedPorts(input, traits) : listedPorts(input, scope.ingress, traits);
  const clusters = ports.map((port) => {
    const made = memo.get('clusters.inbound', partsOf(port, settings), (): ClustersWithFindings => {
      const found: Finding[] = [];
      return { clusters: [clusterOf(port, settings, found)], findings: found };
    });
    findings.push(...made.findings);
    return made.clusters[0]!;
  });
  return [...clusters, ...passthrough];
}

/** A port that the proxy takes connections for. */
interface InboundPort {
  readonly number: number;
  readonly protocol: Protocol;
  /** What is served there, the service that decides first; empty when only a Sidecar knows it. */
  readonly targets: readonly ServiceTarget[];
  readonly rule: DestinationRuleIr | undefined;
  /** Limits that a Sidecar gives, which win over those of a DestinationRule. */
  readonly pool: ConnectionPoolSpec | undefined;
  /** The Sidecar, and its part that lists the port. */
  readonly source: RuleRef | ObjectRef | undefined;
  /** Where the workload listens, when that is not where clients connected to. */
  readonly destination: Destination | undefined;
  readonly family: 4 | 6;
}

interface Destination {
  readonly address: string;
  readonly port: number;
}

function partsOf(port: InboundPort, settings: MeshSettings) {
  const { number, protocol, targets, rule, pool, source, destination, family } = port;
  const { address = '', port: at = 0 } = destination ?? {};
  const place = source === undefined ? '' : JSON.stringify(source);
  const served = targets.flatMap(({ service, port: { number: own } }) => [service, own]);
  return [settings, number, protocol, rule, pool, place, address, at, family, ...served];
}

/** One for each port of the workload; services share it, and the oldest decides what it speaks (SEMANTICS 36). */
function servedPorts(input: TranslationInput, traits: ProxyTraits): readonly InboundPort[] {
  const { snapshot, scope, targets } = input;
  const byNumber = new Map<number, ServiceTarget[]>();
  for (const target of targets) {
    const known = byNumber.get(target.targetPort);
    if (known === undefined) byNumber.set(target.targetPort, [target]);
    else known.push(target);
  }
  const [family = 4] = traits.families;
  const isLocal = snapshot.settings.config.inboundTrafficPolicy?.mode === 'LOCALHOST';
  return [...byNumber]
    .toSorted(([a], [b]) => a - b)
    .map(([number, served]) => ({
      number,
      protocol: served[0]!.port.protocol,
      targets: served,
      rule: ruleFor(input, served[0]!.service),
      pool: scope.inboundConnectionPool,
      source: scope.inboundConnectionPool === undefined ? undefined : scope.sidecar,
      destination: isLocal ? { address: LOOPBACK[family], port: number } : undefined,
      family,
    }));
}

function listedPorts(
  input: TranslationInput,
  ingress: readonly IngressListenerSpec[],
  traits: ProxyTraits,
): readonly InboundPort[] {
  const { proxy, scope, targets } = input;
  const [family = 4] = traits.families;
  return ingress.map(({ port, defaultEndpoint = '', connectionPool }, i): InboundPort => {
    const { number = 0, protocol: word = '' } = port;
    const target = targets.find(({ targetPort }) => targetPort === number);
    return {
      number,
      protocol: protocolFromWord(word) ?? 'TCP',
      targets: target === undefined ? [] : [target],
      rule: target === undefined ? undefined : ruleFor(input, target.service),
      pool: connectionPool ?? scope.inboundConnectionPool,
      source: scope.sidecar === undefined ? undefined : { object: scope.sidecar, path: `spec.ingress[${i}]` },
      destination: destinationOf(defaultEndpoint, proxy, family),
      family,
    };
  });
}

function ruleFor({ snapshot, proxy, scope }: TranslationInput, service: MeshService): DestinationRuleIr | undefined {
  const inScope = scope.destinationRules.get(service.hostname);
  return pickDestinationRule(inScope ?? destinationRulesFor(snapshot, proxy.namespace, service), proxy, 'inbound');
}

/** `127.0.0.1:8080`, `0.0.0.0:8080` for the address of the workload, `[::1]:8080`, or `unix:///path`. */
function destinationOf(text: string, { addresses }: MeshProxy, family: 4 | 6): Destination | undefined {
  if (text.startsWith('unix://')) return { address: text, port: 0 };
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port === 0) return undefined;
  switch (text.slice(0, colon)) {
    case '0.0.0.0':
      return { address: addresses.find(isIpv4) ?? LOOPBACK[4], port };
    case '[::]':
      return { address: addresses.find(isIpv6) ?? LOOPBACK[6], port };
    default:
      // Loopback addresses stand for each other: the workload has that of its family.
      return { address: LOOPBACK[family], port };
  }
}

function clusterOf(port: InboundPort, settings: MeshSettings, findings: Finding[]): ClusterJson {
  const { number, protocol, targets, rule, source, destination, family } = port;
  const [first] = targets;
  const policy = policyFor(rule, undefined, first?.port.number ?? number);
  const pool = port.pool ?? policy.spec.connectionPool;
  const poolPlace = port.pool === undefined ? policy.places.connectionPool : poolPlaceOf(source);
  const speaks = upstreamProtocol({ protocol, pool, settings, isRouter: false, isInbound: true });
  const others: Source[] = [
    ...(source === undefined ? [] : [source]),
    ...(port.pool === undefined && poolPlace !== undefined ? [poolPlace] : []),
  ];
  const pattern = settings.config.inboundClusterStatName;
  return {
    name: inboundClusterName(number),
    ...(first === undefined ? {} : statNameFields(pattern, { ...first, targetPort: number })),
    ...destinationFields(inboundClusterName(number), destination, family),
    ...connectionFields({ pool, poolPlace }, settings, findings),
    ...httpOptions(speaks, pool, undefined),
    metadata: inboundMetadata(targets, others),
  };
}

function poolPlaceOf(source: RuleRef | ObjectRef | undefined): RuleRef | undefined {
  if (source === undefined) return undefined;
  return 'object' in source
    ? { object: source.object, path: `${source.path}.connectionPool` }
    : { object: source, path: 'spec.inboundConnectionPool' };
}

type DestinationFields = Pick<
  ClusterJson,
  'type' | 'lbPolicy' | 'loadAssignment' | 'cleanupInterval' | 'upstreamBindConfig'
>;

/** Capture must be told apart what the proxy sends to the workload, except where it does not look: on loopback and sockets. */
function destinationFields(name: string, destination: Destination | undefined, family: 4 | 6): DestinationFields {
  if (destination === undefined) {
    return { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', cleanupInterval: FOREVER, ...bindFields(family) };
  }
  const { address, port } = destination;
  const isSeen = !address.startsWith('unix://') && address !== LOOPBACK[4] && address !== LOOPBACK[6];
  return {
    type: 'STATIC',
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: addressOf(address, port) } }] }],
    },
    ...(isSeen ? bindFields(isIpv6(address) ? 6 : 4) : {}),
  };
}

/**
 * What one proxy sees of a mesh, by the simplest reading of the rules: in tests of translation it stands for the queries of the snapshot.
 * Sidecars with hosts, several gateways on one port and the like are tested where those queries are.
 */
import { isHostSubset } from '@weft/api';
import type {
  AuthorizationPolicyIr,
  ByNamespace,
  DestinationRuleIr,
  EffectiveAuthorization,
  EffectiveMtls,
  EgressScope,
  EnvoyFilterIr,
  GatewayPort,
  GatewayPortKind,
  GatewayServerIr,
  MergedGateways,
  MeshProxy,
  MeshService,
  MeshSnapshot,
  MtlsMode,
  PolicyIr,
  ServiceTarget,
  SidecarIr,
  SidecarScope,
} from '../../mesh/model/index.ts';
import { mostSpecificHost } from '../../mesh/names/hosts.ts';
import { isSelected } from '../../mesh/names/labels.ts';
import { byAge, compareText } from '../../mesh/names/object-ref.ts';
import { isVisibleTo } from '../../mesh/names/visibility.ts';

/** What the proxy reaches. */
export function scopeOf(snapshot: MeshSnapshot, proxy: MeshProxy): SidecarScope {
  const { namespace } = proxy;
  const sidecar = proxy.type === 'router' ? undefined : sidecarOf(snapshot, proxy);
  const visible = visibleServices(snapshot, namespace);
  const virtualServices = [...snapshot.config.virtualServices.values()]
    .filter(({ gateways, visibility }) => gateways.includes('mesh') && isVisibleTo(visibility, namespace))
    .toSorted(byAge);
  const egress = (sidecar?.egress ?? []).map(({ spec, hosts, source }): EgressScope => {
    const services = visible
      .filter((service) => isImported(service, hosts.included))
      .map((service) => onPort(service, spec.port?.number))
      .filter(({ ports }) => ports.length > 0);
    return { spec, source, services, virtualServices };
  });
  const all = egress.length === 0 ? [{ services: visible, virtualServices }] : egress;
  const services = [...new Map(all.flatMap((one) => one.services.map((s) => [s.hostname, s] as const))).values()];
  return {
    namespace,
    ...(sidecar === undefined ? {} : { sidecar: sidecar.ref }),
    services,
    servicesByHost: new Map(services.map((service) => [service.hostname, service])),
    egress: all,
    ...(sidecar === undefined || sidecar.ingress.length === 0 ? {} : { ingress: sidecar.ingress }),
    destinationRules: new Map(services.map((service) => [service.hostname, rulesFor(snapshot, proxy, service)])),
    outboundTrafficPolicy: sidecar?.outboundTrafficPolicy ?? snapshot.settings.config.outboundTrafficPolicy ?? {},
    ...(sidecar?.inboundConnectionPool === undefined ? {} : { inboundConnectionPool: sidecar.inboundConnectionPool }),
  };
}

function sidecarOf({ config, settings }: MeshSnapshot, { namespace, labels }: MeshProxy): SidecarIr | undefined {
  const own = config.sidecars.get(namespace) ?? [];
  const root = config.sidecars.get(settings.rootNamespace) ?? [];
  return [...own, ...root].find(({ workloadSelector }) => isSelected(workloadSelector ?? {}, labels));
}

function visibleServices({ registry }: MeshSnapshot, namespace: string): readonly MeshService[] {
  return [...registry.byHostname]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([, services]) => {
      const seen = services.filter(({ visibility }) => isVisibleTo(visibility, namespace));
      return seen.find((service) => service.namespace === namespace) ?? seen[0] ?? [];
    });
}

function isImported(service: MeshService, included: Readonly<Record<string, readonly string[]>>): boolean {
  const hosts = [...(included['*'] ?? []), ...(included[service.namespace] ?? [])];
  return hosts.some((host) => host === '*' || isHostSubset(service.hostname, host));
}

function onPort(service: MeshService, port: number | undefined): MeshService {
  if (port === undefined || port === 0) return service;
  return { ...service, ports: service.ports.filter(({ number }) => number === port) };
}

function rulesFor(
  { config, settings }: MeshSnapshot,
  { namespace }: MeshProxy,
  service: MeshService,
): readonly DestinationRuleIr[] {
  const { local, exported } = config.destinationRules;
  for (const table of [local.get(namespace), exported.get(service.namespace), exported.get(settings.rootNamespace)]) {
    const rules = table && mostSpecificHost(service.hostname, table);
    const seen = rules?.filter(({ visibility }) => isVisibleTo(visibility, namespace)) ?? [];
    if (seen.length > 0) return seen;
  }
  return [];
}

/** What the workload serves: services that select it by its labels. */
export function targetsOf({ registry }: MeshSnapshot, { namespace, labels }: MeshProxy): readonly ServiceTarget[] {
  return [...registry.services.values()]
    .filter((one) => one.namespace === namespace && one.selector !== undefined && isSelected(one.selector, labels))
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || compareText(a.hostname, b.hostname))
    .flatMap((service) =>
      service.ports.map((port): ServiceTarget => {
        const { targetPort } = port;
        return { service, port, targetPort: typeof targetPort === 'number' ? targetPort : port.number };
      }),
    );
}

/** The modes of the workload. */
export function mtlsOf({ config, settings }: MeshSnapshot, { namespace, labels }: MeshProxy): EffectiveMtls {
  const own = config.peerAuthentications.get(namespace) ?? [];
  const root = config.peerAuthentications.get(settings.rootNamespace) ?? [];
  const workload = own.find(({ selector }) => selector !== undefined && isSelected(selector, labels));
  const levels = [
    workload,
    own.find(({ selector }) => selector === undefined),
    root.find(({ selector }) => selector === undefined),
  ];
  const decisive = levels.find((one) => (one?.spec.mtls?.mode ?? 'UNSET') !== 'UNSET');
  const mode = (decisive?.spec.mtls?.mode ?? 'PERMISSIVE') as MtlsMode;
  const setting = { mode, ...(decisive === undefined ? {} : { source: decisive.ref }) };
  const ports = Object.entries(workload?.spec.portLevelMtls ?? {}).map(([port, { mode: own = 'UNSET' }]) => {
    const isUnset = own === 'UNSET';
    return [Number(port), isUnset ? setting : { mode: own as MtlsMode, source: workload!.ref }] as const;
  });
  return { ...setting, ports: new Map(ports) };
}

/** The policies of the workload. */
export function authorizationOf({ config, settings }: MeshSnapshot, proxy: MeshProxy): EffectiveAuthorization {
  const all = selected(config.authorizationPolicies, settings.rootNamespace, proxy);
  const of = (action: string): readonly AuthorizationPolicyIr[] =>
    all.filter((policy) => (policy.spec.action ?? 'ALLOW') === action);
  return { custom: of('CUSTOM'), deny: of('DENY'), allow: of('ALLOW'), audit: of('AUDIT') };
}

/** The EnvoyFilters of the proxy. */
export function selectedEnvoyFilters({ config, settings }: MeshSnapshot, proxy: MeshProxy): readonly EnvoyFilterIr[] {
  return selected(config.envoyFilters, settings.rootNamespace, proxy);
}

function selected<T extends PolicyIr<unknown>>(
  lists: ByNamespace<T>,
  rootNamespace: string,
  { namespace, labels }: MeshProxy,
): readonly T[] {
  const root = lists.get(rootNamespace) ?? [];
  const own = namespace === rootNamespace ? [] : (lists.get(namespace) ?? []);
  return [...root, ...own].filter(({ selector }) => isSelected(selector ?? {}, labels));
}

/** The servers of the Gateways that select the proxy. */
export function gatewaysOf(snapshot: MeshSnapshot, { labels, namespace }: MeshProxy): MergedGateways {
  const gateways = [...snapshot.config.gateways.values()]
    .filter(({ selector }) => isSelected(selector, labels))
    .toSorted(byAge);
  const ports = new Map<string, GatewayPort & { servers: GatewayServerIr[] }>();
  for (const server of gateways.flatMap(({ servers }) => servers)) {
    const { number } = server.spec.port;
    const key = `${number}|${server.bind}`;
    const known = ports.get(key);
    if (known !== undefined) known.servers.push(server);
    else {
      const port = listeningPort(snapshot, { labels, namespace }, number);
      ports.set(key, { port, number, bind: server.bind, kind: kindOf(server), servers: [server] });
    }
  }
  return { gateways, ports: [...ports.values()].toSorted((a, b) => a.port - b.port), conflicts: [] };
}

function listeningPort(
  { registry }: MeshSnapshot,
  { labels, namespace }: Pick<MeshProxy, 'labels' | 'namespace'>,
  number: number,
): number {
  for (const service of registry.services.values()) {
    if (service.namespace !== namespace || !isSelected(service.selector ?? { '': '' }, labels)) continue;
    const target = service.ports.find((port) => port.number === number)?.targetPort;
    if (typeof target === 'number') return target;
  }
  return number;
}

function kindOf({ protocol, spec }: GatewayServerIr): GatewayPortKind {
  if (protocol === 'HTTPS' || protocol === 'TLS') return 'tls';
  const isHttp = protocol.startsWith('HTTP') || protocol.startsWith('GRPC');
  if (isHttp) return 'http';
  return spec.tls === undefined ? 'tcp' : 'tls';
}

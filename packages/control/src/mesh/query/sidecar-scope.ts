/** What a proxy can see (SEMANTICS 37). */
import { getOrAdd } from '../collections/get-or-add.ts';
import type {
  DestinationRuleIr,
  EgressScope,
  MeshProxy,
  MeshService,
  MeshSnapshot,
  ServiceRegistry,
  SidecarIr,
  SidecarScope,
  VirtualServiceIr,
} from '../model/index.ts';
import { isSelected } from '../names/labels.ts';
import { compareText, idOfRef } from '../names/object-ref.ts';
import { isVisibleTo } from '../names/visibility.ts';
import { destinationRulesFor, hasRules } from './destination-rules.ts';
import { egressScope } from './egress.ts';
import { virtualServicesFor } from './virtual-services.ts';
import { servicesByHost } from './visible-services.ts';

type Scopes = Map<string, SidecarScope>;

/** Scopes by what they are made from; endpoints are no part of that, so scopes outlive changes of them. */
const kept = new WeakMap<
  MeshSnapshot['settings'],
  WeakMap<MeshSnapshot['registry'], WeakMap<MeshSnapshot['config'], Scopes>>
>();

/** What a proxy sees. All proxies of a namespace with one Sidecar share the answer. */
export function sidecarScope(
  snapshot: MeshSnapshot,
  proxy: Pick<MeshProxy, 'type' | 'namespace' | 'labels'>,
): SidecarScope {
  const sidecar = proxy.type === 'sidecar' ? sidecarFor(snapshot, proxy) : undefined;
  const scopes = scopesOf(snapshot);
  const key = `${proxy.namespace} ${sidecar === undefined ? '' : idOfRef(sidecar.ref)}`;
  let scope = scopes.get(key);
  if (scope === undefined) {
    scope =
      sidecar === undefined ? defaultScope(snapshot, proxy.namespace) : scopeOf(snapshot, proxy.namespace, sidecar);
    scopes.set(key, scope);
  }
  return scope;
}

function scopesOf({ settings, registry, config }: MeshSnapshot): Scopes {
  const byRegistry = getOrAdd(kept, settings, () => new WeakMap());
  const byConfig = getOrAdd(byRegistry, registry, () => new WeakMap<MeshSnapshot['config'], Scopes>());
  return getOrAdd(byConfig, config, () => new Map());
}

/** The Sidecar of a proxy: one that selects it, the default of its namespace, or that of the mesh; the oldest of each. */
export function sidecarFor(
  { config, settings }: Pick<MeshSnapshot, 'config' | 'settings'>,
  { namespace, labels }: Pick<MeshProxy, 'namespace' | 'labels'>,
): SidecarIr | undefined {
  const own = config.sidecars.get(namespace) ?? [];
  return (
    own.find(({ workloadSelector }) => workloadSelector === undefined || isSelected(workloadSelector, labels)) ??
    config.sidecars.get(settings.rootNamespace)?.find(({ workloadSelector }) => workloadSelector === undefined)
  );
}

function defaultScope(snapshot: MeshSnapshot, namespace: string): SidecarScope {
  const { services, byHost } = servicesByHost(snapshot.registry, namespace);
  const virtualServices = virtualServicesFor(snapshot, namespace);
  const egress = [Object.freeze({ services, virtualServices })];
  return finish(snapshot, { namespace, services, servicesByHost: byHost, egress });
}

function scopeOf(snapshot: MeshSnapshot, namespace: string, sidecar: SidecarIr): SidecarScope {
  const all = sidecar.egress.length === 0 ? defaultScope(snapshot, namespace) : undefined;
  const egress = all?.egress ?? sidecar.egress.map((listener) => egressScope(snapshot, namespace, listener));
  const services = all?.services ?? importedServices(snapshot, namespace, egress);
  const { outboundTrafficPolicy, inboundConnectionPool } = sidecar;
  return finish(snapshot, {
    namespace,
    sidecar: sidecar.ref,
    services,
    servicesByHost: all?.servicesByHost ?? new Map(services.map((service) => [service.hostname, service])),
    egress,
    ...(sidecar.ingress.length === 0 ? {} : { ingress: sidecar.ingress }),
    // A policy without a mode is the strict one.
    ...(outboundTrafficPolicy === undefined
      ? {}
      : { outboundTrafficPolicy: Object.freeze({ mode: 'REGISTRY_ONLY' as const, ...outboundTrafficPolicy }) }),
    ...(inboundConnectionPool === undefined ? {} : { inboundConnectionPool }),
  });
}

/** Services of all listeners; then those that imported VirtualServices lead to, which never take the place of others. */
function importedServices(
  { registry }: MeshSnapshot,
  namespace: string,
  egress: readonly EgressScope[],
): readonly MeshService[] {
  const byHostname = new Map<string, MeshService>();
  for (const { services } of egress) {
    for (const service of services) {
      const before = byHostname.get(service.hostname);
      byHostname.set(service.hostname, before === undefined ? service : withPortsOfBoth(before, service, registry));
    }
  }
  for (const { virtualServices } of egress) {
    for (const host of virtualServices.flatMap(destinationHosts)) {
      if (byHostname.has(host)) continue;
      const service = destinationOf(registry, namespace, host);
      if (service !== undefined) byHostname.set(host, service);
    }
  }
  return Object.freeze([...byHostname.values()]);
}

/** Listeners of several ports may import different ports of one service. */
function withPortsOfBoth(a: MeshService, b: MeshService, registry: ServiceRegistry): MeshService {
  if (a === b || a.namespace !== b.namespace) return a;
  const numbers = new Set([...a.ports, ...b.ports].map(({ number }) => number));
  const whole = registry.services.get(a.key) ?? a;
  const ports = whole.ports.filter(({ number }) => numbers.has(number));
  return ports.length === whole.ports.length ? whole : Object.freeze({ ...whole, ports: Object.freeze(ports) });
}

/** Hosts that the rules of a VirtualService send to. */
export function destinationHosts({ http, tls, tcp }: VirtualServiceIr): readonly string[] {
  const hosts = new Set<string>();
  for (const { spec } of http) {
    for (const { destination } of [...(spec.route ?? []), ...(spec.mirrors ?? [])]) hosts.add(destination.host);
    if (spec.mirror !== undefined) hosts.add(spec.mirror.host);
  }
  for (const { spec } of [...tls, ...tcp]) for (const { destination } of spec.route ?? []) hosts.add(destination.host);
  return [...hosts];
}

/** A service that is imported for a rule: that of the own namespace, or of the first that shows it. */
function destinationOf(registry: ServiceRegistry, namespace: string, host: string): MeshService | undefined {
  const visible = (registry.byHostname.get(host) ?? []).filter(({ visibility }) => isVisibleTo(visibility, namespace));
  return (
    visible.find((service) => service.namespace === namespace) ??
    visible.toSorted((a, b) => compareText(a.namespace, b.namespace))[0]
  );
}

type Found = Omit<SidecarScope, 'destinationRules' | 'outboundTrafficPolicy'> &
  Partial<Pick<SidecarScope, 'outboundTrafficPolicy'>>;

function finish(snapshot: MeshSnapshot, found: Found): SidecarScope {
  const { namespace, services, egress } = found;
  return Object.freeze({
    outboundTrafficPolicy: snapshot.settings.config.outboundTrafficPolicy ?? { mode: 'ALLOW_ANY' as const },
    ...found,
    egress: Object.freeze(egress),
    destinationRules: rulesByHost(snapshot, namespace, services),
  });
}

function rulesByHost(
  snapshot: MeshSnapshot,
  namespace: string,
  services: readonly MeshService[],
): ReadonlyMap<string, readonly DestinationRuleIr[]> {
  const byHost = new Map<string, readonly DestinationRuleIr[]>();
  if (!hasRules(snapshot.config.destinationRules)) return byHost;
  for (const service of services) {
    const rules = destinationRulesFor(snapshot, namespace, service);
    if (rules.length > 0) byHost.set(service.hostname, rules);
  }
  return byHost;
}

/** Everything that one proxy is sent. */
import { canonicalJson } from '@weft/api';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { Finding } from '../mesh/model/index.ts';
import { httpAuthorization, tcpAuthorization } from './authz/index.ts';
import { type ClassEndpoints, classEndpoints } from './class-endpoints.ts';
import { gatewayClusters, inboundClusters, outboundClusters } from './cluster/index.ts';
import { applyEnvoyFilters } from './envoy-filter/index.ts';
import type { TranslationInput } from './input.ts';
import { keepList } from './kept-list.ts';
import {
  type AuthorizationFilters,
  gatewayListeners,
  inboundListeners,
  outboundListeners,
  traitsOf,
} from './listener/index.ts';
import type { MemoPart } from './memo.ts';
import { proxyClass } from './proxy-class.ts';
import { isProxyless, proxylessAssignment, proxylessResources } from './proxyless/proxyless-resources.ts';
import type { ProxyResources } from './resources.ts';
import { gatewayRoutes, outboundRoutes } from './route/index.ts';
import { routeNames } from './route-names.ts';

/** The resources of a proxy, and what is wrong with the objects that they are made of. */
export interface ProxyTranslation {
  readonly resources: ProxyResources;
  /** The same, in parts that proxies share: the objects stay the same as long as nothing in them differs. */
  readonly parts: readonly ProxyResources[];
  readonly findings: readonly Finding[];
}

interface Part {
  readonly resources: ProxyResources;
  readonly findings: readonly Finding[];
}

/** Translates the mesh for one proxy. */
export function translateProxy(input: TranslationInput): ProxyTranslation {
  const parts = isProxyless(input) ? [proxylessPart(input)] : proxyParts(input);
  const resources = parts.map((part) => part.resources);
  return {
    parts: resources,
    findings: parts.flatMap(({ findings }) => findings),
    get resources() {
      return joinResources(resources);
    },
  };
}

/** All resources in one. */
export function joinResources(parts: readonly ProxyResources[]): ProxyResources {
  return {
    listeners: parts.flatMap(({ listeners }) => listeners),
    routes: parts.flatMap(({ routes }) => routes),
    clusters: parts.flatMap(({ clusters }) => clusters),
    endpoints: parts.flatMap(({ endpoints }) => endpoints),
  };
}

function proxyParts(input: TranslationInput): readonly Part[] {
  const made = input.gateways === undefined ? [outboundPart(input), ownPart(input)] : [gatewayPart(input)];
  return input.envoyFilters.length === 0 ? made : [patchedPart(input, made)];
}

/** Everything of a program that reads xDS itself. */
function proxylessPart(input: TranslationInput): Part {
  const place = { what: 'proxyless', key: proxyClass(input), more: [], shape: proxylessAssignment };
  return classPart(input, place, (findings) => proxylessResources(input, findings));
}

/** What a sidecar sends: the same for all proxies of a class. */
function outboundPart(input: TranslationInput): Part {
  const place = { what: 'outbound', key: proxyClass(input), more: [] };
  return classPart(input, place, (findings) => {
    const listeners = outboundListeners(input, findings);
    const clusters = outboundClusters(input, findings);
    const routes = namesIn(listeners).map((name) => outboundRoutes(input, name, findings));
    return { listeners, routes, clusters };
  });
}

/** What tells the classes of a kind of part apart. */
interface ClassPlace {
  readonly what: string;
  readonly key: string;
  /** What the part depends on beside what all of them do. */
  readonly more: readonly MemoPart[];
  /** What endpoints look like for such clients, where that differs; the same object for the same endpoints. */
  readonly shape?: (assignment: ClusterLoadAssignmentJson) => ClusterLoadAssignmentJson;
}

/** What was made last for a class. Nothing depends on it: it only lets what says the same be the same objects. */
interface Last {
  resources?: ProxyResources;
  endpoints?: ClassEndpoints;
}

/** A part that all proxies of a class share, with the endpoints of its clusters. */
function classPart(
  input: TranslationInput,
  { what, key, more, shape }: ClassPlace,
  make: (findings: Finding[]) => Omit<ProxyResources, 'endpoints'>,
): Part {
  const { memo, scope, snapshot } = input;
  const { settings, registry, workloads, config } = snapshot;
  const parts = [scope, settings, registry, workloads.endpoints, config.peerAuthentications, ...more];
  return memo.get(what, [key, ...parts], () => {
    const findings: Finding[] = [];
    const last: Last = memo.get('last', [what, key, scope.namespace, scope.sidecar?.name], () => ({}));
    const made = make(findings);
    const clusters = keepList(last.resources?.clusters, made.clusters);
    last.endpoints = classEndpoints(input, clusters, last.endpoints);
    const { assignments } = last.endpoints;
    last.resources = {
      listeners: keepList(last.resources?.listeners, made.listeners),
      routes: keepList(last.resources?.routes, made.routes),
      clusters,
      endpoints: shape === undefined ? assignments : keepList(last.resources?.endpoints, assignments.map(shape)),
    };
    return { resources: last.resources, findings };
  });
}

/** What the workload beside a sidecar receives: the same for all that serve the same ports by the same policies. */
function ownPart(input: TranslationInput): Part {
  const findings: Finding[] = [];
  const listeners = ownListeners(input, findings);
  const clusters = inboundClusters(input, findings);
  const parts = [listeners, ...clusters];
  return {
    resources: input.memo.get('ownPart', parts, () => ({ listeners, routes: [], clusters, endpoints: [] })),
    findings,
  };
}

/** Of what a proxy sees, only ports of a Sidecar matter here: what changes elsewhere in the mesh does not touch it. */
function ownListeners(input: TranslationInput, findings: Finding[]): readonly ListenerJson[] {
  const { memo, snapshot, scope, proxy, targets, mtls } = input;
  const { settings } = snapshot;
  const { ingress, sidecar } = scope;
  const filters = authorizationFilters(input, findings);
  const parts: readonly MemoPart[] = [
    // First what tells workloads apart.
    ...targets.flatMap(({ service, port, targetPort }) => [service, port.path, targetPort]),
    ...[mtls, ...mtls.ports.values()].flatMap(({ mode, source }) => [mode, source]),
    [...mtls.ports.keys()].join(' '),
    filters.http,
    filters.tcp,
    settings,
    traitsOf(proxy, settings).key,
    ingress,
    ingress && sidecar,
    ingress && proxy.addresses.join(' '),
  ];
  const made = memo.get('ownListeners', parts, () => {
    const found: Finding[] = [];
    return { listeners: inboundListeners(input, filters, found), found };
  });
  findings.push(...made.found);
  return made.listeners;
}

/** The same objects as long as the same policies hold. */
function authorizationFilters(input: TranslationInput, findings: Finding[]): AuthorizationFilters {
  return { http: httpAuthorization(input, findings), tcp: tcpAuthorization(input, findings) };
}

/** Everything of a gateway: the same for all proxies with the same labels. */
function gatewayPart(input: TranslationInput): Part {
  const { snapshot, proxy } = input;
  const found: Finding[] = [];
  const filters = authorizationFilters(input, found);
  const key = `${proxyClass(input)} ${canonicalJson(proxy.labels)}`;
  const part = classPart(
    input,
    { what: 'gateway', key, more: [snapshot.config, filters.http, filters.tcp] },
    (findings) => {
      const listeners = gatewayListeners(input, filters, findings);
      const clusters = gatewayClusters(input, findings);
      const routes = namesIn(listeners).map((name) => gatewayRoutes(input, name, findings));
      return { listeners, routes, clusters };
    },
  );
  return { resources: part.resources, findings: [...found, ...part.findings] };
}

/** What EnvoyFilters make of it. They may reach anything, so the parts become one. */
function patchedPart(input: TranslationInput, parts: readonly Part[]): Part {
  const { envoyFilters, proxy, memo } = input;
  const readsProxy = envoyFilters.some(({ spec }) =>
    spec.configPatches?.some(({ match }) => match?.proxy !== undefined),
  );
  const facts = readsProxy ? JSON.stringify(proxy.metadata) : '';
  const before = parts.map(({ resources }) => resources);
  return memo.get('patchedPart', [...before, ...envoyFilters, proxy.type, facts], () => {
    const findings = parts.flatMap((part) => part.findings);
    const joined = joinResources(before);
    const patched = applyEnvoyFilters(joined, input, findings);
    const known = new Set(joined.clusters);
    const added = patched.clusters.filter((cluster) => !known.has(cluster));
    const names = new Set(joined.endpoints.map(({ clusterName }) => clusterName));
    const { assignments } = classEndpoints(input, added, undefined);
    const endpoints = assignments.filter(({ clusterName }) => !names.has(clusterName));
    return { resources: { ...patched, endpoints: [...patched.endpoints, ...endpoints] }, findings };
  });
}

/** Names of the route configurations that listeners fetch, each once. */
function namesIn(listeners: readonly ListenerJson[]): readonly string[] {
  return [...new Set(listeners.flatMap(routeNames))];
}

/** Which clusters rules and routes lead to. */
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { virtualServicesFor } from '../../mesh/index.ts';
import type { HttpRouteSpec, MeshService, VirtualServiceIr } from '../../mesh/model/index.ts';
import { compareText } from '../../mesh/names/object-ref.ts';
import type { TranslationInput } from '../input.ts';
import { type ClusterTarget, outboundClusterName } from '../names/cluster-name.ts';
import { behindAliases } from './rules/destination.ts';

type Destination = NonNullable<HttpRouteSpec['mirror']>;

/**
 * Everything that VirtualServices of a proxy may send to, in the order of the names of the clusters: a few more than its routes name,
 * since rules for other workloads count as well. A destination that leaves the port open to that of the request stands for
 * all ports of its service.
 */
export function routeDestinations(input: TranslationInput): readonly ClusterTarget[] {
  const { scope } = input;
  const serviceOf = (hostname: string): MeshService | undefined => scope.servicesByHost.get(hostname);
  const targets = new Map<string, ClusterTarget>();
  for (const virtualService of appliedBy(input)) {
    for (const destination of destinationsOf(virtualService)) {
      const { hostname, service } = behindAliases(destination.host, serviceOf);
      for (const port of portsOf(destination, service)) {
        const { subset = '' } = destination;
        const target = { hostname, port, ...(subset === '' ? {} : { subset }) };
        targets.set(outboundClusterName(target), target);
      }
    }
  }
  return [...targets].toSorted(([a], [b]) => compareText(a, b)).map(([, target]) => target);
}

function appliedBy({ scope, gateways, snapshot, proxy }: TranslationInput): ReadonlySet<VirtualServiceIr> {
  const lists =
    gateways === undefined
      ? scope.egress.map(({ virtualServices }) => virtualServices)
      : gateways.gateways.map(({ name }) => virtualServicesFor(snapshot, proxy.namespace, name));
  return new Set(lists.flat());
}

function destinationsOf({ http, tls, tcp }: VirtualServiceIr): readonly Destination[] {
  const ofHttp = http.flatMap(({ spec }) => [
    ...(spec.route ?? []).map(({ destination }) => destination),
    ...(spec.mirror === undefined ? [] : [spec.mirror]),
    ...(spec.mirrors ?? []).map(({ destination }) => destination),
  ]);
  const ofOthers = [...tls, ...tcp].flatMap(({ spec }) => (spec.route ?? []).map(({ destination }) => destination));
  return [...ofHttp, ...ofOthers];
}

function portsOf({ port }: Destination, service: MeshService | undefined): readonly number[] {
  const said = port?.number ?? 0;
  return said === 0 ? (service?.ports.map(({ number }) => number) ?? []) : [said];
}

/** Configuration to the clusters it names; objects of configuration never change. */
const named = new WeakMap<RouteConfigurationJson, readonly string[]>();

/** Names of the clusters that routes lead to, sorted: they have to be there before the routes are. */
export function clustersOf(config: RouteConfigurationJson): readonly string[] {
  let clusters = named.get(config);
  if (clusters === undefined) {
    const routes = (config.virtualHosts ?? []).flatMap(({ routes: own = [] }) => own);
    clusters = Object.freeze([...new Set(routes.flatMap(clustersOfRoute))].toSorted());
    named.set(config, clusters);
  }
  return clusters;
}

function clustersOfRoute({ route }: RouteJson): readonly string[] {
  if (route === undefined) return [];
  const names = [
    route.cluster,
    ...(route.weightedClusters?.clusters ?? []).map(({ name }) => name),
    ...(route.requestMirrorPolicies ?? []).map(({ cluster }) => cluster),
  ];
  return names.filter((name) => name !== undefined);
}

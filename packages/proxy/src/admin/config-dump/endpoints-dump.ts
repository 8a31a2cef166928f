import type { LiveCluster } from '../../upstream/live-cluster.ts';
import type { LiveHost } from '../../upstream/live-host.ts';
import { addressJson } from '../show-address.ts';
import type { JsonObject } from './json-object.ts';

const TYPE = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const HEALTH = { healthy: 'HEALTHY', degraded: 'DEGRADED', unhealthy: 'UNHEALTHY' };

/** The hosts of clusters as EndpointsConfigDump.StaticEndpointConfig. */
export function endpointDumps(
  clusters: Iterable<LiveCluster>,
  isNamed: (name: string) => boolean,
): readonly JsonObject[] {
  return [...clusters]
    .filter(({ name }) => isNamed(name))
    .map(({ name, hosts }) => ({
      endpoint_config: { '@type': TYPE, cluster_name: name, endpoints: localitiesOf([...hosts]) },
    }));
}

function localitiesOf(hosts: readonly LiveHost[]): readonly JsonObject[] {
  const groups = Map.groupBy(hosts, ({ priority, locality: { region, zone, subZone } }) =>
    JSON.stringify([priority, region, zone, subZone]),
  );
  return [...groups.values()].map((group) => {
    const { priority, locality } = group[0]!;
    const { region, zone, subZone } = locality;
    return {
      locality: { region, zone, sub_zone: subZone },
      lb_endpoints: group.map(endpointOf),
      priority,
    };
  });
}

function endpointOf({ address, hostName, health, weight }: LiveHost): JsonObject {
  return {
    endpoint: { address: addressJson(address), ...(hostName === '' ? {} : { hostname: hostName }) },
    health_status: HEALTH[health],
    load_balancing_weight: weight,
  };
}

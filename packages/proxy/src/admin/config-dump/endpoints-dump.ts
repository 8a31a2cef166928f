import type { LiveCluster } from '../../upstream/live-cluster.ts';
import type { LiveHost } from '../../upstream/live-host.ts';
import type { AdminSubject } from '../admin-subject.ts';
import { addressJson } from '../show-address.ts';
import type { JsonObject } from './json-object.ts';

const TYPE = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const HEALTH = { healthy: 'HEALTHY', degraded: 'DEGRADED', unhealthy: 'UNHEALTHY' };

const POLICY = { overprovisioning_factor: 140 };

/** The hosts of clusters, as fields of EndpointsConfigDump. */
export function endpointDumps(
  { clusters, isDynamicCluster }: Pick<AdminSubject, 'clusters' | 'isDynamicCluster'>,
  isNamed: (name: string) => boolean,
): JsonObject {
  const named = [...clusters].filter(({ name }) => isNamed(name));
  const list = (field: string, isDynamic: boolean) => {
    const chosen = named.filter(({ name }) => isDynamicCluster(name) === isDynamic).map(assignmentOf);
    return chosen.length === 0 ? {} : { [field]: chosen };
  };
  return { ...list('static_endpoint_configs', false), ...list('dynamic_endpoint_configs', true) };
}

function assignmentOf({ name, hosts }: LiveCluster): JsonObject {
  return {
    endpoint_config: { '@type': TYPE, cluster_name: name, endpoints: localitiesOf([...hosts]), policy: POLICY },
  };
}

function localitiesOf(hosts: readonly LiveHost[]): readonly JsonObject[] {
  const groups = Map.groupBy(hosts, ({ priority, locality: { region, zone, subZone } }) =>
    JSON.stringify([priority, region, zone, subZone]),
  );
  return [...groups.values()].map((group) => {
    const { priority, locality } = group[0]!;
    const { region, zone, subZone } = locality;
    return {
      // Empty texts and zeros are left out, as in all JSON that protobuf writes; a weight that is set is not.
      locality: {
        ...(region === '' ? {} : { region }),
        ...(zone === '' ? {} : { zone }),
        ...(subZone === '' ? {} : { sub_zone: subZone }),
      },
      lb_endpoints: group.map(endpointOf),
      ...(priority === 0 ? {} : { priority }),
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

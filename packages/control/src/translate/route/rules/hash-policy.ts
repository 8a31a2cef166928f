/** What of a request is hashed, when the DestinationRule of its destination wants equal requests on one endpoint. */
import type { RouteAction_HashPolicyJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { DestinationRuleIr, TrafficPolicySpec } from '../../../mesh/model/index.ts';
import { durationJson } from '../../json/values.ts';

type ConsistentHash = NonNullable<NonNullable<TrafficPolicySpec['loadBalancer']>['consistentHash']>;

/** The hash policy of requests to a port and subset of a service; undefined when they are not hashed. */
export function hashPolicyOf(
  rule: DestinationRuleIr | undefined,
  port: number,
  subset?: string,
): RouteAction_HashPolicyJson | undefined {
  const hash = rule && consistentHashOf(rule, port, subset);
  return hash && hashPolicy(hash);
}

/** The narrowest place that has one: the port of the subset, the subset, the port, all. */
function consistentHashOf(
  rule: DestinationRuleIr,
  port: number,
  subset: string | undefined,
): ConsistentHash | undefined {
  const own = rule.subsets.find(({ name }) => name === subset)?.trafficPolicy;
  return (
    ofPort(own, port) ??
    own?.loadBalancer?.consistentHash ??
    ofPort(rule.trafficPolicy, port) ??
    rule.trafficPolicy?.loadBalancer?.consistentHash
  );
}

function ofPort(policy: TrafficPolicySpec | undefined, port: number): ConsistentHash | undefined {
  return policy?.portLevelSettings?.find((one) => one.port?.number === port)?.loadBalancer?.consistentHash;
}

function hashPolicy(hash: ConsistentHash): RouteAction_HashPolicyJson | undefined {
  const { httpHeaderName = '', httpCookie, useSourceIp, httpQueryParameterName = '' } = hash;
  if (httpHeaderName !== '') return { header: { headerName: httpHeaderName } };
  if (httpCookie !== undefined) return { cookie: cookie(httpCookie) };
  if (useSourceIp === true) return { connectionProperties: { sourceIp: true } };
  return httpQueryParameterName === '' ? undefined : { queryParameter: { name: httpQueryParameterName } };
}

function cookie({
  name,
  path = '',
  ttl,
  attributes = [],
}: NonNullable<ConsistentHash['httpCookie']>): NonNullable<RouteAction_HashPolicyJson['cookie']> {
  const life = ttl === undefined ? undefined : durationJson(ttl);
  return {
    name,
    ...(path === '' ? {} : { path }),
    ...(life === undefined ? {} : { ttl: life }),
    ...(attributes.length === 0
      ? {}
      : { attributes: attributes.map(({ name: attribute, value = '' }) => ({ name: attribute, value })) }),
  };
}

import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import { pickDestinationRule, type ServiceEndpoints } from '../../mesh/index.ts';
import type { TranslationInput } from '../input.ts';
import { parseClusterName } from '../names/cluster-name.ts';
import { assignmentPlan, clientKey } from './assignment-plan.ts';
import { buildAssignment } from './build-assignment.ts';
import { clientViewOf } from './client-view.ts';
import { networkGateways } from './network-gateways.ts';

const NO_ENDPOINTS: ServiceEndpoints = Object.freeze([]);

/** What of an input endpoints depend on. */
export type AssignmentInput = Pick<TranslationInput, 'snapshot' | 'proxy' | 'scope' | 'memo'>;

/**
 * The endpoints of a cluster for a proxy. A name that stands for nothing the proxy can see gets an empty assignment: a proxy that asks is
 * not to wait for an answer. Proxies to which the same things matter share the object.
 */
export function loadAssignment(input: AssignmentInput, clusterName: string): ClusterLoadAssignmentJson {
  const { snapshot, proxy, scope, memo } = input;
  const { settings, config, workloads } = snapshot;
  const target = parseClusterName(clusterName);
  const service = target === undefined ? undefined : scope.servicesByHost.get(target.hostname);
  const port = service?.ports.find(({ number }) => number === target!.port);
  if (target?.direction !== 'outbound' || service === undefined || port === undefined) return { clusterName };
  const rule = pickDestinationRule(scope.destinationRules.get(service.hostname), proxy);
  const plan = memo.get('endpoints.plan', [clusterName, service, rule, settings], () => {
    const isPassedOn = !clusterName.includes('|');
    return assignmentPlan({ clusterName, service, port, rule, subset: target.subset ?? '', isPassedOn }, settings);
  });
  if (plan === undefined) return { clusterName };
  const endpoints = workloads.endpoints.get(service.key) ?? NO_ENDPOINTS;
  const gateways = networkGateways(snapshot, memo);
  const client = memo.get('endpoints.client', [proxy], () => clientViewOf(proxy));
  const parts = [
    plan,
    endpoints,
    config.peerAuthentications,
    gateways.key,
    clientKey(plan, client, { gateways, endpoints }),
  ];
  return memo.get('endpoints.assignment', parts, () =>
    buildAssignment(plan, client, { snapshot, endpoints, gateways, memo }),
  );
}

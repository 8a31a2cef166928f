import type { LoadBalancingPolicy, LoadBalancingPolicy_Policy } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterProvided } from '@weft/proto/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided';
import type { LeastRequest } from '@weft/proto/envoy/extensions/load_balancing_policies/least_request/v3/least_request';
import type { Random } from '@weft/proto/envoy/extensions/load_balancing_policies/random/v3/random';
import type { RoundRobin } from '@weft/proto/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin';
import type { WrrLocality } from '@weft/proto/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import { later } from '../config/later.ts';
import { compileLocalityPolicy, compileSlowStart, runtimeNumber } from './lb-parts.ts';
import type { LbPolicyRuntime, LocalityPolicyRuntime } from './load-balancing.ts';

/** The reason why new hosts may not be warmed up. */
export const NO_SLOW_START = later('give new hosts their load bit by bit');

/** What is supported of load balancing policies. */
export const LB_EXTENSION_SUPPORT = [
  supports<LoadBalancingPolicy>('envoy.config.cluster.v3.LoadBalancingPolicy', { policies: true }),
  supports<LoadBalancingPolicy_Policy>('envoy.config.cluster.v3.LoadBalancingPolicy.Policy', {
    typedExtensionConfig: true,
  }),
  supports<RoundRobin>('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {
    slowStartConfig: NO_SLOW_START,
    localityLbConfig: true,
  }),
  supports<LeastRequest>('envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest', {
    choiceCount: true,
    activeRequestBias: true,
    slowStartConfig: NO_SLOW_START,
    localityLbConfig: true,
    enableFullScan: later('compare all hosts'),
    selectionMethod: later('compare all hosts'),
  }),
  supports<Random>('envoy.extensions.load_balancing_policies.random.v3.Random', { localityLbConfig: true }),
  supports<ClusterProvided>('envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided', {}),
  supports<WrrLocality>('envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality', {
    endpointPickingPolicy: true,
  }),
];

/** What a policy's message says. */
export interface LbChoice {
  readonly policy: LbPolicyRuntime;
  readonly locality: LocalityPolicyRuntime;
}

const NO_LOCALITIES: LocalityPolicyRuntime = Object.freeze({ kind: 'none' });

/** All load balancing policies. */
export const LB_POLICIES: ExtensionCategory<LbChoice> = {
  name: 'envoy.load_balancing_policies',
  what: 'load balancing policy',
  supported: [
    {
      name: 'envoy.load_balancing_policies.round_robin',
      typeName: 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin',
      compile: (message, path, context) => {
        const { slowStartConfig, localityLbConfig } = message as RoundRobin;
        const slowStart = compileSlowStart(slowStartConfig, `${path}.slow_start_config`, context);
        return { policy: { kind: 'roundRobin', slowStart }, locality: localityOf(localityLbConfig) };
      },
    },
    {
      name: 'envoy.load_balancing_policies.least_request',
      typeName: 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest',
      compile: (message, path, context) => compileLeastRequest(message as LeastRequest, path, context),
    },
    {
      name: 'envoy.load_balancing_policies.random',
      typeName: 'envoy.extensions.load_balancing_policies.random.v3.Random',
      compile: (message) => ({
        policy: { kind: 'random' },
        locality: localityOf((message as Random).localityLbConfig),
      }),
    },
    {
      name: 'envoy.load_balancing_policies.cluster_provided',
      typeName: 'envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided',
      compile: () => ({ policy: { kind: 'clusterProvided' }, locality: NO_LOCALITIES }),
    },
    {
      name: 'envoy.load_balancing_policies.wrr_locality',
      typeName: 'envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality',
      compile: (message, path, context) => compileWrrLocality(message as WrrLocality, path, context),
    },
  ],
  refused: {
    'envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin': later(
      'weigh hosts by the load that they report',
    ),
    'envoy.extensions.load_balancing_policies.maglev.v3.Maglev': later('keep sessions on hosts by maglev hashing'),
    'envoy.extensions.load_balancing_policies.pick_first.v3.PickFirst': 'use priorities',
    'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash': later('keep sessions on hosts by ring hashing'),
    'envoy.extensions.load_balancing_policies.subset.v3.Subset': later('choose among subsets of hosts'),
  },
};

function localityOf(message: RoundRobin['localityLbConfig']): LocalityPolicyRuntime {
  return message === undefined ? NO_LOCALITIES : compileLocalityPolicy(message.localityConfigSpecifier);
}

const DEFAULT_CHOICES = 2;

function compileLeastRequest(message: LeastRequest, path: string, context: ConfigContext): LbChoice {
  return {
    policy: {
      kind: 'leastRequest',
      choices: message.choiceCount ?? DEFAULT_CHOICES,
      activeBias: runtimeNumber(message.activeRequestBias, 1),
      scansAll: message.enableFullScan ?? message.selectionMethod === 1,
      slowStart: compileSlowStart(message.slowStartConfig, `${path}.slow_start_config`, context),
    },
    locality: localityOf(message.localityLbConfig),
  };
}

function compileWrrLocality(message: WrrLocality, path: string, context: ConfigContext): LbChoice | undefined {
  const { endpointPickingPolicy } = message;
  if (endpointPickingPolicy === undefined) return isMissing(path, 'endpoint_picking_policy', context);
  const inner = compileLbPolicy(endpointPickingPolicy, `${path}.endpoint_picking_policy`, context);
  return inner && { policy: inner.policy, locality: { kind: 'weighted' } };
}

/** Compiles the first policy of a list that is known, as Envoy does; undefined when there was a problem. Decoding bounds the depth. */
export function compileLbPolicy(
  { policies }: LoadBalancingPolicy,
  path: string,
  context: ConfigContext,
): LbChoice | undefined {
  const extensions = policies.map(({ typedExtensionConfig }) => typedExtensionConfig);
  const known = extensions.findIndex((extension) => {
    const typeName = extension?.typedConfig && context.typeNameIn(extension.typedConfig);
    return LB_POLICIES.supported.some((each) => each.typeName === typeName);
  });
  const index = Math.max(known, 0);
  const extension = extensions[index];
  if (extension === undefined) return isMissing(`${path}.policies`, 'a policy with a typed_extension_config', context);
  const holder = { name: extension.name, typedConfig: extension.typedConfig };
  return compileExtension(LB_POLICIES, holder, `${path}.policies[${index}].typed_extension_config`, context)?.config;
}

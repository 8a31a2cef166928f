/** What a DestinationRule says about one port of a host, or of a subset of it (SEMANTICS 16). */
import type { DestinationRuleIr, RuleRef, SubsetIr, TrafficPolicySpec } from '../../mesh/index.ts';

type PortPolicySpec = NonNullable<TrafficPolicySpec['portLevelSettings']>[number];

/** The blocks that a port can have of its own. */
const PORT_BLOCKS = ['connectionPool', 'loadBalancer', 'outlierDetection', 'tls'] as const;
/** The blocks that are for all ports of a host or subset. */
const HOST_BLOCKS = ['tunnel', 'proxyProtocol', 'retryBudget'] as const;

/** The name of a block. */
export type PolicyBlock = (typeof PORT_BLOCKS)[number] | (typeof HOST_BLOCKS)[number];

/** A policy for one port. */
export interface EffectivePolicy {
  readonly spec: Readonly<Pick<TrafficPolicySpec, PolicyBlock>>;
  /** Where the blocks that are there are written. */
  readonly places: Readonly<Partial<Record<PolicyBlock, RuleRef>>>;
}

/** The kinds of settings, as the blocks have them. */
export type ConnectionPoolBlock = NonNullable<TrafficPolicySpec['connectionPool']>;
export type LoadBalancerBlock = NonNullable<TrafficPolicySpec['loadBalancer']>;
export type OutlierDetectionBlock = NonNullable<TrafficPolicySpec['outlierDetection']>;
export type ClientTlsBlock = NonNullable<TrafficPolicySpec['tls']>;

/** Nothing is said. */
export const NO_POLICY: EffectivePolicy = Object.freeze({ spec: Object.freeze({}), places: Object.freeze({}) });

/**
 * The policy for a port. Settings of the port take the place of everything else that is said of the host, also of what they
 * leave out; a subset overrides what it has block by block, and with settings of the port all blocks that a port can have.
 */
export function policyFor(
  rule: DestinationRuleIr | undefined,
  subset: SubsetIr | undefined,
  port: number,
): EffectivePolicy {
  const base =
    rule?.trafficPolicy === undefined
      ? NO_POLICY
      : layerOf(rule.trafficPolicy, rule.trafficPolicySource ?? { object: rule.sources[0]!, path: '' }, port).policy;
  if (subset?.trafficPolicy === undefined) return base;
  const place = { object: subset.source.object, path: `${subset.source.path}.trafficPolicy` };
  const { policy: own, isOfPort } = layerOf(subset.trafficPolicy, place, port);
  const blocks: readonly PolicyBlock[] = isOfPort ? HOST_BLOCKS : [...PORT_BLOCKS, ...HOST_BLOCKS];
  const kept = blocks.filter((block) => own.spec[block] === undefined);
  return Object.freeze({
    spec: Object.freeze({ ...pick(base.spec, kept), ...own.spec }),
    places: Object.freeze({ ...pick(base.places, kept), ...own.places }),
  });
}

interface Layer {
  readonly policy: EffectivePolicy;
  /** Whether the port has settings of its own. */
  readonly isOfPort: boolean;
}

function layerOf(spec: TrafficPolicySpec, place: RuleRef, port: number): Layer {
  const index = (spec.portLevelSettings ?? []).findIndex((settings) => settings.port?.number === port);
  if (index < 0) return { policy: blocksOf(spec, [...PORT_BLOCKS, ...HOST_BLOCKS], place), isOfPort: false };
  const settings: PortPolicySpec = spec.portLevelSettings![index]!;
  const path = `${place.path}.portLevelSettings[${index}]`;
  return { policy: blocksOf(settings, PORT_BLOCKS, { object: place.object, path }), isOfPort: true };
}

function blocksOf(
  spec: Readonly<Pick<TrafficPolicySpec, PolicyBlock>>,
  blocks: readonly PolicyBlock[],
  place: RuleRef,
): EffectivePolicy {
  const there = blocks.filter((block) => spec[block] !== undefined);
  const places = there.map((block) => [block, { object: place.object, path: `${place.path}.${block}` }] as const);
  return { spec: pick(spec, there), places: Object.fromEntries(places) };
}

function pick<T extends object>(record: T, keys: readonly (keyof T)[]): Partial<T> {
  const picked: Partial<T> = {};
  for (const key of keys) if (record[key] !== undefined) picked[key] = record[key];
  return picked;
}

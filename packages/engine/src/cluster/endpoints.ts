import type { Locality } from '@weft/proto/envoy/config/core/v3/base';
import type {
  ClusterLoadAssignment,
  ClusterLoadAssignment_Policy,
  ClusterLoadAssignment_Policy_DropOverload,
} from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type {
  Endpoint,
  Endpoint_AdditionalAddress,
  Endpoint_HealthCheckConfig,
  LbEndpoint,
  LocalityLbEndpoints,
} from '@weft/proto/envoy/config/endpoint/v3/endpoint_components';
import type { CompileContext } from '../compile/context.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { compileFraction } from '../compile/matchers/fraction.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { metadataOf } from '../compile/metadata.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import { type AddressRuntime, compileAddress } from '../config/address.ts';
import { later } from '../config/later.ts';
import type { Fraction } from '../match/fraction.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';

const NO_LEDS = 'endpoints are not fetched by locality: list them in lb_endpoints';

/** What is supported of endpoints. */
export const ENDPOINTS_SUPPORT = [
  supports<ClusterLoadAssignment>('envoy.config.endpoint.v3.ClusterLoadAssignment', {
    clusterName: true,
    endpoints: true,
    namedEndpoints: 'give the endpoints in place',
    policy: true,
  }),
  supports<ClusterLoadAssignment_Policy>('envoy.config.endpoint.v3.ClusterLoadAssignment.Policy', {
    dropOverloads: true,
    overprovisioningFactor: true,
    endpointStaleAfter: true,
    weightedPriorityHealth: later('count endpoints by their weight where it spreads load over priorities'),
  }),
  supports<ClusterLoadAssignment_Policy_DropOverload>(
    'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload',
    { category: true, dropPercentage: true },
  ),
  supports<LocalityLbEndpoints>('envoy.config.endpoint.v3.LocalityLbEndpoints', {
    locality: true,
    metadata: true,
    lbEndpoints: true,
    lbConfig: { loadBalancerEndpoints: NO_LEDS, ledsClusterLocalityConfig: NO_LEDS },
    loadBalancingWeight: true,
    priority: true,
    proximity: 'Envoy has never implemented it: use priority',
  }),
  supports<LbEndpoint>('envoy.config.endpoint.v3.LbEndpoint', {
    hostIdentifier: { endpoint: true, endpointName: 'give the endpoint in place' },
    healthStatus: true,
    metadata: true,
    loadBalancingWeight: true,
  }),
  supports<Endpoint>('envoy.config.endpoint.v3.Endpoint', {
    address: true,
    healthCheckConfig: withoutEffect('hosts are not checked: that is refused'),
    hostname: true,
    additionalAddresses: true,
    observabilityName: 'hosts are named by their addresses: leave it out',
  }),
  supports<Endpoint_HealthCheckConfig>('envoy.config.endpoint.v3.Endpoint.HealthCheckConfig', {
    portValue: true,
    hostname: true,
    address: true,
    disableActiveHealthCheck: true,
  }),
  supports<Endpoint_AdditionalAddress>('envoy.config.endpoint.v3.Endpoint.AdditionalAddress', { address: true }),
  supports<Locality>('envoy.config.core.v3.Locality', { region: true, zone: true, subZone: true }),
];

/** What the control plane says about the health of an endpoint. */
export type HealthStatus = 'unknown' | 'healthy' | 'unhealthy' | 'draining' | 'timeout' | 'degraded';

/** By the number of HealthStatus. */
export const HEALTH_STATUSES: readonly HealthStatus[] = [
  'unknown',
  'healthy',
  'unhealthy',
  'draining',
  'timeout',
  'degraded',
];

/** A place; empty texts where a part is not known. */
export interface LocalityName {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** A compiled endpoint. */
export interface EndpointRuntime {
  readonly address: AddressRuntime;
  /** Tried beside the first one. */
  readonly additionalAddresses: readonly AddressRuntime[];
  /** Empty for none. */
  readonly hostname: string;
  readonly health: HealthStatus;
  readonly weight: number;
  readonly metadata: MetadataSource;
  readonly healthCheck: EndpointHealthCheckRuntime;
}

/** How an endpoint is checked where that differs from its cluster. */
export interface EndpointHealthCheckRuntime {
  /** 0 for the port of the endpoint. */
  readonly port: number;
  readonly hostname: string;
  readonly address: AddressRuntime | undefined;
  readonly isDisabled: boolean;
}

/** The endpoints of one place with one priority. */
export interface LocalityRuntime {
  readonly locality: LocalityName;
  readonly priority: number;
  /** Undefined where none is given: no load when localities are weighted. */
  readonly weight: number | undefined;
  readonly endpoints: readonly EndpointRuntime[];
  readonly metadata: MetadataSource;
}

/** A share of requests that is dropped, and counted, on the control plane's word. */
export interface DropRuntime {
  readonly category: string;
  readonly fraction: Fraction;
}

/** A compiled ClusterLoadAssignment. */
export interface EndpointsRuntime {
  readonly clusterName: string;
  readonly localities: readonly LocalityRuntime[];
  readonly overprovisioningPct: number;
  /** Rolled one after the other, each over what the ones before left. */
  readonly drops: readonly DropRuntime[];
  /** After this without news the endpoints are forgotten; 0 for never. */
  readonly staleAfterMs: number;
}

const DEFAULT_OVERPROVISIONING_PCT = 140;

/** A cluster without hosts. */
export function noEndpoints(clusterName: string): EndpointsRuntime {
  return Object.freeze({
    clusterName,
    localities: [],
    overprovisioningPct: DEFAULT_OVERPROVISIONING_PCT,
    drops: [],
    staleAfterMs: 0,
  });
}

const MAX_WEIGHT_SUM = 0xffff_ffff;

/** Compiles endpoints; undefined when there was a problem. `path` may be empty. */
export function compileEndpoints(
  message: ClusterLoadAssignment,
  path: string,
  context: CompileContext,
): EndpointsRuntime | undefined {
  const base = path === '' ? '' : `${path}.`;
  const before = context.problems.count;
  const { policy } = message;
  const localities = compileList(message.endpoints, `${base}endpoints`, (each, at) =>
    compileLocality(each, at, context),
  );
  const drops = compileList(policy?.dropOverloads ?? [], `${base}policy.drop_overloads`, (drop, at) =>
    compileDrop(drop, at, context),
  );
  const stalePath = `${base}policy.endpoint_stale_after`;
  const staleAfterMs = compileOptionalMs(policy?.endpointStaleAfter, stalePath, context) ?? 0;
  if (localities === undefined || drops === undefined) return undefined;
  checkWeights(localities, `${base}endpoints`, context);
  if (context.problems.count !== before) return undefined;
  return Object.freeze({
    clusterName: message.clusterName,
    localities: Object.freeze(localities),
    overprovisioningPct: policy?.overprovisioningFactor ?? DEFAULT_OVERPROVISIONING_PCT,
    drops: Object.freeze(drops),
    staleAfterMs,
  });
}

function compileDrop(
  { category, dropPercentage }: ClusterLoadAssignment_Policy_DropOverload,
  path: string,
  context: CompileContext,
): DropRuntime | undefined {
  if (dropPercentage === undefined) return isMissing(path, 'drop_percentage', context);
  const fraction = compileFraction(dropPercentage, `${path}.drop_percentage`, context);
  if (fraction === undefined || fraction.numerator <= fraction.denominator)
    return fraction && Object.freeze({ category, fraction });
  context.problems.add(
    `${path}.drop_percentage`,
    `${fraction.numerator} of ${fraction.denominator} is more than everything`,
  );
  return undefined;
}

function compileLocality(
  message: LocalityLbEndpoints,
  path: string,
  context: CompileContext,
): LocalityRuntime | undefined {
  const endpoints = compileList(message.lbEndpoints, `${path}.lb_endpoints`, (endpoint, at) =>
    compileLbEndpoint(endpoint, at, context),
  );
  if (endpoints === undefined) return undefined;
  return Object.freeze({
    locality: localityName(message.locality),
    priority: message.priority,
    weight: message.loadBalancingWeight,
    endpoints: Object.freeze(endpoints),
    metadata: metadataOf(message.metadata),
  });
}

/** The name of a place. */
export function localityName(message: Locality | undefined): LocalityName {
  return { region: message?.region ?? '', zone: message?.zone ?? '', subZone: message?.subZone ?? '' };
}

function compileLbEndpoint(message: LbEndpoint, path: string, context: CompileContext): EndpointRuntime | undefined {
  const { hostIdentifier } = message;
  if (hostIdentifier.case !== 'endpoint') return isMissing(path, 'endpoint', context);
  const { address: given, additionalAddresses, hostname, healthCheckConfig } = hostIdentifier.value;
  const at = `${path}.endpoint`;
  if (given === undefined) return isMissing(at, 'address', context);
  const address = compileAddress(given, `${at}.address`, context);
  const more = compileList(additionalAddresses, `${at}.additional_addresses`, (each, i) =>
    each.address === undefined
      ? isMissing(i, 'address', context)
      : compileAddress(each.address, `${i}.address`, context),
  );
  const healthCheck = compileHealthCheck(healthCheckConfig, `${at}.health_check_config`, context);
  if (address === undefined || more === undefined || healthCheck === undefined) return undefined;
  if (healthCheck.port !== 0 && address.kind !== 'socket') {
    context.problems.add(
      `${at}.health_check_config.port_value`,
      'invalid host configuration: non-zero port for non-IP address',
    );
    return undefined;
  }
  return Object.freeze({
    address,
    additionalAddresses: Object.freeze(more),
    hostname,
    health: HEALTH_STATUSES[message.healthStatus] ?? 'unknown',
    weight: message.loadBalancingWeight ?? 1,
    metadata: metadataOf(message.metadata),
    healthCheck,
  });
}

const PLAIN_HEALTH_CHECK: EndpointHealthCheckRuntime = Object.freeze({
  port: 0,
  hostname: '',
  address: undefined,
  isDisabled: false,
});

function compileHealthCheck(
  message: Endpoint_HealthCheckConfig | undefined,
  path: string,
  context: CompileContext,
): EndpointHealthCheckRuntime | undefined {
  if (message === undefined) return PLAIN_HEALTH_CHECK;
  const { address: given, portValue: port, hostname, disableActiveHealthCheck: isDisabled } = message;
  const address = given && compileAddress(given, `${path}.address`, context);
  if (given !== undefined && address === undefined) return undefined;
  return Object.freeze({ port, hostname, address, isDisabled });
}

/** As Envoy: the weights of a locality's endpoints, and of a priority's localities, add up to a 32-bit number. */
function checkWeights(localities: readonly LocalityRuntime[], path: string, context: CompileContext): void {
  const ofPriorities = new Map<number, number>();
  localities.forEach(({ priority, weight, endpoints }, i) => {
    const sum = endpoints.reduce((total, endpoint) => total + endpoint.weight, 0);
    if (sum > MAX_WEIGHT_SUM) context.problems.add(`${path}[${i}]`, tooHeavy('endpoints of this locality', sum));
    ofPriorities.set(priority, (ofPriorities.get(priority) ?? 0) + (weight ?? 0));
  });
  for (const [priority, sum] of ofPriorities) {
    if (sum > MAX_WEIGHT_SUM) context.problems.add(path, tooHeavy(`localities of priority ${priority}`, sum));
  }
}

function tooHeavy(what: string, sum: number): string {
  return `the sum of the weights of the ${what}, ${sum}, is larger than ${MAX_WEIGHT_SUM}`;
}

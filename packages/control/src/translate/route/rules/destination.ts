/** Which cluster a destination of a rule is (SEMANTICS 8). */
import type { DestinationRuleIr, Finding, HttpRouteSpec, MeshService, RuleRef } from '../../../mesh/model/index.ts';
import { findingAt } from '../../finding-at.ts';
import { type ClusterTarget, outboundClusterName } from '../../names/cluster-name.ts';
import type { RuleContext } from './context.ts';

type Destination = NonNullable<HttpRouteSpec['mirror']>;

/** Cluster of destinations without a host. It never exists. */
const UNKNOWN_SERVICE = 'UnknownService';
/** Aliases of aliases are followed this far. */
const MAX_ALIASES = 8;

/** A destination, with what is known about it. */
export interface ResolvedDestination {
  readonly cluster: string;
  readonly port: number;
  readonly subset: string;
  /** The rule for its clients. */
  readonly rule: DestinationRuleIr | undefined;
}

/** The cluster of a destination. One that does not exist is named all the same: requests to it fail, others are not concerned. */
export function resolveDestination(
  destination: Destination,
  at: RuleRef,
  context: RuleContext,
  findings: Finding[],
): ResolvedDestination {
  const { host, subset = '' } = destination;
  const port = destinationPort(destination, context.serviceOf(host), context.port);
  if (host === '') return { cluster: UNKNOWN_SERVICE, port, subset, rule: undefined };
  const { hostname, service } = behindAliases(host, context.serviceOf);
  const rule = context.destinationRuleOf(hostname);
  checkDestination({ hostname, port, subset }, service, rule, at, findings);
  return { cluster: outboundClusterName({ hostname, port, subset }), port, subset, rule };
}

/** The port that is said, else the only one of the service, else the one that the request is sent to. */
export function destinationPort({ port }: Destination, service: MeshService | undefined, requestPort: number): number {
  const said = port?.number ?? 0;
  if (said !== 0) return said;
  return service?.ports.length === 1 ? service.ports[0]!.number : requestPort;
}

/** The service that a name leads to: aliases stand for others (SEMANTICS 36). */
export function behindAliases(
  host: string,
  serviceOf: RuleContext['serviceOf'],
): { readonly hostname: string; readonly service: MeshService | undefined } {
  let hostname = host;
  let service = serviceOf(host);
  for (let i = 0; i < MAX_ALIASES && service?.aliasOf !== undefined; i++) {
    hostname = service.aliasOf;
    service = serviceOf(hostname);
  }
  return { hostname, service };
}

function checkDestination(
  { hostname, port, subset = '' }: ClusterTarget,
  service: MeshService | undefined,
  rule: DestinationRuleIr | undefined,
  at: RuleRef,
  findings: Finding[],
): void {
  const fate = 'requests that are sent there fail';
  if (service === undefined) {
    const hint = 'check the name and its namespace, or add a ServiceEntry';
    findings.push(findingAt('UnknownDestinationHost', at, '', `there is no service ${hostname}; ${fate}; ${hint}`));
    return;
  }
  if (!service.ports.some(({ number }) => number === port)) {
    const ports = service.ports.map(({ number }) => number).join(', ') || 'none';
    const text = `service ${hostname} has no port ${port}; ${fate}; its ports are: ${ports}`;
    findings.push(findingAt('UnknownDestinationPort', at, '', text));
  }
  if (subset === '' || rule?.subsets.some(({ name }) => name === subset) === true) return;
  const known = rule?.subsets.map(({ name }) => name).join(', ') ?? '';
  const hint =
    rule === undefined
      ? `there is no DestinationRule for ${hostname} here`
      : `the DestinationRule ${rule.sources.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')} has ${known === '' ? 'none' : `only: ${known}`}`;
  findings.push(findingAt('UnknownSubset', at, '', `service ${hostname} has no subset ${subset}; ${fate}; ${hint}`));
}

/** Rules for connections: by server name, before TLS ends, and by address and port. */
import { isCidr, isIp } from '@weft/core';
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  map,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { gatewayBoundHostProblem, isHostSubset, wildcardDomainProblem } from '../../validation/hosts.ts';
import { checkDestination, checkWeights, destination } from './destination.ts';
import { checkGatewayNames } from './gateway-names.ts';
import { checkLabels } from './labels.ts';
import { checkPort } from './port-selector.ts';
import { uint32 } from './scalars.ts';

const l4Fields = {
  destinationSubnets: list('Addresses or ranges that the connection is to.', string('An address or a CIDR range.')),
  port: uint32('Port that the connection is to.'),
  sourceLabels: map('Labels of the calling workload.', string('Value of the label.')),
  gateways: list('Gateways for which the match counts; those of the object when empty.', string('A gateway.')),
  sourceNamespace: string('Namespace of the calling workload.'),
};

const tlsMatch = object('Which connections the rule is for; all that is set must match.', {
  sniHosts: required(list('Server names of the handshake; "*.example.com" is allowed.', string('A server name.'))),
  ...l4Fields,
});

const tcpMatch = object('Which connections the rule is for; all that is set must match.', {
  ...l4Fields,
  sourceSubnet: string('Address or range that the connection is from; no longer used.', {
    deprecated: 'is deprecated and has no effect',
  }),
});

const routeDestination = object('One service that gets a share of the connections.', {
  destination: required(destination),
  weight: integer('Share of the connections, relative to the sum of all weights.'),
});

/** A rule for TLS connections that are not ended by the proxy. */
export const tlsRoute = object('A rule for TLS connections that pass through.', {
  match: required(list('Connections that the rule is for; one of these must match.', tlsMatch)),
  route: list('Services that the connections are sent to.', routeDestination),
});

/** A rule for TCP connections. */
export const tcpRoute = object('A rule for TCP connections.', {
  match: list('Connections that the rule is for; one of these must match; all when empty.', tcpMatch),
  route: list('Services that the connections are sent to.', routeDestination),
});

/** A rule for TLS connections that are not ended by the proxy. */
export type TlsRoute = Infer<typeof tlsRoute>;
/** A rule for TCP connections. */
export type TcpRoute = Infer<typeof tcpRoute>;

/** What a TLS rule must fit to. */
export interface TlsContext {
  readonly hosts: readonly string[];
  readonly isGatewayOnly: boolean;
}

/** Checks one TLS rule; its server names must be hosts of the object. */
export function checkTlsRoute(route: TlsRoute, context: TlsContext, path: FieldPath, report: IssueReport): void {
  if (route.match.length === 0)
    report.required(path.child('match'), 'TLS route must have at least one match condition');
  for (let i = 0; i < route.match.length; i++) {
    const match = route.match[i]!;
    const at = path.child('match').index(i);
    if (match.sniHosts.length === 0) report.required(at.child('sniHosts'), 'TLS match must have at least one SNI host');
    for (let j = 0; j < match.sniHosts.length; j++) {
      checkSniHost(match.sniHosts[j]!, context, at.child('sniHosts').index(j), report);
    }
    checkL4Match(match, at, report);
  }
  checkL4Destinations(route.route ?? [], 'TLS', path.child('route'), report);
}

/** Checks one TCP rule. */
export function checkTcpRoute(route: TcpRoute, path: FieldPath, report: IssueReport): void {
  const matches = route.match ?? [];
  for (let i = 0; i < matches.length; i++) checkL4Match(matches[i]!, path.child('match').index(i), report);
  checkL4Destinations(route.route ?? [], 'TCP', path.child('route'), report);
}

function checkL4Match(match: Infer<typeof tcpMatch>, path: FieldPath, report: IssueReport): void {
  const subnets = match.destinationSubnets ?? [];
  for (let i = 0; i < subnets.length; i++) {
    const subnet = subnets[i]!;
    if (isIp(subnet) || isCidr(subnet)) continue;
    const kind = subnet.includes('/') ? 'CIDR block' : 'IP';
    report.invalid(path.child('destinationSubnets').index(i), subnet, `${subnet} is not a valid ${kind}`);
  }
  if (match.port !== undefined && match.port !== 0) checkPort(match.port, path.child('port'), report);
  checkLabels(match.sourceLabels, path.child('sourceLabels'), report);
  checkGatewayNames(match.gateways, path.child('gateways'), report);
}

function checkSniHost(sni: string, context: TlsContext, path: FieldPath, report: IssueReport): void {
  const problem = context.isGatewayOnly ? gatewayBoundHostProblem(sni, true) : wildcardDomainProblem(sni);
  if (problem !== undefined) {
    if (isIp(sni)) report.warn(`${path.toString()}: an IP address goes against the SNI specification: ${sni}`);
    else report.invalid(path, sni, problem);
    return;
  }
  if (context.hosts.some((host) => isHostSubset(sni, host))) return;
  report.invalid(
    path,
    sni,
    `SNI host is not a compatible subset of any of the virtual service hosts: [${context.hosts.join(', ')}]`,
  );
}

function checkL4Destinations(
  routes: readonly Infer<typeof routeDestination>[],
  kind: 'TLS' | 'TCP',
  path: FieldPath,
  report: IssueReport,
): void {
  if (routes.length === 0) report.required(path, `${kind} route is required`);
  for (let i = 0; i < routes.length; i++) {
    checkDestination(routes[i]!.destination, path.index(i).child('destination'), report);
  }
  checkWeights(routes, path, report);
}

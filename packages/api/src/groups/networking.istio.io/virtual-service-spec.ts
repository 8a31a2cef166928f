/** The fields of a VirtualService and the rules across them. */
import { isIp } from '@weft/core';
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import { type Infer, type IssueReport, list, object, string } from '../../schema/index.ts';
import { gatewayBoundHostProblem, overlappingHosts, wildcardDomainProblem } from '../../validation/hosts.ts';
import { checkExportTo, exportTo } from './export-to.ts';
import { checkGatewayNames, isGatewayOnly } from './gateway-names.ts';
import { checkNoJwtClaims } from './http-match.ts';
import { checkHttpRoute, httpRoute } from './http-route.ts';
import { checkTcpRoute, checkTlsRoute, tcpRoute, tlsRoute } from './l4-routes.ts';
import { warnOfCoveredPrefixes, warnOfUnreachableRules } from './unreachable-rules.ts';

/** The fields of a VirtualService. */
export const virtualServiceSpec = object('Rules for requests to hosts.', {
  hosts: list(
    'Hosts that the rules are for; "*.example.com" is allowed; none makes this a delegate of another VirtualService.',
    string('A host.'),
  ),
  gateways: list(
    'Gateways that apply the rules, as namespace/name; "mesh" stands for all sidecars and is the default.',
    string('A gateway, or "mesh".'),
  ),
  http: list('Rules for HTTP requests, in order.', httpRoute),
  tls: list('Rules for TLS connections that pass through, in order.', tlsRoute),
  tcp: list('Rules for TCP connections, in order.', tcpRoute),
  exportTo: exportTo('object'),
});

/** The fields of a VirtualService. */
export type VirtualServiceSpec = Infer<typeof virtualServiceSpec>;

const hostsPath = specPath.child('hosts');
const httpPath = specPath.child('http');
const tlsPath = specPath.child('tls');
const tcpPath = specPath.child('tcp');

/** Checks the rules across fields. */
export function checkVirtualService(
  service: { readonly metadata: ObjectMeta; readonly spec?: VirtualServiceSpec },
  report: IssueReport,
): void {
  const spec = service.spec ?? {};
  const { hosts = [], http = [], tls = [], tcp = [] } = spec;
  const isDelegate = hosts.length === 0;
  if (isDelegate) checkDelegateFields(spec, report);
  checkGatewayNames(spec.gateways, specPath.child('gateways'), report);
  checkHosts(spec, report);
  if (http.length === 0 && tls.length === 0 && tcp.length === 0) {
    report.required(specPath, 'http, tcp or tls must be provided in virtual service');
  }
  const forGatewaysOnly = isGatewayOnly(spec.gateways);
  for (let i = 0; i < http.length; i++) {
    checkHttpRoute(http[i]!, isDelegate, httpPath.index(i), report);
    if (forGatewaysOnly || isDelegate) continue;
    const matches = http[i]!.match ?? [];
    for (let j = 0; j < matches.length; j++) {
      checkNoJwtClaims(matches[j]!, httpPath.index(i).child('match').index(j), report);
    }
  }
  const context = { hosts, isGatewayOnly: forGatewaysOnly };
  for (let i = 0; i < tls.length; i++) checkTlsRoute(tls[i]!, context, tlsPath.index(i), report);
  for (let i = 0; i < tcp.length; i++) checkTcpRoute(tcp[i]!, tcpPath.index(i), report);
  checkExportTo(spec.exportTo, service.metadata.namespace, specPath.child('exportTo'), report);
  warnOfUnreachableRules(http, httpPath, report);
  warnOfCoveredPrefixes(http, httpPath, report);
  warnOfUnreachableRules(tls, tlsPath, report);
  warnOfUnreachableRules(tcp, tcpPath, report);
}

/** A delegate continues HTTP rules of another object, which has the hosts and gateways. */
function checkDelegateFields(spec: VirtualServiceSpec, report: IssueReport): void {
  const forbidden = [
    ['gateways', 'gateways'],
    ['tls', 'tls route'],
    ['tcp', 'tcp route'],
  ] as const;
  for (const [field, words] of forbidden) {
    if ((spec[field] ?? []).length === 0) continue;
    report.forbidden(
      specPath.child(field),
      `delegate virtual service (one without hosts) must have no ${words} specified`,
    );
  }
}

function checkHosts(spec: VirtualServiceSpec, report: IssueReport): void {
  const hosts = spec.hosts ?? [];
  const forGatewaysOnly = isGatewayOnly(spec.gateways);
  const hasSni = (spec.tls ?? []).some((route) => route.match.some((match) => match.sniHosts.length > 0));
  let areValid = true;
  for (let i = 0; i < hosts.length; i++) {
    const host = hosts[i]!;
    const problem = forGatewaysOnly ? gatewayBoundHostProblem(host, hasSni) : wildcardDomainProblem(host);
    if (problem !== undefined && !isIp(host)) report.invalid(hostsPath.index(i), host, problem);
    else if (host === '*' && !forGatewaysOnly) {
      report.invalid(
        hostsPath.index(i),
        host,
        'wildcard host * is not allowed for virtual services bound to the mesh gateway',
      );
    } else continue;
    areValid = false;
  }
  if (!areValid || hosts.length < 2) return;
  for (const [first, second] of overlappingHosts(hosts)) {
    report.invalid(
      hostsPath.index(second),
      hosts[second],
      `duplicate hosts in virtual service: ${hosts[first]} & ${hosts[second]}`,
    );
  }
}

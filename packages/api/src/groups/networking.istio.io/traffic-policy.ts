/** What happens to a request after its destination is chosen. */
import { isIp } from '@weft/core';
import {
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  number,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { fqdnProblem } from '../../validation/hosts.ts';
import { checkClientTls, clientTls } from './client-tls.ts';
import { checkConnectionPool, connectionPool } from './connection-pool.ts';
import { checkLoadBalancer, loadBalancer } from './load-balancer.ts';
import { checkOutlierDetection, outlierDetection } from './outlier-detection.ts';
import { checkPort, checkPortSelector, portSelector } from './port-selector.ts';
import { durationOrZero, uint32 } from './scalars.ts';

const shared = { connectionPool, loadBalancer, outlierDetection, tls: clientTls };

const portPolicy = object('Settings of one port; those that are left out fall back to defaults, not to the policy.', {
  port: portSelector,
  ...shared,
});

const tunnel = object('Send the bytes through a proxy that is asked with CONNECT or POST.', {
  protocol: string('CONNECT (the default) or POST.'),
  targetHost: required(string('Host that the proxy is asked for.')),
  targetPort: required(uint32('Port that the proxy is asked for.')),
});

const retryBudget = object('Bound of retries in relation to other requests.', {
  percent: number('Retries at one time, in percent of all requests; 20 when absent.', {
    nullable: true,
    minimum: 0,
    maximum: 100,
  }),
  minRetryConcurrency: uint32('Retries that are always allowed; 3 when absent.'),
  budgetInterval: durationOrZero('Time over which requests are counted; 0 counts those under way.'),
});

/** What happens to a request after its destination is chosen. */
export const trafficPolicy = object('What happens to a request after its destination is chosen.', {
  ...shared,
  portLevelSettings: list('Settings of single ports.', portPolicy, { maxItems: 4096 }),
  tunnel,
  proxyProtocol: object('Tell the service who the client is by the PROXY protocol.', {
    version: enumeration('Version of the protocol.', ['V1', 'V2']),
  }),
  retryBudget,
});

/** What happens to a request after its destination is chosen. */
export type TrafficPolicy = Infer<typeof trafficPolicy>;

type SharedPolicy = Pick<TrafficPolicy, keyof typeof shared>;

/** Checks a policy and those of its ports. */
export function checkTrafficPolicy(policy: TrafficPolicy, path: FieldPath, report: IssueReport): void {
  if (Object.keys(policy).length === 0) {
    report.invalid(path, '', 'traffic policy must have at least one field');
    return;
  }
  if (policy.tunnel !== undefined && policy.proxyProtocol !== undefined) {
    report.invalid(path.child('tunnel'), '', 'tunnel and proxyProtocol must not be set together');
  }
  checkShared(policy, path, report);
  checkPorts(policy.portLevelSettings ?? [], path.child('portLevelSettings'), report);
  if (policy.tunnel !== undefined) checkTunnel(policy.tunnel, path.child('tunnel'), report);
}

function checkShared(policy: SharedPolicy, path: FieldPath, report: IssueReport): void {
  const { outlierDetection: outlier, connectionPool: pool, loadBalancer: balancer, tls } = policy;
  if (outlier !== undefined) checkOutlierDetection(outlier, path.child('outlierDetection'), report);
  if (pool !== undefined) checkConnectionPool(pool, path.child('connectionPool'), report);
  if (balancer !== undefined) checkLoadBalancer(balancer, outlier, path.child('loadBalancer'), report);
  if (tls !== undefined) checkClientTls(tls, path.child('tls'), report);
}

function checkPorts(
  ports: NonNullable<TrafficPolicy['portLevelSettings']>,
  path: FieldPath,
  report: IssueReport,
): void {
  const seen = new Set<number>();
  for (let i = 0; i < ports.length; i++) {
    const settings = ports[i]!;
    const at = path.index(i);
    if (settings.port === undefined) report.required(at.child('port'), 'portTrafficPolicy must have valid port');
    else {
      checkPortSelector(settings.port, at.child('port'), report);
      const number = settings.port.number ?? 0;
      if (seen.has(number)) report.duplicate(at.child('port', 'number'), number);
      seen.add(number);
    }
    const { port: _port, ...rest } = settings;
    if (Object.keys(rest).length === 0) {
      report.invalid(at, '', 'port traffic policy must have at least one field');
    } else checkShared(rest, at, report);
  }
}

function checkTunnel(value: NonNullable<TrafficPolicy['tunnel']>, path: FieldPath, report: IssueReport): void {
  const { protocol = '', targetHost, targetPort } = value;
  if (protocol !== '' && protocol !== 'CONNECT' && protocol !== 'POST') {
    report.notSupported(path.child('protocol'), protocol, ['CONNECT', 'POST']);
  }
  if (!isIp(targetHost)) {
    const problem = fqdnProblem(targetHost);
    if (problem !== undefined) {
      report.invalid(
        path.child('targetHost'),
        targetHost,
        `tunnel target host must be valid FQDN or IP address: ${problem}`,
      );
    }
  }
  checkPort(targetPort, path.child('targetPort'), report);
}

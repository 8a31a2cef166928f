/** What a traffic policy says that is not done, or not as it reads. */
import type { Finding } from '../../mesh/index.ts';
import { findingAt } from '../finding-at.ts';
import type { EffectivePolicy } from './traffic-policy.ts';

/** Reports it. */
export function policyFindings({ spec, places }: EffectivePolicy, findings: Finding[]): void {
  const { loadBalancer, tunnel, connectionPool } = spec;
  if (tunnel !== undefined && places.tunnel !== undefined) {
    const message = 'connections are not sent through the tunnel yet: they go to the service directly; leave it out';
    findings.push(findingAt('UnsupportedField', places.tunnel, '', message));
  }
  if (loadBalancer?.zoneAwareLbSetting !== undefined && places.loadBalancer !== undefined) {
    const message =
      'the own zone is not preferred by its capacity yet: of zoneAwareLbSetting failover and failoverPriority count, and with outlierDetection the nearest zone gets all; use localityLbSetting';
    findings.push(findingAt('UnsupportedField', places.loadBalancer, 'zoneAwareLbSetting', message));
  }
  const { interval, timeout } = connectionPool?.http?.http2KeepAlive ?? {};
  if (timeout !== undefined && interval === undefined && places.connectionPool !== undefined) {
    const message = 'no pings are sent without interval, so timeout has no effect: add interval';
    findings.push(findingAt('UnsupportedField', places.connectionPool, 'http.http2KeepAlive.timeout', message));
  }
}

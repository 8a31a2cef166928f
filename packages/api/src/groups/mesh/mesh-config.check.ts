/** Rules of the configuration of the mesh. */
import { type FieldPath, formatIssue, IssueReport } from '../../schema/index.ts';
import { durationNs } from '../../validation/duration.ts';
import { isDnsLabel, wildcardDomainProblem } from '../../validation/hosts.ts';
import { checkLabelSelector } from '../../validation/label-selector.ts';
import { checkLocalityLb } from '../networking.istio.io/locality-lb.ts';
import { checkRetries } from '../networking.istio.io/retries.ts';
import { checkExtensionProvider } from './extension-provider.ts';
import type { MeshConfig } from './mesh-config.ts';
import { checkProxyConfig } from './proxy-config.check.ts';
import { checkProxyAddress } from './remote-service.ts';

const MAX_CONNECT_NS = 30e9;

/** Checks a configuration that has its defaults. */
export function checkMeshConfig(config: MeshConfig, path: FieldPath, report: IssueReport): void {
  for (const field of ['proxyListenPort', 'proxyInboundListenPort'] as const) {
    const port = config[field] ?? 0;
    if (port < 1 || port > 65535) {
      report.invalid(path.child(field), port, `port number ${port} must be in the range 1..65535`);
    }
  }
  if ((durationNs(config.connectTimeout ?? '') ?? 0) > MAX_CONNECT_NS) {
    report.invalid(path.child('connectTimeout'), config.connectTimeout, 'must be from 1ms to 30s');
  }
  checkProxyConfig(config.defaultConfig ?? {}, path.child('defaultConfig'), report);
  if (config.localityLbSetting !== undefined) {
    // Whether something notices failures is known where a service has its policy, not here.
    checkLocalityLb(config.localityLbSetting, {}, path.child('localityLbSetting'), report);
  }
  if (config.defaultHttpRetryPolicy !== undefined) {
    checkRetries(config.defaultHttpRetryPolicy, path.child('defaultHttpRetryPolicy'), report);
  }
  if (config.ca !== undefined) checkProxyAddress(config.ca.address, path.child('ca', 'address'), report);
  checkTrust(config, path, report);
  checkServices(config, path, report);
  checkTls(config, path, report);
  warnOfProviders(config, path, report);
}

function checkTrust(config: MeshConfig, path: FieldPath, report: IssueReport): void {
  checkTrustDomain(config.trustDomain ?? '', path.child('trustDomain'), report);
  for (const [i, alias] of (config.trustDomainAliases ?? []).entries()) {
    checkTrustDomain(alias, path.child('trustDomainAliases').index(i), report);
  }
}

function checkTrustDomain(domain: string, path: FieldPath, report: IssueReport): void {
  if (domain === '') {
    report.required(path, 'empty domain name not allowed');
    return;
  }
  const labels = domain.split('.');
  if (labels.at(-1) === '') labels.pop();
  if (!labels.every(isDnsLabel))
    report.invalid(path, domain, 'trust domain name invalid: it must be labels of letters, digits and "-"');
}

function checkServices(config: MeshConfig, path: FieldPath, report: IssueReport): void {
  for (const [i, entry] of (config.serviceSettings ?? []).entries()) {
    for (const [j, host] of (entry.hosts ?? []).entries()) {
      const problem = wildcardDomainProblem(host);
      if (problem !== undefined) {
        report.invalid(path.child('serviceSettings').index(i).child('hosts').index(j), host, problem);
      }
    }
  }
  for (const [i, selector] of (config.discoverySelectors ?? []).entries()) {
    checkLabelSelector(path.child('discoverySelectors').index(i), selector, report);
  }
  for (const [i, entry] of (config.serviceScopeConfigs ?? []).entries()) {
    const at = path.child('serviceScopeConfigs').index(i);
    checkLabelSelector(at.child('servicesSelector'), entry.servicesSelector, report);
    checkLabelSelector(at.child('namespaceSelector'), entry.namespaceSelector, report);
  }
}

const CURVES: ReadonlySet<string> = new Set([
  '',
  'P-224',
  'P-256',
  'P-384',
  'P-521',
  'X25519',
  'X25519Kyber768Draft00',
  'X25519MLKEM768',
]);

function checkTls(config: MeshConfig, path: FieldPath, report: IssueReport): void {
  if (config.meshMTLS?.ecdhCurves !== undefined) {
    report.forbidden(path.child('meshMTLS', 'ecdhCurves'), 'mesh TLS does not support ECDH curves configuration');
  }
  const at = path.child('tlsDefaults', 'ecdhCurves').toString();
  const seen = new Set<string>();
  for (const curve of config.tlsDefaults?.ecdhCurves ?? []) {
    if (!CURVES.has(curve)) report.warn(`${at}: detected unrecognized ECDH curves: ${curve}`);
    else if (seen.has(curve)) report.warn(`${at}: detected duplicate ECDH curves: ${curve}`);
    seen.add(curve);
  }
}

/** A bad provider harms only those who name it, so it must not keep the rest of the mesh from its configuration. */
function warnOfProviders(config: MeshConfig, path: FieldPath, report: IssueReport): void {
  const found = new IssueReport();
  for (const [i, provider] of (config.extensionProviders ?? []).entries()) {
    checkExtensionProvider(provider, path.child('extensionProviders').index(i), found);
  }
  for (const issue of found.issues) report.warn(`${formatIssue(issue)} (the provider cannot be used)`);
}

/** Rules of the configuration of proxies. */
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { durationNs } from '../../validation/duration.ts';
import { checkClientTls } from '../networking.istio.io/client-tls.ts';
import type { MeshProxyConfig } from './proxy-config.ts';
import { checkProxyAddress } from './remote-service.ts';

const SECOND = 1e9;
const HOUR = 3600 * SECOND;

/** Checks a configuration that has its defaults. */
export function checkProxyConfig(config: MeshProxyConfig, path: FieldPath, report: IssueReport): void {
  if ((config.configPath ?? '') === '') report.required(path.child('configPath'), 'config path must be set');
  if ((config.binaryPath ?? '') === '') report.required(path.child('binaryPath'), 'binary path must be set');
  if ((config.serviceCluster ?? '') === '' && config.tracingServiceName === undefined) {
    report.required(path.child('serviceCluster'), 'oneof service cluster or tracing service name must be specified');
  }
  checkDrainDuration(config.drainDuration, path.child('drainDuration'), report);
  checkPort(config.proxyAdminPort, path.child('proxyAdminPort'), report);
  checkPort(config.statusPort, path.child('statusPort'), report);
  checkAddresses(config, path, report);
  checkTracing(config, path.child('tracing'), report);
  checkKeyProvider(config, path.child('privateKeyProvider'), report);
  if (Object.hasOwn(config.proxyMetadata ?? {}, 'ISTIO_META_DNS_AUTO_ALLOCATE')) {
    report.warn(
      `${path.child('proxyMetadata').toString()}: ISTIO_META_DNS_AUTO_ALLOCATE is deprecated; addresses are allocated by the control plane`,
    );
  }
}

function checkDrainDuration(text: string | undefined, path: FieldPath, report: IssueReport): void {
  const ns = durationNs(text ?? '') ?? 0;
  if (ns < SECOND || ns > HOUR) report.invalid(path, text, 'drain time must be from 1s to 1h');
  else if (ns % SECOND !== 0) report.invalid(path, text, 'only durations to seconds precision are supported');
}

function checkPort(port: number | undefined, path: FieldPath, report: IssueReport): void {
  if (port === undefined || port < 1 || port > 65535) {
    report.invalid(path, port, `port number ${port} must be in the range 1..65535`);
  }
}

function checkAddresses(config: MeshProxyConfig, path: FieldPath, report: IssueReport): void {
  if ((config.discoveryAddress ?? '') === '') {
    report.required(path.child('discoveryAddress'), 'discovery address must be set to the proxy discovery service');
  }
  for (const field of [
    'discoveryAddress',
    'statsdUdpAddress',
    'zipkinAddress',
    'envoyMetricsServiceAddress',
  ] as const) {
    const address = config[field] ?? '';
    if (address !== '') checkProxyAddress(address, path.child(field), report);
  }
  for (const field of ['envoyMetricsService', 'envoyAccessLogService'] as const) {
    const address = config[field]?.address ?? '';
    if (address !== '') checkProxyAddress(address, path.child(field, 'address'), report);
  }
}

function checkTracing({ tracing }: MeshProxyConfig, path: FieldPath, report: IssueReport): void {
  if (tracing === undefined) return;
  for (const tracer of ['zipkin', 'lightstep', 'datadog'] as const) {
    const address = tracing[tracer]?.address;
    if (address !== undefined) checkProxyAddress(address, path.child(tracer, 'address'), report);
  }
  if (tracing.lightstep !== undefined && (tracing.lightstep.accessToken ?? '') === '') {
    report.required(path.child('lightstep', 'accessToken'), 'access token is required');
  }
  if (tracing.tlsSettings !== undefined) checkClientTls(tracing.tlsSettings, path.child('tlsSettings'), report);
  for (const [name, tag] of Object.entries(tracing.customTags ?? {})) {
    const at = path.child('customTags').key(name);
    if (tag.literal?.value === '') report.invalid(at, '', 'literal tag value may not be empty');
    if (tag.header !== undefined && (tag.header.name ?? '') === '') {
      report.invalid(at, '', 'header tag name may not be empty');
    }
    if (tag.environment !== undefined && (tag.environment.name ?? '') === '') {
      report.invalid(at, '', 'environment tag name may not be empty');
    }
  }
}

function checkKeyProvider({ privateKeyProvider }: MeshProxyConfig, path: FieldPath, report: IssueReport): void {
  if (privateKeyProvider === undefined) return;
  const type = privateKeyProvider.cryptomb === undefined ? 'qat' : 'cryptomb';
  const engine = privateKeyProvider[type];
  if (engine === undefined) report.required(path, 'one of cryptomb or qat must be set');
  else if (engine.pollDelay === undefined) report.required(path.child(type, 'pollDelay'), 'pollDelay is required');
}

/** The rules across the fields of a Sidecar. */
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { fqdnProblem, isDnsLabel } from '../../validation/hosts.ts';
import { isHttpProtocol, isKnownProtocol, isTlsProtocol } from '../../validation/protocols.ts';
import { checkIpBind, checkUnixAddress, isUnixAddress } from './bind-address.ts';
import { checkConnectionPool } from './connection-pool.ts';
import { checkDestination } from './destination.ts';
import { checkEgressHost } from './namespaced-host.ts';
import { checkPort } from './port-selector.ts';
import { checkServerTls } from './server-tls.ts';
import type { EgressListener, IngressListener, SidecarSpec } from './sidecar-spec.ts';
import { checkWorkloadSelector } from './workload-selector.ts';

/** `127.0.0.1:80`, `:80`, `[::1]:80`; only addresses of the workload itself. */
const DEFAULT_ENDPOINT = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]|):(\d{1,5})$/;

const ingressPath = specPath.child('ingress');
const egressPath = specPath.child('egress');

/** Checks the rules across fields. */
export function checkSidecar(
  sidecar: { readonly metadata: ObjectMeta; readonly spec?: SidecarSpec },
  report: IssueReport,
): void {
  const spec = sidecar.spec ?? {};
  checkWorkloadSelector(spec.workloadSelector, specPath.child('workloadSelector'), report);
  const { ingress = [], egress = [], inboundConnectionPool: pool, outboundTrafficPolicy: outbound } = spec;
  if (ingress.length === 0 && egress.length === 0 && pool === undefined && outbound === undefined) {
    report.required(specPath, 'sidecar: empty configuration provided');
    return;
  }
  const ports = new Set<number>();
  for (let i = 0; i < ingress.length; i++) checkIngress(ingress[i]!, ports, ingressPath.index(i), report);
  if (pool !== undefined) checkConnectionPool(pool, specPath.child('inboundConnectionPool'), report);
  checkEgress(egress, sidecar.metadata.namespace, report);
  if (outbound !== undefined) checkOutbound(outbound, specPath.child('outboundTrafficPolicy'), report);
}

function checkIngress(listener: IngressListener, ports: Set<number>, path: FieldPath, report: IssueReport): void {
  const { port, bind = '', defaultEndpoint = '', tls, connectionPool: pool } = listener;
  const number = port.number ?? 0;
  checkSidecarPort(port, path.child('port'), report);
  checkPort(number, path.child('port', 'number'), report);
  checkIpBind(bind, path.child('bind'), report);
  if (ports.has(number)) report.duplicate(path.child('port', 'number'), number);
  ports.add(number);
  if (defaultEndpoint !== '') checkDefaultEndpoint(defaultEndpoint, path.child('defaultEndpoint'), report);
  const protocol = port.protocol ?? '';
  if (tls !== undefined) checkIngressTls(tls, protocol, path.child('tls'), report);
  if (pool === undefined) return;
  checkConnectionPool(pool, path.child('connectionPool'), report);
  if (pool.http !== undefined && !isHttpProtocol(protocol)) {
    report.warn(
      `${path.child('connectionPool', 'http').toString()}: has no effect, as the protocol of the port is not HTTP but ${JSON.stringify(protocol)}`,
    );
  }
}

function checkSidecarPort(port: IngressListener['port'], path: FieldPath, report: IssueReport): void {
  const { name = '', protocol = '', targetPort = 0 } = port;
  if (name !== '' && !isDnsLabel(name)) report.invalid(path.child('name'), name, `invalid port name: ${name}`);
  if (protocol !== '' && !isKnownProtocol(protocol)) {
    report.invalid(path.child('protocol'), protocol, `unsupported protocol: ${protocol}`);
  }
  if (targetPort > 0) {
    report.invalid(path.child('targetPort'), targetPort, 'targetPort has no impact on Sidecars');
  }
}

function checkDefaultEndpoint(endpoint: string, path: FieldPath, report: IssueReport): void {
  if (isUnixAddress(endpoint)) {
    checkUnixAddress(endpoint, path, report);
    return;
  }
  const match = DEFAULT_ENDPOINT.exec(endpoint);
  if (match === null) {
    report.invalid(
      path,
      endpoint,
      'must be of form 127.0.0.1:<port>, 0.0.0.0:<port>, [::1]:<port>, [::]:<port>, :<port> or unix://<path>',
    );
  } else checkPort(Number(match[1]), path, report);
}

function checkIngressTls(
  tls: NonNullable<IngressListener['tls']>,
  protocol: string,
  path: FieldPath,
  report: IssueReport,
): void {
  const unsupported = ['subjectAltNames', 'credentialName', 'credentialNames', 'tlsCertificates'] as const;
  for (const field of unsupported) {
    if ((tls[field] ?? '').length > 0) report.forbidden(path.child(field), 'is not supported in sidecar ingress tls');
  }
  if (tls.httpsRedirect === true) {
    report.forbidden(path.child('httpsRedirect'), 'is not supported in sidecar ingress tls');
  }
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH') {
    report.invalid(path.child('mode'), tls.mode, `cannot set mode to ${tls.mode} in sidecar ingress tls`);
  }
  if (!isTlsProtocol(protocol)) {
    report.invalid(path, protocol, 'server cannot have TLS settings for non HTTPS/TLS ports');
  }
  checkServerTls(tls, path, report);
}

function checkEgress(listeners: readonly EgressListener[], namespace: string | undefined, report: IssueReport): void {
  const ports = new Set<number>();
  const sockets = new Set<string>();
  for (let i = 0; i < listeners.length; i++) {
    const listener = listeners[i]!;
    const at = egressPath.index(i);
    if (listener.port !== undefined) checkEgressPort(listener, ports, sockets, at, report);
    else if (i !== listeners.length - 1) {
      report.invalid(at, '', 'the egress listener with empty port should be the last listener in the list');
    }
    if (listener.hosts.length === 0) {
      report.required(at.child('hosts'), 'egress listener must contain at least one host');
    }
    for (let j = 0; j < listener.hosts.length; j++) {
      checkEgressHost(listener.hosts[j]!, at.child('hosts').index(j), report);
    }
    warnOfRepeatedHosts(listener.hosts, namespace, at.child('hosts'), report);
  }
}

function checkEgressPort(
  listener: EgressListener,
  ports: Set<number>,
  sockets: Set<string>,
  path: FieldPath,
  report: IssueReport,
): void {
  const { bind = '', captureMode = 'DEFAULT' } = listener;
  const port = listener.port!;
  checkSidecarPort(port, path.child('port'), report);
  const number = port.number ?? 0;
  if (number !== 0) {
    checkPort(number, path.child('port', 'number'), report);
    checkIpBind(bind, path.child('bind'), report);
    if (ports.has(number)) report.duplicate(path.child('port', 'number'), number);
    ports.add(number);
    return;
  }
  if (isUnixAddress(bind)) checkUnixAddress(bind, path.child('bind'), report);
  else report.invalid(path.child('bind'), bind, 'ports with 0 value must have a unix domain socket bind address');
  if (captureMode === 'IPTABLES') {
    report.invalid(
      path.child('captureMode'),
      captureMode,
      'captureMode must be DEFAULT/NONE for unix domain socket listeners',
    );
  }
  if (sockets.has(bind)) report.duplicate(path.child('bind'), bind);
  sockets.add(bind);
}

function warnOfRepeatedHosts(
  hosts: readonly string[],
  namespace: string | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  const byNamespace = new Map<string, Set<string>>();
  for (let i = 0; i < hosts.length; i++) {
    const slash = hosts[i]!.indexOf('/');
    if (slash < 0) continue;
    const written = hosts[i]!.slice(0, slash);
    const key = written === '.' ? (namespace ?? '.') : written;
    const host = hosts[i]!.slice(slash + 1);
    const seen = byNamespace.get(key) ?? new Set<string>();
    byNamespace.set(key, seen);
    if (host === '*' ? seen.size > 0 : seen.has(host) || seen.has('*')) {
      report.warn(`${path.index(i).toString()}: duplicated egress host: ${hosts[i]}`);
    }
    seen.add(host);
  }
  const others = [...byNamespace.keys()].filter((key) => key !== '*' && !key.startsWith('~'));
  if (byNamespace.get('*')?.has('*') === true && others.length > 0) {
    report.warn(`${path.toString()}: "*/*" selects all resources, the other hosts add nothing`);
  }
}

function checkOutbound(
  policy: NonNullable<SidecarSpec['outboundTrafficPolicy']>,
  path: FieldPath,
  report: IssueReport,
): void {
  const { mode = 'REGISTRY_ONLY', egressProxy } = policy;
  if (egressProxy === undefined) return;
  const at = path.child('egressProxy');
  if (mode !== 'ALLOW_ANY') {
    report.invalid(at, egressProxy.host, 'must be set only with ALLOW_ANY outboundTrafficPolicy mode');
    return;
  }
  const problem = fqdnProblem(egressProxy.host);
  if (problem !== undefined) report.invalid(at.child('host'), egressProxy.host, problem);
  if (egressProxy.port === undefined) report.required(at.child('port'), 'egressProxy port must be set');
  else if (problem === undefined) checkDestination(egressProxy, at, report);
}

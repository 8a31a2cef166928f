/** The fields of a Gateway and the rules across them. */
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { isHttpProtocol, isKnownProtocol, isTlsProtocol } from '../../validation/protocols.ts';
import { checkIpBind, checkUnixAddress, isUnixAddress } from './bind-address.ts';
import { checkGatewayHost } from './namespaced-host.ts';
import { checkPort } from './port-selector.ts';
import { uint32 } from './scalars.ts';
import { checkServerTls, serverTls } from './server-tls.ts';

const serverPort = object('The port that the server listens on.', {
  number: required(uint32('Number of the port.')),
  protocol: required(string('HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP or TLS.')),
  name: required(string('Name of the port, unique in the gateway.')),
  targetPort: uint32('Not used by gateways.'),
});

const server = object('A port that accepts connections for some hosts.', {
  port: required(serverPort),
  bind: string('Address or Unix socket to listen on; all addresses when absent.'),
  hosts: required(
    list(
      'Hosts that are served, as namespace/host: the namespace is that of the VirtualServices that may use them.',
      string('A host; "*.example.com" and "*" are allowed.'),
    ),
  ),
  tls: serverTls,
  defaultEndpoint: string('Not used.'),
  name: string('Name of the server, for logs.'),
});

/** The fields of a Gateway. */
export const gatewaySpec = object('What proxies at the edge of the mesh accept.', {
  servers: list('Ports that accept connections.', server),
  selector: map('Labels of the workloads that run the gateway.', string('Value of the label.')),
});

/** The fields of a Gateway. */
export type GatewaySpec = Infer<typeof gatewaySpec>;

type Server = Infer<typeof server>;

const PROTOCOLS = ['HTTP', 'HTTPS', 'HTTP2', 'GRPC', 'GRPC-WEB', 'MONGO', 'REDIS', 'MYSQL', 'TCP', 'TLS'] as const;
const serversPath = specPath.child('servers');

/** Checks the rules across fields. */
export function checkGateway(
  gateway: { readonly metadata: ObjectMeta; readonly spec?: GatewaySpec },
  report: IssueReport,
): void {
  const servers = gateway.spec?.servers ?? [];
  if (servers.length === 0) report.required(serversPath, 'gateway must have at least one server');
  const names = new Set<string>();
  for (let i = 0; i < servers.length; i++) {
    checkServer(servers[i]!, serversPath.index(i), report);
    const { name } = servers[i]!.port;
    if (names.has(name)) report.duplicate(serversPath.index(i).child('port', 'name'), name);
    names.add(name);
  }
  if (Object.keys(gateway.spec?.selector ?? {}).length === 0) {
    report.warn(`${specPath.child('selector').toString()}: empty, so every workload of the mesh runs this gateway`);
  }
}

function checkServer(value: Server, path: FieldPath, report: IssueReport): void {
  if (value.hosts.length === 0) {
    report.required(path.child('hosts'), 'server config must contain at least one host');
  }
  for (let i = 0; i < value.hosts.length; i++) checkGatewayHost(value.hosts[i]!, path.child('hosts').index(i), report);
  checkServerPort(value, path, report);
  if (value.tls !== undefined) checkServerTls(value.tls, path.child('tls'), report);
  checkTlsFitsProtocol(value, path, report);
  if (value.defaultEndpoint !== undefined && value.defaultEndpoint !== '') {
    report.warn(`${path.child('defaultEndpoint').toString()}: has no effect`);
  }
}

function checkServerPort({ port, bind = '' }: Server, path: FieldPath, report: IssueReport): void {
  const at = path.child('port');
  if (!isKnownProtocol(port.protocol)) report.notSupported(at.child('protocol'), port.protocol, PROTOCOLS);
  if (port.name === '') report.required(at.child('name'), 'port name must be set');
  if ((port.targetPort ?? 0) > 0) {
    report.invalid(at.child('targetPort'), port.targetPort, 'targetPort has no impact on Gateways');
  }
  if (!isUnixAddress(bind)) {
    checkPort(port.number, at.child('number'), report);
    checkIpBind(bind, path.child('bind'), report);
    return;
  }
  checkUnixAddress(bind, path.child('bind'), report);
  if (port.number !== 0) {
    report.invalid(at.child('number'), port.number, 'port number must be 0 for unix domain socket');
  }
}

function checkTlsFitsProtocol({ port, tls }: Server, path: FieldPath, report: IssueReport): void {
  if (!isKnownProtocol(port.protocol)) return;
  const at = path.child('tls');
  const isHttp = isHttpProtocol(port.protocol);
  if (isTlsProtocol(port.protocol)) {
    if (tls === undefined) report.required(at, 'server must have TLS settings for HTTPS/TLS protocols');
  } else if (tls !== undefined && isHttp) {
    // Only a redirect makes sense on a port in plain text.
    const mode = tls.mode ?? 'PASSTHROUGH';
    const hasFiles = [tls.caCertificates, tls.privateKey, tls.serverCertificate].some((file) => (file ?? '') !== '');
    if (mode !== 'PASSTHROUGH' || hasFiles) {
      report.invalid(at, mode, 'server cannot have TLS settings for plain text HTTP ports');
    }
  } else if (tls !== undefined) {
    report.invalid(at, tls.mode ?? '', 'server cannot have TLS settings for non HTTPS/TLS ports');
  }
  if (tls?.httpsRedirect === true && !isHttp) {
    report.warn(`${at.child('httpsRedirect').toString()}: should only be used with http servers`);
  }
}

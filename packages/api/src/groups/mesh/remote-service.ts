/** Pieces that several parts of the mesh configuration share. */
import { parseIp } from '@weft/core';
import { type FieldPath, type IssueReport, object, string } from '../../schema/index.ts';
import { fqdnProblem } from '../../validation/hosts.ts';
import { clientTls } from '../networking.istio.io/client-tls.ts';
import { tcpKeepalive } from '../networking.istio.io/connection-pool.ts';

/** A service that proxies talk to on their own behalf. */
export const remoteService = object('A service that proxies talk to on their own behalf.', {
  address: string('Address of the service, host:port.'),
  tlsSettings: clientTls,
  tcpKeepalive,
});

/** The address of the node, which is put in when a pod starts. */
const HOST_IP = '$(HOST_IP)';

/** Checks `host:port`; the host may be a name or an IP address. */
export function checkProxyAddress(address: string, path: FieldPath, report: IssueReport): void {
  const text = address.replace(HOST_IP, '127.0.0.1');
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  const port = text.slice(colon + 1);
  if (colon < 0) report.invalid(path, address, 'must be host:port');
  else if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    report.invalid(path, address, `port ${JSON.stringify(port)} must be in the range 1..65535`);
  } else if (parseIp(host) === undefined) {
    const problem = fqdnProblem(host);
    if (problem !== undefined) report.invalid(path, address, problem);
  }
}

/** Addresses that a proxy listens on: IP addresses and Unix sockets. */
import { isIp } from '@weft/core';
import type { FieldPath, IssueReport } from '../../schema/index.ts';

/** What the address of a Unix socket starts with. */
export const UNIX_PREFIX = 'unix://';

/** Whether the address is that of a Unix socket. */
export function isUnixAddress(address: string): boolean {
  return address.startsWith(UNIX_PREFIX);
}

/** Checks the path of a Unix socket: absolute, or abstract with a leading `@`. */
export function checkUnixAddress(address: string, path: FieldPath, report: IssueReport): void {
  const socket = address.slice(UNIX_PREFIX.length);
  if (socket === '') report.invalid(path, address, 'unix address must not be empty');
  else if (!socket.startsWith('@') && (!socket.startsWith('/') || socket.endsWith('/'))) {
    report.invalid(path, address, `${socket} is not an absolute path to a file`);
  }
}

/** Checks an IP address to listen on; nothing means all addresses. */
export function checkIpBind(bind: string, path: FieldPath, report: IssueReport): void {
  if (bind !== '' && !isIp(bind)) report.invalid(path, bind, `${bind} is not a valid IP`);
}

import { getSystemErrorMap } from 'node:util';
import type { StreamFault, StreamFaultKind } from './byte-stream.ts';

const KINDS: Readonly<Record<string, StreamFaultKind>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
};

/** By number; Node makes the map anew each time it is asked, and many connections may fail at once. */
let names: ReadonlyMap<number, [string, string]> | undefined;

/** The fault that an error number of libuv (negative) stands for. */
export function faultOfStatus(status: number): StreamFault {
  names ??= getSystemErrorMap();
  const [code, text] = names.get(status) ?? [`error ${status}`, ''];
  return { kind: KINDS[code] ?? 'io', message: text === '' ? code : `${text} (${code})` };
}

/** The fault that an error of a public socket stands for. */
export function faultOfError(error: Error): StreamFault {
  const { code } = error as NodeJS.ErrnoException;
  const kind = code === undefined ? undefined : KINDS[code];
  if (kind !== undefined) return { kind, message: `${error.message}` };
  const isTls = code?.startsWith('ERR_SSL') === true || code?.startsWith('ERR_TLS') === true;
  return { kind: isTls ? 'tls' : 'io', message: error.message };
}

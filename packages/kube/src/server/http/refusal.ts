/** Answers on a bare socket, for requests that never became one: unreadable, too slow, or asking for a tunnel. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@weft/core';
import { ApiStatusError, type StatusReason } from '../../shared/status.ts';

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};

/** The failure to tell a client whose request could not be read. */
export function unreadable(error: Error & { readonly code?: string; readonly reason?: string }): ApiStatusError {
  switch (error.code ?? '') {
    case 'HPE_HEADER_OVERFLOW':
      return refusal(431, '', 'the headers of the request are too large');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refusal(413, 'RequestEntityTooLarge', 'the chunk extensions of the request are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refusal(408, 'Timeout', 'the request did not arrive in time');
    default:
      return refusal(400, 'BadRequest', `the request is not valid HTTP: ${error.reason ?? error.message}`);
  }
}

/** The failure to tell a client that wants a tunnel. */
export function noTunnels(): ApiStatusError {
  return refusal(405, 'MethodNotAllowed', 'the method CONNECT is not supported');
}

function refusal(statusCode: number, reason: StatusReason, message: string): ApiStatusError {
  return new ApiStatusError({ statusCode, reason, message });
}

/** Writes the whole answer, then takes and drops what the client still sends, so that it gets to read it. */
export function refuseSocket(
  socket: Duplex,
  error: ApiStatusError,
  linger: { readonly clock: Clock; readonly ms: number },
): void {
  const body = JSON.stringify(error.toStatus());
  const head = [
    `HTTP/1.1 ${error.statusCode} ${PHRASES[error.statusCode] ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  const timer = linger.clock.setTimer(linger.ms, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  socket.once('end', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
}

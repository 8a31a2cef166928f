/** One request and its one answer over a gRPC stream. */
import { type Clock, MeshError, withDeadline } from '@weft/core';
import type { XdsTransport } from '@weft/xds/client';

/** A call. */
export interface UnaryCall {
  /** The path of the method, `/package.Service/Method`. */
  readonly method: string;
  readonly request: Uint8Array;
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

/** The codes of gRPC that say that asking again in the same way is of no use, or that the caller is not believed. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [3, 'INVALID_ARGUMENT'],
  [7, 'PERMISSION_DENIED'],
  [12, 'UNIMPLEMENTED'],
  [16, 'UNAUTHENTICATED'],
]);

/** Calls a method; rejects with the status of the call when it is not OK. */
export function callUnary(transport: XdsTransport, clock: Clock, call: UnaryCall): Promise<Uint8Array> {
  const { method, signal, timeoutMs } = call;
  return withDeadline(clock, timeoutMs, { what: `a call of ${method}`, signal }, (ended) =>
    exchange(transport, call, ended),
  );
}

function exchange(transport: XdsTransport, call: UnaryCall, ended: AbortSignal): Promise<Uint8Array> {
  const { maxAnswerBytes, method, request } = call;
  return new Promise((resolve, reject) => {
    let answer: Uint8Array | undefined;
    const stream = transport.openStream(
      { method, maxMessageBytes: maxAnswerBytes },
      {
        onOpen: () => undefined,
        onDrain: () => undefined,
        onMessage: (bytes) => {
          if (answer === undefined) answer = bytes;
          else {
            stream.cancel();
            reject(new MeshError('MESH_PROTOCOL', `${method} answered twice`));
          }
        },
        onEnd: (code, message) => {
          if (code !== 0) reject(failureOf(method, code, message));
          else if (answer === undefined) reject(new MeshError('MESH_PROTOCOL', `${method} ended without an answer`));
          else resolve(answer);
        },
      },
    );
    ended.addEventListener('abort', () => stream.cancel(), { once: true });
    stream.send(request);
    stream.end();
  });
}

function failureOf(method: string, code: number, message: string): MeshError {
  const refusal = REFUSALS.get(code);
  if (refusal === undefined) return new MeshError('MESH_CONNECT', `${method} failed with code ${code}: ${message}`);
  return new MeshError('MESH_CERTIFICATE', `${method} was refused with ${refusal}: ${message}`, {
    hint: 'the log of the control plane says why',
  });
}

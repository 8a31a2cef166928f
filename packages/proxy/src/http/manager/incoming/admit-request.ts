/** What a connection manager does with the head of a request before any filter sees it. */
import type { AddressView, ConnectionView, HttpManagerRuntime } from '@weft/engine';
import type { LocalReply } from '../../../filters/http/filter.ts';
import type { RequestHead } from '../../head.ts';
import { newRequestId } from './request-id.ts';

/** What is found out about a request on its way in. */
export interface Admission {
  /** The client, x-forwarded-for considered. */
  remote: AddressView;
  /** Whether the request comes from inside the mesh. */
  isInternal: boolean;
}

/** Checks and completes the head. An answer means that the request is refused or redirected. */
export function admitRequest(
  head: RequestHead,
  runtime: HttpManagerRuntime,
  connection: ConnectionView,
  admission: Admission,
): LocalReply | undefined {
  if (head.authority === '') return refusal(400, 'missing_host_header');
  if (head.path === '' && head.method !== 'CONNECT') return refusal(404, 'missing_path_rejected');
  forwarding(head, runtime, connection, admission);
  if (runtime.requestId.generates && !head.has('x-request-id')) {
    head.set('x-request-id', newRequestId(runtime.requestId.packsTraceReason));
  }
  return undefined;
}

function forwarding(
  head: RequestHead,
  runtime: HttpManagerRuntime,
  connection: ConnectionView,
  admission: Admission,
): void {
  const scheme = connection.tls === undefined ? 'http' : 'https';
  if (runtime.useRemoteAddress) {
    admission.remote = connection.remote;
    if (!runtime.skipsXffAppend) {
      const before = head.get('x-forwarded-for');
      const { host } = connection.remote;
      head.set('x-forwarded-for', before === undefined ? host : `${before},${host}`);
    }
    head.set('x-forwarded-proto', scheme);
  } else if (!head.has('x-forwarded-proto')) head.set('x-forwarded-proto', scheme);
  head.scheme = head.get('x-forwarded-proto') === 'https' ? 'https' : 'http';
}

function refusal(status: number, details: string): LocalReply {
  return { status, body: '', details };
}

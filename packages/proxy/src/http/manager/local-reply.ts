/** Answers that the proxy gives itself. */
import type { LocalReply } from '../../filters/http/filter.ts';
import type { RequestHead, ResponseHead } from '../head.ts';
import { ResponseFields } from '../response-fields.ts';

/** The answer as it goes through the response filters. */
export interface ShapedReply {
  readonly head: ResponseHead;
  /** Undefined when the head is everything. */
  readonly body: Buffer | undefined;
}

/** gRPC statuses for HTTP statuses (grpc/doc/http-grpc-status-mapping.md). */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};
const GRPC_UNKNOWN = 2;

/** Makes head and body of an answer, in the form that the client understands. */
export function shapeLocalReply(reply: LocalReply, request: RequestHead | undefined): ShapedReply {
  if (request !== undefined && isGrpc(request.get('content-type'))) return shapeGrpcReply(reply);
  const body = reply.body.length === 0 ? undefined : Buffer.from(reply.body);
  const head = ResponseFields.of(reply.status);
  if (body !== undefined) {
    head.set('content-length', String(body.length));
    head.set('content-type', reply.contentType ?? 'text/plain');
  }
  for (const [name, value] of reply.headers ?? []) head.add(name, value);
  reply.modify?.(head);
  return { head, body: request?.method === 'HEAD' ? undefined : body };
}

/** A gRPC client wants 200 and the status in its own words, all in the head (a "trailers-only" response). */
function shapeGrpcReply(reply: LocalReply): ShapedReply {
  const head = ResponseFields.of(200, [
    ['content-type', 'application/grpc'],
    ['grpc-status', String(reply.grpcStatus ?? GRPC_STATUS[reply.status] ?? GRPC_UNKNOWN)],
  ]);
  if (reply.body.length > 0) head.set('grpc-message', encodeGrpcMessage(reply.body));
  for (const [name, value] of reply.headers ?? []) head.add(name, value);
  reply.modify?.(head);
  return { head, body: undefined };
}

/** Whether a content type is gRPC: `application/grpc`, or it with `+proto` and the like behind it. */
export function isGrpc(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.startsWith('application/grpc')) return false;
  return contentType.length === 16 || contentType.charCodeAt(16) === 43;
}

/** Percent-encodes what is not printable ASCII (gRPC over HTTP/2, Status-Message). */
export function encodeGrpcMessage(text: string | Uint8Array): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    out +=
      byte >= 32 && byte < 127 && byte !== 37
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

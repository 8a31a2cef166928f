/** Answers that the proxy gives itself: their form, whoever gives them. */
import {
  type AnsweredStream,
  grpcStatusOfHttp,
  type LocalReplyRuntime,
  mapLocalReply,
  type RuntimeSource,
} from '@weft/engine';
import type { LocalReply } from '../../filters/http/filter.ts';
import type { RequestHead, ResponseHead } from '../head.ts';
import { ResponseFields } from '../response-fields.ts';

/** The answer as it goes through the response filters. */
export interface ShapedReply {
  readonly head: ResponseHead;
  /** Undefined when the head is everything. */
  readonly body: Buffer | undefined;
}

/** The stream that is answered. Headers of routes and mappers are computed while the head is being made. */
export interface ReplySubject extends AnsweredStream {
  request: RequestHead | undefined;
  response: ResponseHead | undefined;
  /** Whether the client wants no body. */
  readonly isHeadRequest: boolean;
  /** Whether the client speaks gRPC, whatever filters have made of its request. */
  readonly isGrpcRequest: boolean;
  /** What the route adds to every response; nothing where none was chosen. */
  applyRouteHeaders(head: ResponseHead): void;
}

/** The rules by which answers are changed. */
export interface ReplyRules {
  readonly mapping: LocalReplyRuntime | undefined;
  readonly runtime: RuntimeSource;
  /** A random whole number of 53 bits, another one each time. */
  readonly random: () => number;
}

const PLAIN_TEXT = 'text/plain';

/** Makes head and body of an answer, in the form that the client understands. */
export function shapeLocalReply(reply: LocalReply, subject: ReplySubject, rules: ReplyRules): ShapedReply {
  const head = ResponseFields.of(reply.status);
  // Formats see the answer as it is being made, and no status yet.
  subject.response = head;
  subject.responseCode = 0;
  for (const [name, value] of reply.headers ?? []) head.add(name, value);
  subject.applyRouteHeaders(head);
  reply.modify?.(head);
  const { status, body, contentType } = mapped(reply, subject, head, rules);
  head.status = status;
  const isHead = subject.isHeadRequest;
  if (subject.isGrpcRequest) {
    return {
      head: shapeGrpcHead(head, reply.grpcStatus ?? grpcStatusOfHttp(status), isHead ? '' : body),
      body: undefined,
    };
  }
  if (body.length === 0) {
    head.remove('content-type');
    head.remove('content-length');
    return { head, body: undefined };
  }
  const bytes = Buffer.from(body);
  head.set('content-length', String(bytes.length));
  // What the route says of the type holds.
  if (!head.has('content-type')) head.set('content-type', contentType);
  return { head, body: isHead ? undefined : bytes };
}

function mapped(
  reply: LocalReply,
  subject: ReplySubject,
  head: ResponseHead,
  { mapping, runtime, random }: ReplyRules,
) {
  const { status, body, contentType = PLAIN_TEXT } = reply;
  if (mapping === undefined) return { status, body, contentType };
  const text = typeof body === 'string' ? body : Buffer.from(body).toString();
  const moment = { random, runtime };
  const result = mapLocalReply(mapping, subject, { reply: { status, body: text }, head, moment });
  // A rule that leaves the text alone leaves its type alone.
  return result.body === text && result.contentType === PLAIN_TEXT ? { ...result, contentType } : result;
}

/** A gRPC client wants 200 and the status in its own words, all in the head (a "trailers-only" response). */
function shapeGrpcHead(head: ResponseHead, grpcStatus: number, message: string | Uint8Array): ResponseHead {
  head.status = 200;
  head.set('content-type', 'application/grpc');
  if (!head.has('grpc-status')) head.set('grpc-status', String(grpcStatus));
  if (message.length > 0) head.set('grpc-message', encodeGrpcMessage(message));
  head.remove('content-length');
  return head;
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

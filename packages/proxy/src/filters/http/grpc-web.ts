/** Translates gRPC-Web into gRPC and back (envoy.filters.http.grpc_web; gRPC's PROTOCOL-WEB). */
import {
  encodeTrailerFrame,
  GRPC_WEB_REQUEST_HEADERS,
  type GrpcWebPlan,
  grpcStatusOfHttp,
  grpcWebContentType,
  planGrpcWeb,
} from '@weft/engine';
import type { FieldList, RequestHead, ResponseHead } from '../../http/head.ts';
import { encodeGrpcMessage, isGrpc } from '../../http/manager/local-reply.ts';
import { Base64Decoder, Base64Encoder } from './base64-stream.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

/** As much of a foreign answer as is passed on in `grpc-message`; Envoy's bound. */
const MAX_MESSAGE_BYTES = 16_384;

/** See the file's head. */
export const GRPC_WEB: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb',
  create: ({ name, isDisabled }) => ({ name, isDisabled, create: (stream) => new GrpcWebFilter(stream) }),
};

class GrpcWebFilter implements HttpFilter {
  readonly #stream: FilterStream;
  #plan: GrpcWebPlan | undefined;
  #decoder: Base64Decoder | undefined;
  #encoder: Base64Encoder | undefined;
  /** The head of an answer that is no gRPC, which waits for its text. */
  #foreign: ResponseHead | undefined;
  #message: Buffer = Buffer.alloc(0);

  constructor(stream: FilterStream) {
    this.#stream = stream;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    const plan = planGrpcWeb(head);
    if (plan === undefined) return FilterStatus.next;
    this.#plan = plan;
    if (plan.isTextRequest) this.#decoder = new Base64Decoder();
    // gRPC requests have no length of their own: their messages have.
    head.remove('content-length');
    for (const [name, value] of GRPC_WEB_REQUEST_HEADERS) head.set(name, value);
    return FilterStatus.next;
  }

  onRequestData(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus {
    const decoder = this.#decoder;
    if (decoder === undefined) return FilterStatus.next;
    const decoded = decoder.add(bytes, start, end);
    if (decoded === undefined || (endStream && !decoder.isWhole)) {
      this.#stream.reply({
        status: 400,
        body: 'Bad gRPC-web request, invalid base64 data.',
        details: 'grpc_base_64_decode_failed',
      });
      return FilterStatus.take;
    }
    this.#stream.sendRequestData(decoded, 0, decoded.length, endStream);
    return FilterStatus.take;
  }

  onResponseHead(head: ResponseHead, endStream: boolean): FilterStatus {
    const plan = this.#plan;
    if (plan === undefined) return FilterStatus.next;
    const isForeign = !(head.status === 200 && isGrpc(head.get('content-type')));
    head.set('content-type', grpcWebContentType(plan));
    if (endStream) return FilterStatus.next;
    if (isForeign) {
      this.#foreign = head;
      return FilterStatus.take;
    }
    head.remove('content-length');
    if (plan.isTextResponse) this.#encoder = new Base64Encoder();
    return FilterStatus.next;
  }

  onResponseData(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus {
    if (this.#foreign !== undefined) {
      const taken = bytes.subarray(start, Math.min(end, start + MAX_MESSAGE_BYTES - this.#message.length));
      this.#message = Buffer.concat([this.#message, taken]);
      if (endStream) this.#tellForeign(this.#foreign);
      return FilterStatus.take;
    }
    const encoder = this.#encoder;
    if (encoder === undefined) return FilterStatus.next;
    const text = encoder.add(bytes.subarray(start, end));
    const all = endStream ? Buffer.concat([text, encoder.end()]) : text;
    this.#stream.sendResponseData(all, 0, all.length, endStream);
    return FilterStatus.take;
  }

  /** Browsers do not show trailers: they become the last frame of the body. */
  onResponseTrailers(trailers: FieldList): FilterStatus {
    if (this.#plan === undefined) return FilterStatus.next;
    if (this.#foreign !== undefined) {
      this.#tellForeign(this.#foreign);
      return FilterStatus.take;
    }
    const pairs: [string, string][] = [];
    trailers.forEach((name, value) => {
      pairs.push([name, value]);
    });
    const frame = encodeTrailerFrame(pairs);
    const encoder = this.#encoder;
    const bytes = encoder === undefined ? Buffer.from(frame) : Buffer.concat([encoder.add(frame), encoder.end()]);
    this.#stream.sendResponseData(bytes, 0, bytes.length, true);
    return FilterStatus.take;
  }

  /** An answer that is no gRPC becomes one: its text is the message, and its status stays. */
  #tellForeign(head: ResponseHead): void {
    this.#foreign = undefined;
    head.set('grpc-status', String(grpcStatusOfHttp(head.status)));
    head.set('grpc-message', encodeGrpcMessage(this.#message));
    head.set('content-length', '0');
    this.#stream.resumeResponse();
    this.#stream.sendResponseData(this.#message, 0, 0, true);
  }
}

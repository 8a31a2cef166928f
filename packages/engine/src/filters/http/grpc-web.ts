import type { GrpcWeb } from '@weft/proto/envoy/extensions/filters/http/grpc_web/v3/grpc_web';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import type { HeaderSource } from '../../match/header-matcher.ts';

const TYPE = 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb';

/** What is supported of the filter. */
export const GRPC_WEB_SUPPORT = [supports<GrpcWeb>(TYPE, {})];

/** Lets browsers speak gRPC: it translates gRPC-Web into gRPC and back. */
export const GRPC_WEB_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.grpc_web',
  typeName: TYPE,
  compile: () => Object.freeze({}),
};

/** How a message and its answer are written. */
export interface GrpcWebPlan {
  /** Whether the request's body is in base64. */
  readonly isTextRequest: boolean;
  /** Whether the client wants base64. */
  readonly isTextResponse: boolean;
}

const BINARY: ReadonlySet<string> = new Set(['application/grpc-web', 'application/grpc-web+proto']);
const TEXT: ReadonlySet<string> = new Set(['application/grpc-web-text', 'application/grpc-web-text+proto']);

/** What is to be translated of a request; undefined when it is not gRPC-Web. */
export function planGrpcWeb(request: HeaderSource): GrpcWebPlan | undefined {
  const type = request.get('content-type') ?? '';
  const isTextRequest = TEXT.has(type);
  if (!isTextRequest && !BINARY.has(type)) return undefined;
  return { isTextRequest, isTextResponse: TEXT.has(request.get('accept') ?? '') };
}

/** What a request becomes: its length goes where the body is translated, and the upstream may answer with trailers. */
export const GRPC_WEB_REQUEST_HEADERS: readonly (readonly [string, string])[] = [
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
  ['grpc-accept-encoding', 'identity'],
];

/** The content type of the answer. */
export function grpcWebContentType({ isTextResponse }: GrpcWebPlan): string {
  return isTextResponse ? 'application/grpc-web-text+proto' : 'application/grpc-web+proto';
}

/** The first byte of a frame that holds trailers. */
const TRAILER_FLAG = 0x80;
const FRAME_HEAD_BYTES = 5;

/** Trailers as the last frame of the body. */
export function encodeTrailerFrame(trailers: readonly (readonly [name: string, value: string])[]): Uint8Array {
  const text = trailers.map(([name, value]) => `${name}:${value}\r\n`).join('');
  const frame = new Uint8Array(FRAME_HEAD_BYTES + text.length);
  frame[0] = TRAILER_FLAG;
  new DataView(frame.buffer).setUint32(1, text.length);
  for (let i = 0; i < text.length; i += 1) frame[FRAME_HEAD_BYTES + i] = text.charCodeAt(i);
  return frame;
}

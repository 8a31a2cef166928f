import type { HeaderSource } from '../match/header-matcher.ts';
import type { StreamView } from '../view/stream-view.ts';

/** What stands for a `grpc-status` that is no number. */
export const INVALID_GRPC_STATUS = -1;

const UNKNOWN = 2;

/** gRPC statuses for HTTP statuses (grpc/doc/http-grpc-status-mapping.md). */
const FROM_HTTP: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

/** The status that stands for an answer which is not gRPC. */
export function grpcStatusOfHttp(status: number): number {
  return FROM_HTTP.get(status) ?? UNKNOWN;
}

/** Whether the request's content type is gRPC: `application/grpc`, or it with `+proto` and the like behind it. */
export function isGrpcRequest({ request }: Pick<StreamView, 'request'>): boolean {
  const type = request?.get('content-type');
  if (type === undefined || !type.startsWith('application/grpc')) return false;
  return type.length === 16 || type.charCodeAt(16) === 43;
}

/** The status of a call: that of the trailers, that of a head without a body, or what the HTTP status stands for. */
export function grpcStatusOf(view: StreamView): number | undefined {
  const own = statusIn(view.responseTrailers) ?? statusIn(view.response);
  if (own !== undefined) return own;
  return view.responseCode === 0 ? undefined : grpcStatusOfHttp(view.responseCode);
}

function statusIn(source: HeaderSource | undefined): number | undefined {
  const text = source?.get('grpc-status');
  if (text === undefined || text === '') return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : INVALID_GRPC_STATUS;
}

/** The status codes of gRPC that servers here end calls with. */
export const grpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Why a call is refused or ended. */
export interface GrpcFailure {
  readonly code: number;
  readonly message: string;
}

/** A thrown failure of a call, for handlers that are promises. */
export class GrpcError extends Error {
  readonly code: number;

  constructor({ code, message }: GrpcFailure) {
    super(message);
    this.code = code;
  }
}

/** Headers are not the place for a long story. */
const MAX_MESSAGE_CHARS = 4096;

/** The text as `grpc-message` carries it: percent-encoded UTF-8 (gRPC over HTTP/2, "Responses"). */
export function encodeGrpcMessage(message: string): string {
  const text = message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS - 1)}…` : message;
  if (/^[ -$&-~]*$/.test(text)) return text;
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

import { WireError } from './wire-errors.ts';

/** How the end of a body is found; results below zero are negated WireError codes. */
export const BodyKind = { none: 0, length: 1, chunked: 2, untilClose: 3, tunnel: 4 } as const;

/** What a scanned head says about its body; a HeadScan has it. */
export interface FramingFacts {
  readonly isChunked: boolean;
  /** -1 without a Content-Length. */
  readonly contentLength: number;
}

/** What the reader of a response must know about its request. */
export interface RequestFacts {
  readonly isHead: boolean;
  readonly isConnect: boolean;
  /** Whether the request asked for a switch of protocols. */
  readonly isUpgrade: boolean;
}

/** The framing of a request's body (RFC 9112 §6.3). The length, for BodyKind.length, is `head.contentLength`. */
export function requestBodyKind(head: FramingFacts): number {
  if (head.isChunked) return BodyKind.chunked;
  return head.contentLength > 0 ? BodyKind.length : BodyKind.none;
}

/**
 * The framing of a response's body in the order of RFC 9112 §6.3. `none` on a 1xx other than 101 means that the final response follows.
 */
export function responseBodyKind(head: FramingFacts & { readonly status: number }, request: RequestFacts): number {
  const { status } = head;
  if (status === 101) return request.isUpgrade ? BodyKind.tunnel : -WireError.unexpectedSwitch;
  if (request.isHead || status < 200 || status === 204 || status === 304) return BodyKind.none;
  // Lengths in a 2xx to CONNECT are to be ignored.
  if (request.isConnect && status < 300) return BodyKind.tunnel;
  if (head.isChunked) return BodyKind.chunked;
  if (head.contentLength >= 0) return head.contentLength > 0 ? BodyKind.length : BodyKind.none;
  return BodyKind.untilClose;
}

/**
 * One request and its answer, free of any transport: the HTTP listener, the in-process client and the tests all speak it.
 */
import type { UserInfo } from './auth/user.ts';

/** A request as the handler sees it. */
export interface ApiRequest {
  readonly method: string;
  /** Path without the query, still escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Reads the body, once; refuses one that is too large or arrives too slowly. */
  readonly readBody: () => Promise<Uint8Array>;
  readonly user: UserInfo;
  /** Throws when the user may not create what the request is about. */
  readonly authorizeCreate?: () => void;
  /** Aborts when the client went away. */
  readonly signal: AbortSignal;
}

/** A whole answer. */
export interface BodyResponse {
  readonly kind: 'body';
  readonly status: number;
  readonly contentType: string;
  /** Pieces of text are made while they are sent; they can be read once. */
  readonly body: string | Uint8Array | Iterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts for `Warning` headers. */
  readonly warnings?: readonly string[];
}

/** An answer that goes on until one side ends it. */
export interface StreamResponse {
  readonly kind: 'stream';
  readonly status: number;
  readonly contentType: string;
  /** Called once the head has been sent. */
  readonly start: (sink: StreamSink) => void;
}

/** Where a stream's chunks go. */
export interface StreamSink {
  /** Bytes that the client has not taken yet. */
  readonly bufferedBytes: number;
  write(chunk: Uint8Array | string): void;
  end(): void;
  /** Called once, when the client is gone or the stream was ended. */
  onClose(handler: () => void): void;
}

/** What a handler answers. */
export type ApiResponse = BodyResponse | StreamResponse;

/** The whole body as text; for answers in pieces only where they are needed in one. */
export function bodyText(body: BodyResponse['body']): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : [...body].join('');
}

/** A JSON answer. */
export function jsonResponse(status: number, value: unknown, extra: Partial<BodyResponse> = {}): BodyResponse {
  return { kind: 'body', status, contentType: 'application/json', body: JSON.stringify(value), ...extra };
}

/** An answer in plain text. */
export function textResponse(status: number, text: string): BodyResponse {
  return { kind: 'body', status, contentType: 'text/plain; charset=utf-8', body: text };
}

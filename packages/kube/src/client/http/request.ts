/** One request to an API server, and the transport that carries it. */
import type { Readable } from 'node:stream';

/** The verbs of the API. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request for JSON. */
export interface ApiRequest {
  readonly method: Method;
  /** Path and query, such as `/api/v1/pods?limit=500`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Type of the body; `application/json` when absent. */
  readonly contentType?: string;
  /** Type of the answer; `application/json` when absent. */
  readonly accept?: string;
  /** For the whole exchange; for a stream, until its head has come. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer that goes on, such as a watch. */
export interface ApiStream {
  readonly body: Readable;
  /** Ends it; safe to call at any time. */
  close(): void;
}

/** Carries requests to one API server. Errors are `ApiStatusError` when the server refused, `MeshError` otherwise. */
export interface ApiTransport {
  /** Where requests go, for messages. */
  readonly origin: string;
  /** Base address of the server, for messages. */
  readonly server: string;
  /** Namespace to use when none is given. */
  readonly namespace: string;
  /** The decoded answer. */
  request(request: ApiRequest): Promise<unknown>;
  /** The answer as text, for logs and metrics. */
  requestText(request: ApiRequest): Promise<string>;
  /** Opens an answer without end. */
  stream(request: ApiRequest): Promise<ApiStream>;
  /** Ends idle connections, and open ones with them. */
  close(): void;
}

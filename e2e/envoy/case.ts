/**
 * What is asked of a proxy: a bootstrap, the upstreams behind it, and conversations with its listeners. The answers of a real
 * Envoy are recorded beside it (`testdata/`), so that every proxy can be compared with them where no Envoy is.
 *
 * A bootstrap is YAML with these words in it: `$PORT_name` the port of a backend, `$LOG` the file of the access log,
 * `$FILES/name` a file of the test's certificates (`ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`).
 */

/** A server that the proxy forwards to; each tells what reached it. */
export type BackendSpec =
  /** HTTP/1.1 or HTTP/2 (h2c, or by ALPN with `tls`), answering as the request asks: see `answer-plan.ts`. */
  | { readonly kind: 'http1' | 'http2'; readonly tls?: boolean }
  /** Greets with its name and says everything back. */
  | { readonly kind: 'tcp' }
  /** A port where nobody listens. */
  | { readonly kind: 'closed' };

/** One configuration with its conversations. */
export interface EnvoyCase {
  readonly name: string;
  readonly bootstrap: string;
  readonly backends: Readonly<Record<string, BackendSpec>>;
  readonly exchanges: readonly Exchange[];
  /** Names of counters and gauges that are read at the end. */
  readonly stats?: readonly string[];
  /** What differs from run to run in logs and headers of this case: an expression and what to write for it. */
  readonly mask?: readonly (readonly [pattern: string, replacement: string])[];
}

/** A connection with a listener and what is said on it. */
export interface Exchange {
  readonly name: string;
  /** `main` unless given. */
  readonly listener?: string;
  /** A loopback address to connect from. */
  readonly from?: string;
  readonly tls?: ClientTls;
  /** An HTTP/1 or TCP conversation, byte by byte. */
  readonly steps?: readonly Step[];
  /** Requests over HTTP/2, one after the other. */
  readonly http2?: readonly Http2Request[];
  /** Further connections with the listener that are open meanwhile. */
  readonly beside?: number;
  /** How many lines Envoy writes into the access log; one for each request unless given. */
  readonly logs?: number;
}

/** How a client speaks TLS. */
export interface ClientTls {
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  /** Shows the client's certificate. */
  readonly isAuthenticated?: boolean;
}

/** One step of a conversation; text is Latin-1. */
export type Step =
  | { readonly kind: 'send'; readonly text: string }
  /** Waits for a whole response, with the interim ones before it. */
  | { readonly kind: 'response'; readonly method?: string }
  /** Waits until this text has come. */
  | { readonly kind: 'text'; readonly text: string }
  /** Waits until the first stream of an HTTP/2 connection has ended, or the connection. */
  | { readonly kind: 'frames' }
  /** Sends no more. */
  | { readonly kind: 'end' }
  /** Waits until the proxy ends the connection. */
  | { readonly kind: 'closed' };

/** One request over HTTP/2. */
export interface Http2Request {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

/** Header fields in the order and spelling of the wire. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** What a client saw, in order. */
export type Received =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Fields;
      readonly body?: string;
      readonly trailers?: Fields;
      /** HTTP/1 only: `1.0` or `1.1` and the reason phrase. */
      readonly line?: string;
      /** The name of the HTTP/2 error, or `cut` when HTTP/1 ended before its body did. */
      readonly broken?: string;
    }
  | { readonly kind: 'text'; readonly text: string }
  /** The frames about the stream and the end of the connection, by their names. */
  | { readonly kind: 'frames'; readonly frames: readonly string[] }
  | { readonly kind: 'closed'; readonly left?: string; readonly isFailed?: boolean };

/** What reached a backend. */
export interface Arrived {
  readonly backend: string;
  /** `GET /path HTTP/1.1`, or the bytes of a TCP connection. */
  readonly line: string;
  readonly headers?: Fields;
  readonly body?: string;
  readonly trailers?: Fields;
}

/** Everything one exchange made visible. */
export interface Observed {
  readonly received: readonly Received[];
  readonly arrived: readonly Arrived[];
  readonly log: readonly unknown[];
}

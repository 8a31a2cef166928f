import type { HeaderSource } from '../match/header-matcher.ts';

/**
 * The head of a request as decisions read it. `get` also knows the pseudo-headers (`:method`, `:path`, `:authority`, `:scheme`, `:protocol`),
 * whatever the protocol on the wire.
 */
export interface RequestView extends HeaderSource {
  readonly method: string;
  /** Path and query; empty for a CONNECT without one. */
  readonly path: string;
  readonly authority: string;
  /** `http` or `https`. */
  readonly scheme: string;
}

/** The head or the trailers of a response as decisions read it; `get` knows `:status`. */
export interface ResponseView extends HeaderSource {
  readonly status: number;
}

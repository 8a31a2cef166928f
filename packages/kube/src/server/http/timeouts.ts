/** How long clients may take; every one of them ends a connection that would otherwise be held for ever. */
export interface ListenerTimeouts {
  /** From the connection to the end of the TLS handshake. */
  readonly handshakeMs: number;
  /** From the first byte that may belong to a request to the end of its headers. */
  readonly headersMs: number;
  /** From the start of a request to the end of its body. */
  readonly requestMs: number;
  /** How often headers and requests are looked at. */
  readonly checkMs: number;
  /** Between two requests of one connection. */
  readonly keepAliveMs: number;
  /** Without a byte of an answer being taken. */
  readonly sendMs: number;
  /** In which the rest of a refused request is read and dropped, so that the client gets to read why; also at the end. */
  readonly lingerMs: number;
  /** That requests under way have to finish when the server stops. */
  readonly drainMs: number;
}

/** Generous towards slow networks, not towards clients that hold connections for nothing. */
export const defaultTimeouts: ListenerTimeouts = Object.freeze({
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 60_000,
  checkMs: 2_000,
  keepAliveMs: 120_000,
  sendMs: 60_000,
  lingerMs: 2_000,
  drainMs: 5_000,
});

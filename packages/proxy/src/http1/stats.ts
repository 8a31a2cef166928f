/** Envoy's statistics of the `http1.` tree as plain numbers; one object serves all connections of a listener or cluster. */
export interface Http1Stats {
  droppedHeadersWithUnderscores: number;
  requestsRejectedWithUnderscoresInHeaders: number;
  /** Clients that were not read any more, since they send requests and do not take the responses. */
  responseFlood: number;
}

/** All zero. */
export function createHttp1Stats(): Http1Stats {
  return { droppedHeadersWithUnderscores: 0, requestsRejectedWithUnderscoresInHeaders: 0, responseFlood: 0 };
}

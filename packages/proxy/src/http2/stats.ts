/** Envoy's statistics of the `http2.` tree as plain numbers; one object serves all connections of a listener or cluster. */
export interface Http2Stats {
  rxReset: number;
  txReset: number;
  headerOverflow: number;
  headersCbNoStream: number;
  inboundEmptyFramesFlood: number;
  inboundPriorityFramesFlood: number;
  inboundWindowUpdateFramesFlood: number;
  outboundControlFlood: number;
  outboundFlood: number;
  rxMessagingError: number;
  streamRefusedErrors: number;
  trailers: number;
  txFlushTimeout: number;
  keepaliveTimeout: number;
  goawaySent: number;
  droppedHeadersWithUnderscores: number;
  requestsRejectedWithUnderscoresInHeaders: number;
  /** Connections that were closed for rapid resets; not among Envoy's. */
  rapidResetFlood: number;
  /** Gauges. */
  streamsActive: number;
  pendingSendBytes: number;
}

/** All zero. */
export function createHttp2Stats(): Http2Stats {
  return {
    rxReset: 0,
    txReset: 0,
    headerOverflow: 0,
    headersCbNoStream: 0,
    inboundEmptyFramesFlood: 0,
    inboundPriorityFramesFlood: 0,
    inboundWindowUpdateFramesFlood: 0,
    outboundControlFlood: 0,
    outboundFlood: 0,
    rxMessagingError: 0,
    streamRefusedErrors: 0,
    trailers: 0,
    txFlushTimeout: 0,
    keepaliveTimeout: 0,
    goawaySent: 0,
    droppedHeadersWithUnderscores: 0,
    requestsRejectedWithUnderscoresInHeaders: 0,
    rapidResetFlood: 0,
    streamsActive: 0,
    pendingSendBytes: 0,
  };
}

import { MeshError } from '@weft/core';
import { DEFAULT_WINDOW, MAX_WINDOW } from './frame.ts';
import type { UnderscoreAction } from './message-rules.ts';

/** When a connection is asked whether it is alive (Envoy's KeepaliveSettings). */
export interface KeepaliveOptions {
  /** 0: never by itself. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Added to each interval by chance, in percent of it. */
  readonly jitterPct: number;
  /** A connection that was idle for so long is asked when a new stream begins; 0: never. */
  readonly connectionIdleIntervalMs: number;
}

/** How sessions behave; the names are those of Envoy's Http2ProtocolOptions where it has them, and so are the defaults. */
export interface Http2Options {
  readonly hpackTableSize: number;
  readonly maxConcurrentStreams: number;
  readonly initialStreamWindowSize: number;
  readonly initialConnectionWindowSize: number;
  /** Extended CONNECT (RFC 8441) is taken. */
  readonly allowConnect: boolean;
  /** Frames that wait for the peer to read. */
  readonly maxOutboundFrames: number;
  /** Of these: PING, SETTINGS and RST_STREAM. */
  readonly maxOutboundControlFrames: number;
  readonly maxConsecutiveInboundFramesWithEmptyPayload: number;
  readonly maxInboundPriorityFramesPerStream: number;
  readonly maxInboundWindowUpdateFramesPerDataFrameSent: number;
  /** A malformed head ends its stream only; otherwise the connection (override_stream_error_on_invalid_http_message). */
  readonly streamErrorOnInvalidMessage: boolean;
  readonly keepalive: KeepaliveOptions | undefined;
  /** Bytes of a header list as HPACK counts them (max_request_headers_kb, max_response_headers_kb). */
  readonly maxHeaderListSize: number;
  readonly maxHeaderFields: number;
  readonly underscores: UnderscoreAction;
  /** Envoy's overload.premature_reset_total_stream_count: so many requests are looked at before half of them being reset early is too much. */
  readonly prematureResetTotalStreams: number;
  /** A request that lived longer, or was answered, was not reset early. */
  readonly prematureResetMinLifetimeMs: number;
  /** How long a server that drains still takes requests that are on the way. */
  readonly drainDelayMs: number;
  /** How long the peer has to read the last frames and close. */
  readonly delayedCloseMs: number;
  /** How long data may wait for the peer's window before its stream is reset (stream_flush_timeout); 0: for ever. */
  readonly flushTimeoutMs: number;
}

/** Envoy 1.40's defaults. */
export const DEFAULT_HTTP2_OPTIONS: Http2Options = Object.freeze({
  hpackTableSize: 4096,
  maxConcurrentStreams: 1024,
  initialStreamWindowSize: 16 * 1024 * 1024,
  initialConnectionWindowSize: 24 * 1024 * 1024,
  allowConnect: false,
  maxOutboundFrames: 10_000,
  maxOutboundControlFrames: 1000,
  maxConsecutiveInboundFramesWithEmptyPayload: 1,
  maxInboundPriorityFramesPerStream: 100,
  maxInboundWindowUpdateFramesPerDataFrameSent: 10,
  streamErrorOnInvalidMessage: false,
  keepalive: undefined,
  maxHeaderListSize: 60 * 1024,
  maxHeaderFields: 100,
  underscores: 'allow',
  prematureResetTotalStreams: 500,
  prematureResetMinLifetimeMs: 1000,
  drainDelayMs: 0,
  delayedCloseMs: 1000,
  flushTimeoutMs: 300_000,
});

/** Options with defaults for what is not given; refuses values that break the protocol. */
export function http2Options(given: Partial<Http2Options> = {}): Http2Options {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const options: Http2Options = { ...DEFAULT_HTTP2_OPTIONS, ...Object.fromEntries(named) };
  checkRange('initialStreamWindowSize', options.initialStreamWindowSize, DEFAULT_WINDOW, MAX_WINDOW);
  checkRange('initialConnectionWindowSize', options.initialConnectionWindowSize, DEFAULT_WINDOW, MAX_WINDOW);
  checkRange('maxConcurrentStreams', options.maxConcurrentStreams, 1, 2 ** 31 - 1);
  checkRange('hpackTableSize', options.hpackTableSize, 0, 2 ** 32 - 1);
  return Object.freeze(options);
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new MeshError('MESH_INVALID_ARGUMENT', `${name} ${value} is not between ${least} and ${most}`);
}

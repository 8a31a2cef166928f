import type { Http2Runtime } from '@weft/engine';
import type { Http2Options } from './options.ts';

/** What the configuration of a listener or a cluster says about HTTP/2, in the words of the sessions. */
export function configuredHttp2Options(http2: Http2Runtime): Partial<Http2Options> {
  const { keepalive } = http2;
  return {
    hpackTableSize: http2.hpackTableSize,
    maxConcurrentStreams: http2.maxConcurrentStreams,
    initialStreamWindowSize: http2.initialStreamWindowBytes,
    initialConnectionWindowSize: http2.initialConnectionWindowBytes,
    allowConnect: http2.allowsConnect,
    maxOutboundFrames: http2.maxOutboundFrames,
    maxOutboundControlFrames: http2.maxOutboundControlFrames,
    maxConsecutiveInboundFramesWithEmptyPayload: http2.maxConsecutiveEmptyFrames,
    maxInboundPriorityFramesPerStream: http2.maxPriorityFramesPerStream,
    maxInboundWindowUpdateFramesPerDataFrameSent: http2.maxWindowUpdatesPerDataFrame,
    streamErrorOnInvalidMessage: http2.isInvalidMessageStreamError,
    keepalive: keepalive && {
      intervalMs: keepalive.intervalMs,
      timeoutMs: keepalive.timeoutMs,
      jitterPct: keepalive.intervalJitterPct,
      connectionIdleIntervalMs: keepalive.idleIntervalMs,
    },
  };
}

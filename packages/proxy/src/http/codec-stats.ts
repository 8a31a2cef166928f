/** What the codecs count, where everybody can read it: Envoy's trees `http1.` and `http2.`, of listeners and of each cluster. */
import { type BlockDefinition, defineBlock, type Scope } from '@weft/telemetry';
import type { Http1Stats } from '../http1/stats.ts';
import type { Http2Stats } from '../http2/stats.ts';

const HTTP1_NAMES = {
  droppedHeadersWithUnderscores: 'dropped_headers_with_underscores',
  requestsRejectedWithUnderscoresInHeaders: 'requests_rejected_with_underscores_in_headers',
  responseFlood: 'response_flood',
} as const satisfies Record<keyof Http1Stats, string>;

const HTTP2_GAUGES = { streamsActive: 'streams_active', pendingSendBytes: 'pending_send_bytes' } as const;

const HTTP2_COUNTERS = {
  rxReset: 'rx_reset',
  txReset: 'tx_reset',
  headerOverflow: 'header_overflow',
  headersCbNoStream: 'headers_cb_no_stream',
  inboundEmptyFramesFlood: 'inbound_empty_frames_flood',
  inboundPriorityFramesFlood: 'inbound_priority_frames_flood',
  inboundWindowUpdateFramesFlood: 'inbound_window_update_frames_flood',
  outboundControlFlood: 'outbound_control_flood',
  outboundFlood: 'outbound_flood',
  rxMessagingError: 'rx_messaging_error',
  streamRefusedErrors: 'stream_refused_errors',
  trailers: 'trailers',
  txFlushTimeout: 'tx_flush_timeout',
  keepaliveTimeout: 'keepalive_timeout',
  goawaySent: 'goaway_sent',
  droppedHeadersWithUnderscores: 'dropped_headers_with_underscores',
  requestsRejectedWithUnderscoresInHeaders: 'requests_rejected_with_underscores_in_headers',
  rapidResetFlood: 'rapid_reset_flood',
} as const satisfies Record<Exclude<keyof Http2Stats, keyof typeof HTTP2_GAUGES>, string>;

const HTTP1_BLOCK = defineBlock({ counters: Object.values(HTTP1_NAMES) });
const HTTP2_BLOCK = defineBlock({ counters: Object.values(HTTP2_COUNTERS), gauges: Object.values(HTTP2_GAUGES) });

/** Fields that are the numbers of a block: the codecs count in fields, and know nothing of blocks. */
class BlockFields {
  readonly values: Float64Array;

  constructor(values: Float64Array) {
    this.values = values;
  }
}
class Http1BlockFields extends BlockFields {}
class Http2BlockFields extends BlockFields {}
addFields(Http1BlockFields, HTTP1_BLOCK, HTTP1_NAMES);
addFields(Http2BlockFields, HTTP2_BLOCK, { ...HTTP2_COUNTERS, ...HTTP2_GAUGES });

function addFields<N extends string>(
  { prototype }: typeof BlockFields,
  { at }: Pick<BlockDefinition<N>, 'at'>,
  names: Readonly<Record<string, N>>,
): void {
  for (const [field, name] of Object.entries(names)) {
    const slot = at[name];
    Object.defineProperty(prototype, field, {
      get(this: BlockFields) {
        return this.values[slot];
      },
      set(this: BlockFields, value: number) {
        this.values[slot] = value;
      },
    });
  }
}

/** The numbers of HTTP/1 codecs, in a scope that ends with `http1.`. */
export function http1StatsIn(scope: Scope): Http1Stats {
  return new Http1BlockFields(scope.block(HTTP1_BLOCK).values) as BlockFields & Http1Stats;
}

/** The numbers of HTTP/2 codecs, in a scope that ends with `http2.`. */
export function http2StatsIn(scope: Scope): Http2Stats {
  return new Http2BlockFields(scope.block(HTTP2_BLOCK).values) as BlockFields & Http2Stats;
}

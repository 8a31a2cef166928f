import { defineBlock } from '@weft/telemetry';

/** What a listener counts, under `listener.<address>.` (Envoy's listener statistics). */
export const LISTENER_STATS = defineBlock({
  counters: [
    'connections_accepted_per_socket_event',
    'downstream_cx_destroy',
    'downstream_cx_overflow',
    'downstream_cx_overload_reject',
    'downstream_cx_total',
    'downstream_cx_transport_socket_connect_timeout',
    'downstream_global_cx_overflow',
    'downstream_listener_filter_error',
    'downstream_listener_filter_remote_close',
    'downstream_pre_cx_timeout',
    'no_filter_chain_match',
  ],
  gauges: ['downstream_cx_active', 'downstream_pre_cx_active'],
  histograms: { downstream_cx_length_ms: 'ms' },
});

/** The slots of a listener's counters and gauges. */
export const LISTENER_STAT = LISTENER_STATS.at;

import { defineBlock } from '@weft/telemetry';

/** What is counted of one subscription, as Envoy does (xDS subscription statistics). */
export const SUBSCRIPTION_STATS = defineBlock({
  counters: ['init_fetch_timeout', 'update_attempt', 'update_failure', 'update_rejected', 'update_success'],
  sharedGauges: ['update_time', 'version'],
  texts: ['version_text'],
  histograms: { update_duration: 'ms' },
});

/** What is counted beside that of subscriptions whose changes load a configuration anew. */
export const RELOAD_STATS = defineBlock({
  counters: ['config_reload'],
  sharedGauges: ['config_reload_time_ms'],
});

/** What is counted beside that of routes. */
export const ROUTE_STATS = defineBlock({ counters: ['update_empty'] });

/** What is counted beside that of secrets. */
export const SECRET_STATS = defineBlock({ counters: ['key_rotation_failed'] });

/** What clusters whose endpoints are fetched count beside what all clusters do. */
export const ENDPOINT_STATS = defineBlock({
  counters: ['init_fetch_timeout', 'update_rejected'],
  sharedGauges: ['update_time', 'warming_state'],
  texts: ['version_text'],
  histograms: { update_duration: 'ms' },
});

/** What is counted of the stream to a control plane. */
export const CONTROL_PLANE_STATS = defineBlock({
  counters: ['rate_limit_enforced'],
  gauges: ['connected_state', 'pending_requests'],
  texts: ['identifier'],
});

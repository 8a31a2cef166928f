import { defineBlock } from '@weft/telemetry';

/** What is counted of all listeners, under `listener_manager.` (Envoy's listener manager statistics). */
export const LISTENER_MANAGER_STATS = defineBlock({
  counters: [
    'listener_added',
    'listener_create_failure',
    'listener_create_success',
    'listener_in_place_updated',
    'listener_modified',
    'listener_removed',
    'listener_stopped',
  ],
  gauges: ['total_filter_chains_draining', 'total_listeners_draining'],
  sharedGauges: ['total_listeners_active', 'total_listeners_warming', 'workers_started'],
});

/** What is counted of all clusters, under `cluster_manager.` (Envoy's cluster manager statistics). */
export const CLUSTER_MANAGER_STATS = defineBlock({
  counters: [
    'cluster_added',
    'cluster_modified',
    'cluster_removed',
    'cluster_updated',
    'cluster_updated_via_merge',
    'update_merge_cancelled',
    'update_out_of_merge_window',
  ],
  sharedGauges: ['active_clusters', 'warming_clusters'],
});

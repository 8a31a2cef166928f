import { defineBlock } from '@weft/telemetry';

/** What writing files counts, under `filesystem.` (Envoy's file system statistics, and what had to be dropped). */
export const FILESYSTEM_STATS = defineBlock({
  counters: ['flushed_by_timer', 'reopen_failed', 'write_buffered', 'write_completed', 'write_dropped', 'write_failed'],
  gauges: ['write_total_buffered'],
});

/** The slots of FILESYSTEM_STATS. */
export const FILESYSTEM_STAT = FILESYSTEM_STATS.at;

/** Limits how many connections a chain has at a time (envoy.filters.network.connection_limit). */
import { CONNECTION_LIMIT_CLOSE_REASON, CONNECTION_LIMIT_STATS, type ConnectionLimitRuntime, isOn } from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { AdmissionFilterKind } from './network-filter.ts';

const STATS = defineBlock(CONNECTION_LIMIT_STATS);

/** See the file's head. */
export const CONNECTION_LIMIT: AdmissionFilterKind = {
  typeName: 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit',
  create: ({ config }, { services }) => {
    const { statPrefix, maxConnections, delayMs, enabled } = config as ConnectionLimitRuntime;
    const stats = services.stats.scope('connection_limit', statPrefix).block(STATS).values;
    let active = 0;
    return {
      admit: ({ connection }) => {
        if (!isOn(enabled, services.runtimeValues)) return 'pass';
        if (active >= maxConnections) {
          stats[STATS.at.limited_connections]! += 1;
          return { delayMs, details: CONNECTION_LIMIT_CLOSE_REASON };
        }
        active++;
        stats[STATS.at.active_connections]! += 1;
        connection.onClosed(() => {
          active--;
          stats[STATS.at.active_connections]! -= 1;
        });
        return 'pass';
      },
    };
  },
};

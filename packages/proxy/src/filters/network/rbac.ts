/** Lets connections in or closes them by policies (envoy.filters.network.rbac). */
import {
  decideRbac,
  RBAC_CLOSE_REASON,
  RBAC_NETWORK_METADATA_NAMESPACE,
  RBAC_NETWORK_SHADOW_STATS,
  RBAC_NETWORK_STATS,
  type RbacNetworkRuntime,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { AdmissionFilterKind } from './network-filter.ts';

const ENFORCED = defineBlock(RBAC_NETWORK_STATS);
const SHADOW = defineBlock(RBAC_NETWORK_SHADOW_STATS);

/**
 * See the file's head. Envoy waits for the first byte of the client; here everything that policies look at is known when TLS is, so a connection is
 * decided at once, before anything of a server that speaks first is shown to a client that may not see it.
 */
export const RBAC: AdmissionFilterKind = {
  typeName: 'envoy.extensions.filters.network.rbac.v3.RBAC',
  create: ({ config }, { services }) => {
    const runtime = config as RbacNetworkRuntime;
    const prefix = withoutDot(runtime.statPrefix);
    const shadowPrefix = withoutDot(runtime.shadowStatPrefix);
    const enforced = services.stats.scope(prefix, 'rbac').block(ENFORCED).values;
    const shadow = services.stats
      .scope(prefix, 'rbac', ...(shadowPrefix === '' ? [] : [shadowPrefix]))
      .block(SHADOW).values;
    return {
      admit: ({ connection, record }) => {
        const decision = decideRbac(runtime, record);
        if (decision.shadow !== undefined) {
          shadow[decision.shadow.isAllowed ? SHADOW.at.shadow_allowed : SHADOW.at.shadow_denied]! += 1;
          for (const [key, value] of decision.shadow.metadata) {
            connection.setMetadata(RBAC_NETWORK_METADATA_NAMESPACE, key, value);
          }
        }
        if (decision.verdict === undefined) return 'pass';
        enforced[decision.isAllowed ? ENFORCED.at.allowed : ENFORCED.at.denied]! += 1;
        if (decision.isAllowed) return 'pass';
        record.connectionTerminationDetails = decision.verdict.details;
        return { delayMs: runtime.denyDelayMs, details: RBAC_CLOSE_REASON };
      },
    };
  },
};

function withoutDot(prefix: string): string {
  return prefix.endsWith('.') ? prefix.slice(0, -1) : prefix;
}

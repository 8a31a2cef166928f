import type { OutlierDetectionJson } from '@weft/proto/envoy/config/cluster/v3/outlier_detection';
import { defined } from '../json/defined.ts';
import { optionalDurationJson } from '../json/values.ts';
import type { OutlierDetectionBlock } from './traffic-policy.ts';

/** When endpoints that fail are left out (SEMANTICS 22); never by comparing them with each other. */
export function outlierDetectionOf(spec: OutlierDetectionBlock): OutlierDetectionJson {
  const { splitExternalLocalOriginErrors: splits, maxEjectionPercent = 0, consecutiveErrors } = spec;
  // The older name of the field counts where the newer one is not there.
  const gateway = spec.consecutiveGatewayErrors ?? consecutiveErrors;
  const local = spec.consecutiveLocalOriginFailures ?? 0;
  return defined<OutlierDetectionJson>({
    consecutive5xx: spec.consecutive5xxErrors,
    enforcingConsecutive5xx: enforced(spec.consecutive5xxErrors),
    consecutiveGatewayFailure: gateway,
    enforcingConsecutiveGatewayFailure: enforced(gateway),
    interval: optionalDurationJson(spec.interval),
    baseEjectionTime: optionalDurationJson(spec.baseEjectionTime),
    maxEjectionPercent: maxEjectionPercent > 0 ? maxEjectionPercent : undefined,
    enforcingSuccessRate: 0,
    ...(splits === true ? { splitExternalLocalOriginErrors: true, enforcingLocalOriginSuccessRate: 0 } : {}),
    ...(splits === true && local > 0
      ? { consecutiveLocalOriginFailure: local, enforcingConsecutiveLocalOriginFailure: 100 }
      : {}),
  });
}

/** 0 failures switch the rule off. */
function enforced(count: number | undefined): number | undefined {
  if (count === undefined) return undefined;
  return count > 0 ? 100 : 0;
}

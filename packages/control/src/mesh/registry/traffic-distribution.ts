/** Which endpoints of a Service are preferred. */
import type { TrafficDistribution } from '../model/index.ts';

/** The annotation that says it where the field does not; ServiceEntries have no field. */
export const TRAFFIC_DISTRIBUTION_ANNOTATION = 'networking.istio.io/traffic-distribution';

const BY_WORD: ReadonlyMap<string, TrafficDistribution> = new Map([
  // An older name for the same.
  ['preferclose', 'prefer-same-zone'],
  ['prefersamezone', 'prefer-same-zone'],
  ['prefersamenode', 'prefer-same-node'],
]);

/** What a word means, in any case; nothing when it is not known. */
export function trafficDistributionFrom(word: string): TrafficDistribution | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** What the field of a Service, or else its annotation, says; `any` when neither is understood. */
export function trafficDistributionOf(
  annotations: Readonly<Record<string, string>> | undefined,
  field = '',
): TrafficDistribution {
  return (
    trafficDistributionFrom(field) ??
    trafficDistributionFrom(annotations?.[TRAFFIC_DISTRIBUTION_ANNOTATION] ?? '') ??
    'any'
  );
}

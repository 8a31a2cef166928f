/** Which endpoints of a Service are preferred. */
import type { TrafficDistribution } from '../model/index.ts';

/** The annotation that says it; it beats the field of the Service. */
export const TRAFFIC_DISTRIBUTION_ANNOTATION = 'networking.istio.io/traffic-distribution';

const BY_WORD: ReadonlyMap<string, TrafficDistribution> = new Map([
  ['any', 'any'],
  // Kubernetes' name for the same zone, which Istio reads as all parts of the locality, nearest first.
  ['preferclose', 'prefer-same-subzone'],
  ['prefersamezone', 'prefer-same-zone'],
  ['prefersamenode', 'prefer-same-node'],
  ['prefersameregion', 'prefer-same-region'],
  ['prefersamesubzone', 'prefer-same-subzone'],
  ['prefersamenetwork', 'prefer-same-network'],
]);

/** What a word means, in any case; nothing when it is not known. */
export function trafficDistributionFrom(word: string): TrafficDistribution | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** What the annotation or the field of a Service says; `any` when neither is understood. */
export function trafficDistributionOf(
  annotations: Readonly<Record<string, string>> | undefined,
  field?: string,
): TrafficDistribution {
  const word = annotations?.[TRAFFIC_DISTRIBUTION_ANNOTATION] ?? field;
  return (word === undefined ? undefined : trafficDistributionFrom(word)) ?? 'any';
}

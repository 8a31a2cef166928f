export { gatewayClusters } from './gateway-clusters.ts';
export { inboundClusters } from './inbound-clusters.ts';
export { outboundClusters } from './outbound-clusters.ts';
export { type EffectivePolicy, policyFor } from './traffic-policy.ts';

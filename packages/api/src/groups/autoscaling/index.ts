export * from './convert-v1.ts';
export * from './horizontal-pod-autoscaler.ts';
export type { AutoscalerSpecV1, AutoscalerSpecV2 } from './horizontal-pod-autoscaler-spec.ts';
export type { MetricSpec, MetricStatus } from './metrics.ts';
export * from './scale.ts';

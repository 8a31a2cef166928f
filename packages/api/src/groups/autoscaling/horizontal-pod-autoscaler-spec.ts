/** The fields of HorizontalPodAutoscalers in both versions. */
import { described, type Infer, integer, list, object, required, string } from '../../schema/index.ts';
import { quantity } from '../../validation/quantity.ts';
import { timestamp } from '../meta/index.ts';
import { crossVersionObjectReference, metricSpec, metricStatus } from './metrics.ts';

const V1 = 'io.k8s.api.autoscaling.v1';
const V2 = 'io.k8s.api.autoscaling.v2';

const scalingRules = object(
  'How fast the number changes in one direction.',
  {
    stabilizationWindowSeconds: integer('Seconds of earlier advice that are looked at.'),
    selectPolicy: string('Which policy counts: Max, Min or Disabled.'),
    policies: list(
      'Limits of a change.',
      object(
        'A limit of a change.',
        {
          type: required(string('Pods for a number, Percent for a share.')),
          value: required(integer('The number or share.')),
          periodSeconds: required(integer('Seconds in which the change may happen.')),
        },
        { name: `${V2}.HPAScalingPolicy` },
      ),
      { listType: 'atomic' },
    ),
    tolerance: quantity('Distance from the target that is not acted upon.'),
  },
  { name: `${V2}.HPAScalingRules` },
);

const behavior = object(
  'How fast the number of pods changes.',
  { scaleUp: scalingRules, scaleDown: scalingRules },
  { name: `${V2}.HorizontalPodAutoscalerBehavior` },
);

const condition = object(
  'One aspect of the state of the autoscaler.',
  {
    type: required(string('What the condition is about: AbleToScale, ScalingActive, ScalingLimited.')),
    status: required(string('True, False or Unknown.')),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: `${V2}.HorizontalPodAutoscalerCondition` },
);

const bounds = {
  scaleTargetRef: required(crossVersionObjectReference),
  minReplicas: integer('Fewest pods.', { default: 1 }),
  maxReplicas: required(integer('Most pods.')),
};

/** What is scaled by which metrics, in autoscaling/v2. */
export const autoscalerSpecV2 = object(
  'What is scaled, by which metrics.',
  {
    ...bounds,
    metrics: list('Metrics; the one that wants most pods counts.', metricSpec, { listType: 'atomic' }),
    behavior,
  },
  { name: `${V2}.HorizontalPodAutoscalerSpec` },
);

/** What the autoscaler sees and does, in autoscaling/v2. */
export const autoscalerStatusV2 = object(
  'What the autoscaler sees and does.',
  {
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    lastScaleTime: timestamp('When the number was last changed.'),
    currentReplicas: integer('Pods that exist.'),
    desiredReplicas: required(integer('Pods that should exist.', { default: 0 })),
    currentMetrics: list('Metrics as last measured.', metricStatus, { listType: 'atomic' }),
    conditions: list('Aspects of the state.', condition, {
      listType: 'map',
      mapKeys: ['type'],
      patch: { strategy: 'merge', mergeKey: 'type' },
    }),
  },
  { name: `${V2}.HorizontalPodAutoscalerStatus` },
);

/** What is scaled by the use of CPU, in autoscaling/v1. */
export const autoscalerSpecV1 = object(
  'What is scaled, by the use of CPU.',
  {
    ...bounds,
    scaleTargetRef: required(
      described(crossVersionObjectReference, 'What is scaled.', {
        name: `${V1}.CrossVersionObjectReference`,
        mapType: 'atomic',
      }),
    ),
    targetCPUUtilizationPercentage: integer('Use of CPU that is aimed at, as a percentage of what the pods request.'),
  },
  { name: `${V1}.HorizontalPodAutoscalerSpec` },
);

/** What the autoscaler sees and does, in autoscaling/v1. */
export const autoscalerStatusV1 = object(
  'What the autoscaler sees and does.',
  {
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    lastScaleTime: timestamp('When the number was last changed.'),
    currentReplicas: required(integer('Pods that exist.', { default: 0 })),
    desiredReplicas: required(integer('Pods that should exist.', { default: 0 })),
    currentCPUUtilizationPercentage: integer('Use of CPU, as a percentage of what the pods request.'),
  },
  { name: `${V1}.HorizontalPodAutoscalerStatus` },
);

/** How fast the number changes in one direction. */
export type ScalingRules = Infer<typeof scalingRules>;

/** What is scaled, in autoscaling/v2. */
export type AutoscalerSpecV2 = Infer<typeof autoscalerSpecV2>;

/** What the autoscaler sees, in autoscaling/v2. */
export type AutoscalerStatusV2 = Infer<typeof autoscalerStatusV2>;

/** What is scaled, in autoscaling/v1. */
export type AutoscalerSpecV1 = Infer<typeof autoscalerSpecV1>;

/** What the autoscaler sees, in autoscaling/v1. */
export type AutoscalerStatusV1 = Infer<typeof autoscalerStatusV1>;

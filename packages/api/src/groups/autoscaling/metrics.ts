/** Metrics that a HorizontalPodAutoscaler follows, as autoscaling/v2 writes them. */
import { enumeration, type Infer, integer, object, required, string } from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { quantity } from '../../validation/quantity.ts';

const V2 = 'io.k8s.api.autoscaling.v2';

/** The workload, or another object, that is meant. */
export const crossVersionObjectReference = object(
  'An object in the same namespace.',
  {
    kind: required(string('Kind of the object.')),
    name: required(string('Name of the object.')),
    apiVersion: string('Version of the object.'),
  },
  { name: `${V2}.CrossVersionObjectReference` },
);

const metricIdentifier = object(
  'A metric.',
  { name: required(string('Name of the metric.')), selector: labelSelector('Series of the metric.') },
  { name: `${V2}.MetricIdentifier` },
);

const metricTarget = object(
  'The value that is aimed at.',
  {
    type: required(enumeration('How the value is meant.', ['AverageValue', 'Utilization', 'Value'])),
    value: quantity('The value itself.'),
    averageValue: quantity('The value, averaged over the pods.'),
    averageUtilization: integer('The value as a percentage of what the pods request, averaged over them.'),
  },
  { name: `${V2}.MetricTarget` },
);

const metricValueStatus = object(
  'The value that was measured.',
  {
    value: quantity('The value itself.'),
    averageValue: quantity('The value, averaged over the pods.'),
    averageUtilization: integer('The value as a percentage of what the pods request, averaged over them.'),
  },
  { name: `${V2}.MetricValueStatus` },
);

const METRIC_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'] as const;
const metricType = required(enumeration('Which of the other members is set.', METRIC_TYPES));

/** A metric that is followed. */
export const metricSpec = object(
  'A metric that is followed.',
  {
    type: metricType,
    object: object(
      'A metric of one object.',
      {
        describedObject: required(crossVersionObjectReference),
        target: required(metricTarget),
        metric: required(metricIdentifier),
      },
      { name: `${V2}.ObjectMetricSource` },
    ),
    pods: object(
      'A metric of every pod.',
      { metric: required(metricIdentifier), target: required(metricTarget) },
      { name: `${V2}.PodsMetricSource` },
    ),
    resource: object(
      'Use of a resource by every pod.',
      { name: required(string('Resource: cpu or memory.')), target: required(metricTarget) },
      { name: `${V2}.ResourceMetricSource` },
    ),
    containerResource: object(
      'Use of a resource by one container of every pod.',
      {
        name: required(string('Resource: cpu or memory.')),
        target: required(metricTarget),
        container: required(string('Name of the container.')),
      },
      { name: `${V2}.ContainerResourceMetricSource` },
    ),
    external: object(
      'A metric from outside the cluster.',
      { metric: required(metricIdentifier), target: required(metricTarget) },
      { name: `${V2}.ExternalMetricSource` },
    ),
  },
  { name: `${V2}.MetricSpec` },
);

/** A metric as it was last measured. */
export const metricStatus = object(
  'A metric as it was last measured.',
  {
    type: metricType,
    object: object(
      'A metric of one object.',
      {
        metric: required(metricIdentifier),
        current: required(metricValueStatus),
        describedObject: required(crossVersionObjectReference),
      },
      { name: `${V2}.ObjectMetricStatus` },
    ),
    pods: object(
      'A metric of every pod.',
      { metric: required(metricIdentifier), current: required(metricValueStatus) },
      { name: `${V2}.PodsMetricStatus` },
    ),
    resource: object(
      'Use of a resource by every pod.',
      { name: required(string('Resource.')), current: required(metricValueStatus) },
      { name: `${V2}.ResourceMetricStatus` },
    ),
    containerResource: object(
      'Use of a resource by one container of every pod.',
      {
        name: required(string('Resource.')),
        current: required(metricValueStatus),
        container: required(string('Name of the container.')),
      },
      { name: `${V2}.ContainerResourceMetricStatus` },
    ),
    external: object(
      'A metric from outside the cluster.',
      { metric: required(metricIdentifier), current: required(metricValueStatus) },
      { name: `${V2}.ExternalMetricStatus` },
    ),
  },
  { name: `${V2}.MetricStatus` },
);

/** The workload, or another object, that is meant. */
export type CrossVersionObjectReference = Infer<typeof crossVersionObjectReference>;

/** A metric that is followed. */
export type MetricSpec = Infer<typeof metricSpec>;

/** A metric as it was last measured. */
export type MetricStatus = Infer<typeof metricStatus>;

/** The value that is aimed at. */
export type MetricTarget = Infer<typeof metricTarget>;

/** The value that was measured. */
export type MetricValueStatus = Infer<typeof metricValueStatus>;

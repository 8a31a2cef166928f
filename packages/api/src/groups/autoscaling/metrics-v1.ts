/**
 * Metrics as autoscaling/v1 keeps them in annotations, in the older form where each kind of target is a member of its own.
 * What that form cannot say (a target type that does not follow from its members) is kept in `targetType`.
 */
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from './metrics.ts';

type Fields = Record<string, unknown>;

/** Names of the three values of a target in one kind of metric. */
interface ValueNames {
  readonly value: string;
  readonly averageValue: string;
  readonly averageUtilization: string;
}

const OBJECT: ValueNames = {
  value: 'targetValue',
  averageValue: 'averageValue',
  averageUtilization: 'targetAverageUtilization',
};
const OTHERS: ValueNames = {
  value: 'targetValue',
  averageValue: 'targetAverageValue',
  averageUtilization: 'targetAverageUtilization',
};
const OBJECT_NOW: ValueNames = {
  value: 'currentValue',
  averageValue: 'averageValue',
  averageUtilization: 'currentAverageUtilization',
};
const OTHERS_NOW: ValueNames = {
  value: 'currentValue',
  averageValue: 'currentAverageValue',
  averageUtilization: 'currentAverageUtilization',
};

/** A metric in its older form. */
export function metricToV1(metric: MetricSpec): Fields {
  const { type, object, pods, resource, containerResource, external } = metric;
  return present({
    type,
    object: object && {
      ...objectIdentity(object),
      ...targetToV1(object.target, OBJECT),
    },
    pods: pods && { ...podsIdentity(pods), ...targetToV1(pods.target, OTHERS) },
    resource: resource && { name: resource.name, ...targetToV1(resource.target, OTHERS) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      ...targetToV1(containerResource.target, OTHERS),
    },
    external: external && { ...externalIdentity(external), ...targetToV1(external.target, OTHERS) },
  });
}

/** A metric from its older form. */
export function metricFromV1(metric: Fields): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = metric as Record<string, Fields | undefined>;
  return present({
    type,
    object: object && {
      describedObject: object['target'],
      metric: identityFrom(object, 'selector'),
      target: targetFromV1(object, OBJECT),
    },
    pods: pods && { metric: identityFrom(pods, 'selector'), target: targetFromV1(pods, OTHERS) },
    resource: resource && { name: resource['name'], target: targetFromV1(resource, OTHERS) },
    containerResource: containerResource && {
      name: containerResource['name'],
      container: containerResource['container'],
      target: targetFromV1(containerResource, OTHERS),
    },
    external: external && { metric: identityFrom(external, 'metricSelector'), target: targetFromV1(external, OTHERS) },
  }) as MetricSpec;
}

/** A measured metric in its older form. */
export function metricStatusToV1(metric: MetricStatus): Fields {
  const { type, object, pods, resource, containerResource, external } = metric;
  return present({
    type,
    object: object && { ...objectIdentity(object), ...valuesToV1(object.current, OBJECT_NOW) },
    pods: pods && { ...podsIdentity(pods), ...valuesToV1(pods.current, OTHERS_NOW) },
    resource: resource && { name: resource.name, ...valuesToV1(resource.current, OTHERS_NOW) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      ...valuesToV1(containerResource.current, OTHERS_NOW),
    },
    external: external && { ...externalIdentity(external), ...valuesToV1(external.current, OTHERS_NOW) },
  });
}

/** A measured metric from its older form. */
export function metricStatusFromV1(metric: Fields): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = metric as Record<string, Fields | undefined>;
  return present({
    type,
    object: object && {
      metric: identityFrom(object, 'selector'),
      current: valuesFromV1(object, OBJECT_NOW),
      describedObject: object['target'],
    },
    pods: pods && { metric: identityFrom(pods, 'selector'), current: valuesFromV1(pods, OTHERS_NOW) },
    resource: resource && { name: resource['name'], current: valuesFromV1(resource, OTHERS_NOW) },
    containerResource: containerResource && {
      name: containerResource['name'],
      current: valuesFromV1(containerResource, OTHERS_NOW),
      container: containerResource['container'],
    },
    external: external && {
      metric: identityFrom(external, 'metricSelector'),
      current: valuesFromV1(external, OTHERS_NOW),
    },
  }) as MetricStatus;
}

type ObjectMetric = NonNullable<MetricSpec['object'] | MetricStatus['object']>;
type NamedMetric = NonNullable<MetricSpec['pods'] | MetricStatus['pods']>;

function objectIdentity({ describedObject, metric }: ObjectMetric): Fields {
  return present({ target: describedObject, metricName: metric.name, selector: metric.selector });
}

function podsIdentity({ metric }: NamedMetric): Fields {
  return present({ metricName: metric.name, selector: metric.selector });
}

function externalIdentity({ metric }: NamedMetric): Fields {
  return present({ metricName: metric.name, metricSelector: metric.selector });
}

function identityFrom(fields: Fields, selector: string): Fields {
  return present({ name: fields['metricName'], selector: fields[selector] });
}

function targetToV1(target: MetricTarget, names: ValueNames): Fields {
  const values = valuesToV1(target, names);
  return target.type === typeOf(target) ? values : { ...values, targetType: target.type };
}

function targetFromV1(fields: Fields, names: ValueNames): Fields {
  const values = valuesFromV1(fields, names);
  return { type: fields['targetType'] ?? typeOf(values), ...values };
}

/** The type that the members of a target suggest. */
function typeOf(values: MetricValueStatus): MetricTarget['type'] {
  if (values.averageUtilization !== undefined) return 'Utilization';
  return values.averageValue !== undefined ? 'AverageValue' : 'Value';
}

function valuesToV1(values: MetricValueStatus, names: ValueNames): Fields {
  return present({
    [names.averageUtilization]: values.averageUtilization,
    [names.averageValue]: values.averageValue,
    [names.value]: values.value,
  });
}

function valuesFromV1(fields: Fields, names: ValueNames): MetricValueStatus {
  return present({
    averageUtilization: fields[names.averageUtilization],
    averageValue: fields[names.averageValue],
    value: fields[names.value],
  }) as MetricValueStatus;
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

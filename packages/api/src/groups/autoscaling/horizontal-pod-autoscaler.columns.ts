import type { ApiObject, Column } from '../../kind/index.ts';
import { ageColumn, NONE } from '../meta/index.ts';
import type { AutoscalerSpecV2, AutoscalerStatusV2 } from './horizontal-pod-autoscaler-spec.ts';
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from './metrics.ts';

interface Autoscaler {
  readonly spec?: AutoscalerSpecV2;
  readonly status?: AutoscalerStatusV2;
}

const UNKNOWN = '<unknown>';
const MAX_SHOWN = 2;

/** Columns of autoscalers; `read` brings an object into the form of version 2. */
export function autoscalerColumns(read: (object: ApiObject) => ApiObject): readonly Column[] {
  const as = (object: ApiObject): Autoscaler => read(object) as Autoscaler;
  return [
    {
      name: 'Reference',
      type: 'string',
      description: 'What is scaled.',
      value: (o) => {
        const ref = as(o).spec?.scaleTargetRef;
        return `${ref?.kind ?? ''}/${ref?.name ?? ''}`;
      },
    },
    { name: 'Targets', type: 'string', description: 'Measured and wanted values.', value: (o) => targets(as(o)) },
    {
      name: 'MinPods',
      type: 'string',
      description: 'Fewest pods.',
      value: (o) => String(as(o).spec?.minReplicas ?? '<unset>'),
    },
    {
      name: 'MaxPods',
      type: 'integer',
      declaredType: 'string',
      description: 'Most pods.',
      value: (o) => as(o).spec?.maxReplicas ?? 0,
    },
    {
      name: 'Replicas',
      type: 'integer',
      declaredType: 'string',
      description: 'Pods that exist.',
      value: (o) => as(o).status?.currentReplicas ?? 0,
    },
    ageColumn,
  ];
}

function targets({ spec, status }: Autoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return NONE;
  const texts = metrics.slice(0, MAX_SHOWN).map((metric, i) => describe(metric, status?.currentMetrics?.[i]));
  const more = metrics.length - MAX_SHOWN;
  return more > 0 ? `${texts.join(', ')} + ${more} more...` : texts.join(', ');
}

function describe(metric: MetricSpec, measured: MetricStatus | undefined): string {
  const { external, object, pods, resource, containerResource } = metric;
  if (external !== undefined) return byValue(external.target, measured?.external?.current);
  if (object !== undefined) return byValue(object.target, measured?.object?.current);
  if (pods !== undefined) return `${measured?.pods?.current.averageValue ?? UNKNOWN}/${pods.target.averageValue ?? ''}`;
  if (resource !== undefined) return byUse(resource, measured?.resource?.current);
  if (containerResource !== undefined) return byUse(containerResource, measured?.containerResource?.current);
  return '<unknown type>';
}

function byValue(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current?.value ?? UNKNOWN}/${target.value ?? ''}`;
}

function byUse(
  { name, target }: { name: string; target: MetricTarget },
  current: MetricValueStatus | undefined,
): string {
  if (target.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const used = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  const wanted = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${name}: ${used}/${wanted}`;
}

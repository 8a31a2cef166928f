/**
 * Conversion between autoscaling/v1 and v2. Version 1 knows CPU only; everything else travels in the annotations that
 * Kubernetes uses for it, so that a client of version 1 can read and write back an object without harm.
 */
import type { ApiObject } from '../../kind/index.ts';
import type {
  AutoscalerSpecV1,
  AutoscalerSpecV2,
  AutoscalerStatusV1,
  AutoscalerStatusV2,
  ScalingRules,
} from './horizontal-pod-autoscaler-spec.ts';
import type { MetricSpec, MetricStatus } from './metrics.ts';
import { metricFromV1, metricStatusFromV1, metricStatusToV1, metricToV1 } from './metrics-v1.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const ALL = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

/** An autoscaler of version 2 as one of version 1. */
export function autoscalerToV1(object: ApiObject): ApiObject {
  const spec = object['spec'] as AutoscalerSpecV2 | undefined;
  const status = object['status'] as AutoscalerStatusV2 | undefined;
  const annotations: Record<string, string> = {};
  const result: ApiObject = { ...object, metadata: { ...object.metadata } };
  if (spec !== undefined) result['spec'] = specToV1(spec, annotations);
  if (status !== undefined) result['status'] = statusToV1(status, annotations);
  if (Object.keys(annotations).length > 0) {
    result.metadata.annotations = { ...object.metadata.annotations, ...annotations };
  }
  return result;
}

/** An autoscaler of version 1 as one of version 2. */
export function autoscalerFromV1(object: ApiObject): ApiObject {
  const spec = object['spec'] as AutoscalerSpecV1 | undefined;
  const status = object['status'] as AutoscalerStatusV1 | undefined;
  const annotations = object.metadata.annotations ?? {};
  const result: ApiObject = { ...object, metadata: withoutOurs(object.metadata) };
  if (spec !== undefined) result['spec'] = specFromV1(spec, annotations);
  if (status !== undefined) result['status'] = statusFromV1(status, annotations);
  return result;
}

function withoutOurs(metadata: ApiObject['metadata']): ApiObject['metadata'] {
  const annotations = Object.entries(metadata.annotations ?? {});
  const kept = annotations.filter(([key]) => !ALL.includes(key));
  if (kept.length === annotations.length) return metadata;
  const { annotations: _dropped, ...rest } = metadata;
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
}

function specToV1(spec: AutoscalerSpecV2, annotations: Record<string, string>): AutoscalerSpecV1 {
  const { metrics, behavior, ...rest } = spec;
  const cpu = (metrics ?? []).find(isCpuUtilization)?.resource?.target.averageUtilization;
  // The CPU metric stays in the annotation when there are others, because their order would be lost otherwise.
  const isCpuAlone = metrics?.length === 1 && cpu !== undefined && metrics[0]?.resource?.target.type === 'Utilization';
  if (metrics !== undefined && !isCpuAlone) annotations[METRICS] = JSON.stringify(metrics.map(metricToV1));
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(renameKeys(behavior, capitalize));
  return cpu === undefined ? rest : { ...rest, targetCPUUtilizationPercentage: cpu };
}

function specFromV1(spec: AutoscalerSpecV1, annotations: Readonly<Record<string, string>>): AutoscalerSpecV2 {
  const { targetCPUUtilizationPercentage: cpu, ...rest } = spec;
  const metrics = mergeCpu(parseList(annotations[METRICS])?.map(metricFromV1), cpu);
  const behavior = parseObject(annotations[BEHAVIOR]);
  return {
    ...rest,
    ...(metrics === undefined ? {} : { metrics }),
    ...(behavior === undefined ? {} : { behavior: renameKeys(behavior, uncapitalize) as { scaleUp?: ScalingRules } }),
  };
}

/** What version 1 says of CPU wins over what the annotation remembers of it. */
function mergeCpu(metrics: MetricSpec[] | undefined, cpu: number | undefined): MetricSpec[] | undefined {
  if (cpu === undefined) return metrics?.filter((metric) => !isCpuUtilization(metric));
  const target = { type: 'Utilization', averageUtilization: cpu } as const;
  const ours: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target } };
  const at = metrics?.findIndex(isCpuUtilization) ?? -1;
  if (metrics === undefined || at < 0) return [...(metrics ?? []), ours];
  return metrics[at]!.resource?.target.averageUtilization === cpu ? metrics : metrics.with(at, ours);
}

function isCpuUtilization({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
}

function statusToV1(status: AutoscalerStatusV2, annotations: Record<string, string>): AutoscalerStatusV1 {
  const { currentMetrics, conditions, currentReplicas, ...rest } = status;
  const cpu = (currentMetrics ?? []).find(isCpuMeasured)?.resource?.current.averageUtilization;
  if (currentMetrics !== undefined) {
    annotations[CURRENT_METRICS] = JSON.stringify(currentMetrics.map(metricStatusToV1));
  }
  if (conditions !== undefined) annotations[CONDITIONS] = JSON.stringify(conditions);
  return {
    ...rest,
    currentReplicas: currentReplicas ?? 0,
    ...(cpu === undefined ? {} : { currentCPUUtilizationPercentage: cpu }),
  };
}

function statusFromV1(status: AutoscalerStatusV1, annotations: Readonly<Record<string, string>>): AutoscalerStatusV2 {
  const { currentCPUUtilizationPercentage: cpu, ...rest } = status;
  const remembered = parseList(annotations[CURRENT_METRICS])?.map(metricStatusFromV1);
  const measured: MetricStatus[] | undefined =
    cpu === undefined || remembered?.some(isCpuMeasured) === true
      ? remembered
      : [...(remembered ?? []), { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }];
  const conditions = parseList(annotations[CONDITIONS]) as AutoscalerStatusV2['conditions'];
  return {
    ...rest,
    ...(measured === undefined ? {} : { currentMetrics: measured }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

function isCpuMeasured({ type, resource }: MetricStatus): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.current.averageUtilization !== undefined;
}

function parseList(text: string | undefined): Record<string, unknown>[] | undefined {
  const value = parseJson(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : undefined;
}

function parseObject(text: string | undefined): object | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** Users may write anything into annotations; what is no JSON is as good as absent. */
function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The annotation spells the members of `behavior` with capitals. */
function renameKeys(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [rename(key), renameKeys(member, rename)]));
}

function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function uncapitalize(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

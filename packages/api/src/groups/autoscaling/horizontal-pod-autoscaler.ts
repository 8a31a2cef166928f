import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { required } from '../../schema/index.ts';
import { alwaysPresent } from '../meta/index.ts';
import { autoscalerFromV1, autoscalerToV1 } from './convert-v1.ts';
import { checkAutoscaler } from './horizontal-pod-autoscaler.check.ts';
import { autoscalerColumns } from './horizontal-pod-autoscaler.columns.ts';
import {
  type AutoscalerSpecV2,
  autoscalerSpecV1,
  autoscalerSpecV2,
  autoscalerStatusV1,
  autoscalerStatusV2,
  type ScalingRules,
} from './horizontal-pod-autoscaler-spec.ts';

const V1 = 'autoscaling/v1';
const DEFAULT_CPU_PERCENT = 80;
const DOUBLE = { type: 'Percent', value: 100, periodSeconds: 15 };
const FOUR_PODS = { type: 'Pods', value: 4, periodSeconds: 15 };

/** Changes the number of pods of a workload as the load changes. */
export const horizontalPodAutoscaler = defineBuiltin({
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  hasGeneration: false,
  hasStatus: true,
  description: 'Changes the number of pods of a workload as the load changes.',
  fields: { spec: required(autoscalerSpecV2), status: alwaysPresent(autoscalerStatusV2) },
  versions: [
    { name: 'v2', isStorage: true },
    {
      name: 'v1',
      fields: { spec: required(autoscalerSpecV1), status: alwaysPresent(autoscalerStatusV1) },
      columns: autoscalerColumns(autoscalerFromV1),
      toStorage: autoscalerFromV1,
      fromStorage: autoscalerToV1,
    },
  ],
  columns: autoscalerColumns((object) => object),
  initialStatus: ({ apiVersion }) => ({ desiredReplicas: 0, ...(apiVersion === V1 ? { currentReplicas: 0 } : {}) }),
  applyDefaults(object) {
    const { apiVersion, spec } = object;
    if (apiVersion === V1) {
      const hasMetrics = ((autoscalerFromV1(object)['spec'] as AutoscalerSpecV2).metrics ?? []).length > 0;
      if (!hasMetrics) Object.assign(spec, { targetCPUUtilizationPercentage: DEFAULT_CPU_PERCENT });
      return;
    }
    if ((spec.metrics ?? []).length === 0) {
      const target = { type: 'Utilization', averageUtilization: DEFAULT_CPU_PERCENT } as const;
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    applyBehaviorDefaults(spec);
  },
  check(object, report) {
    const stored = object.apiVersion === V1 ? autoscalerFromV1(object) : object;
    checkAutoscaler(stored['spec'] as AutoscalerSpecV2, report);
  },
});

/** Changes the number of pods of a workload. */
export type HorizontalPodAutoscaler = ObjectOf<typeof horizontalPodAutoscaler>;

function applyBehaviorDefaults({ behavior }: AutoscalerSpecV2): void {
  if (behavior === undefined) return;
  const up: ScalingRules = {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ ...FOUR_PODS }, { ...DOUBLE }],
  };
  const down: ScalingRules = { selectPolicy: 'Max', policies: [{ ...DOUBLE }] };
  behavior.scaleUp = { ...up, ...behavior.scaleUp };
  behavior.scaleDown = { ...down, ...behavior.scaleDown };
}

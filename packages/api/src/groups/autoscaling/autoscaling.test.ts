import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type ApiObject, convertObject } from '../../kind/index.ts';
import { rowOf } from '../../table/index.ts';
import { arbitraryValue, withoutRules } from '../../test-support/arbitrary-value.ts';
import { judge, judgeSpec } from '../../test-support/judge.ts';
import { created } from '../../test-support/judge-update.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { autoscalerSpecV2, autoscalerStatusV2 } from './horizontal-pod-autoscaler-spec.ts';

const TARGET = 'scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}, maxReplicas: 5';
const made = (version: string, spec = ''): ApiObject =>
  created(
    horizontalPodAutoscaler,
    `{apiVersion: autoscaling/${version}, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {${TARGET}${spec === '' ? '' : `, ${spec}`}}}`,
  );

describe('defaults', () => {
  test('follow CPU', () => {
    assert.deepEqual(made('v2')['spec'], {
      scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    });
    assert.equal((made('v1')['spec'] as Record<string, unknown>)['targetCPUUtilizationPercentage'], 80);
  });
  test('complete a behavior that is given in part', () => {
    const { behavior } = made('v2', 'behavior: {scaleDown: {selectPolicy: Min}}')['spec'] as Record<string, unknown>;
    assert.deepEqual(behavior, {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: { selectPolicy: 'Min', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    });
  });
});

describe('refused', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['minReplicas: 0', 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    ['minReplicas: 6', 'spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`'],
    [
      'metrics: [{type: Pods}]',
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
    [
      'metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]',
      'spec.metrics[0].resource.target.averageUtilization: Required value: must specify either averageUtilization or averageValue',
    ],
    [
      'metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}]',
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
    ],
    [
      'behavior: {scaleUp: {policies: [{type: Dozens, value: 1, periodSeconds: 1}]}}',
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Dozens": supported values: "Percent", "Pods"',
    ],
    [
      'behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}',
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
  ];
  for (const [spec, error] of cases) {
    test(error, () => assert.deepEqual(judgeSpec(horizontalPodAutoscaler, `{${TARGET}, ${spec}}`).errors, [error]));
  }
  test('in version 1 too', () => {
    const { errors } = judge(horizontalPodAutoscaler, {
      ...made('v1'),
      spec: parse(`{${TARGET}, minReplicas: 0}`) as unknown,
    });
    assert.deepEqual(errors, ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1']);
  });
});

describe('conversion between the versions', () => {
  test('a target of CPU alone needs no annotation', () => {
    const v1 = convertObject(horizontalPodAutoscaler, made('v2'), 'v1');
    assert.deepEqual(v1, {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
        minReplicas: 1,
        maxReplicas: 5,
        targetCPUUtilizationPercentage: 80,
      },
      status: { currentReplicas: 0, desiredReplicas: 0 },
    });
  });
  test('other metrics and the behavior travel in the annotations that Kubernetes uses', () => {
    const v2 = made(
      'v2',
      'metrics: [{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 1k}}}], behavior: {scaleUp: {selectPolicy: Min}}',
    );
    const { annotations } = convertObject(horizontalPodAutoscaler, v2, 'v1').metadata;
    assert.deepEqual(JSON.parse(annotations!['autoscaling.alpha.kubernetes.io/metrics']!), [
      { type: 'Pods', pods: { metricName: 'rps', targetAverageValue: '1k' } },
    ]);
    assert.match(annotations!['autoscaling.alpha.kubernetes.io/behavior']!, /"ScaleUp":\{.*"SelectPolicy":"Min"/);
  });
  test('a change of the CPU target in version 1 is honoured, and so is its removal', () => {
    const v2 = made(
      'v2',
      'metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}, {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 60}}}]',
    );
    const v1 = convertObject(horizontalPodAutoscaler, v2, 'v1');
    const edited = { ...v1, spec: { ...(v1['spec'] as object), targetCPUUtilizationPercentage: 70 } };
    const namesAndTargets = (object: ApiObject): unknown =>
      (
        object['spec'] as { metrics: { resource: { name: string; target: { averageUtilization: number } } }[] }
      ).metrics.map(({ resource }) => [resource.name, resource.target.averageUtilization]);
    assert.deepEqual(namesAndTargets(convertObject(horizontalPodAutoscaler, edited, 'v2')), [
      ['cpu', 70],
      ['memory', 60],
    ]);
    const { targetCPUUtilizationPercentage: _cpu, ...rest } = v1['spec'] as Record<string, unknown>;
    assert.deepEqual(namesAndTargets(convertObject(horizontalPodAutoscaler, { ...v1, spec: rest }, 'v2')), [
      ['memory', 60],
    ]);
  });
  test('annotations that are no JSON do no harm', () => {
    const v1 = {
      ...made('v1'),
      metadata: { name: 'web', annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '{', a: 'b' } },
    };
    const v2 = convertObject(horizontalPodAutoscaler, v1, 'v2');
    assert.deepEqual(v2.metadata.annotations, { a: 'b' });
  });
  test('loses nothing on the way to version 1 and back', () => {
    const values = fc.record({
      spec: arbitraryValue(withoutRules(autoscalerSpecV2), { maxItems: 2 }),
      status: arbitraryValue(withoutRules(autoscalerStatusV2), { maxItems: 2 }),
    });
    fc.assert(
      fc.property(values, ({ spec, status }) => {
        const fields = {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'web' },
          spec,
        };
        // Version 1 demands the number, and 0 is what its absence means.
        const object = asJson({ ...fields, status: { currentReplicas: 0, ...(status as object) } }) as ApiObject;
        const back = convertObject(horizontalPodAutoscaler, convertObject(horizontalPodAutoscaler, object, 'v1'), 'v2');
        assert.deepEqual(back, object);
      }),
    );
  });
});

/** Generated maps have no prototype, which only a test could notice. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('targets are shown as measured and wanted', () => {
  const object = made(
    'v2',
    'metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}, {type: External, external: {metric: {name: q}, target: {type: AverageValue, averageValue: 30}}}, {type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 1k}}}]',
  );
  const status = parse(
    '{currentReplicas: 2, desiredReplicas: 2, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 12}}}]}',
  ) as unknown;
  const cells = rowOf(horizontalPodAutoscaler, 'v2', { ...object, status }, 0);
  assert.deepEqual(cells.slice(1, 6), ['Deployment/web', 'cpu: 12%/50%, <unknown>/30 (avg) + 1 more...', '1', 5, 2]);
  const v1 = convertObject(horizontalPodAutoscaler, { ...object, status }, 'v1');
  assert.deepEqual(rowOf(horizontalPodAutoscaler, 'v1', v1, 0).slice(1, 6), cells.slice(1, 6));
});

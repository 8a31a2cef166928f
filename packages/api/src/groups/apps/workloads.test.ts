import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { AnyKind, ApiObject } from '../../kind/index.ts';
import { rowOf } from '../../table/index.ts';
import { judgeSpec } from '../../test-support/judge.ts';
import { created, updateErrors } from '../../test-support/judge-update.ts';
import { daemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import { replicaSet } from './replica-set.ts';
import { statefulSet } from './stateful-set.ts';

const POD = 'metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: x:1}]}';
const spec = (more = ''): string =>
  `{selector: {matchLabels: {app: web}}, template: {${POD}}${more === '' ? '' : `, ${more}`}}`;
const stored = (kind: AnyKind, more = ''): ApiObject =>
  created(kind, `{apiVersion: apps/v1, kind: ${kind.kind}, metadata: {name: web}, spec: ${spec(more)}}`);

/** The spec without its template. */
function defaultsOf(kind: AnyKind, more = ''): unknown {
  const { template: _template, selector: _selector, ...rest } = stored(kind, more)['spec'] as Record<string, unknown>;
  return rest;
}

describe('defaults', () => {
  test('of a deployment', () => {
    assert.deepEqual(defaultsOf(deployment), {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    assert.deepEqual(
      (defaultsOf(deployment, 'replicas: 0, strategy: {rollingUpdate: {maxSurge: 2}}') as Record<string, unknown>)[
        'strategy'
      ],
      {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: '25%', maxSurge: 2 },
      },
    );
    assert.equal((defaultsOf(deployment, 'replicas: 0') as Record<string, unknown>)['replicas'], 0);
  });
  test('of a template: those of pods, without what only a pod itself gets', () => {
    const { template } = stored(deployment)['spec'] as { template: { spec: Record<string, unknown> } };
    assert.equal(template.spec['restartPolicy'], 'Always');
    assert.ok(!('enableServiceLinks' in template.spec));
  });
  test('of a stateful set', () => {
    const claims =
      'volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}}]';
    assert.deepEqual(defaultsOf(statefulSet, claims), {
      replicas: 1,
      serviceName: '',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'd' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
            volumeMode: 'Filesystem',
          },
          status: { phase: 'Pending' },
        },
      ],
    });
  });
  test('of a daemon set', () => {
    assert.deepEqual(defaultsOf(daemonSet), {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    });
  });
  test('of a replica set', () => assert.deepEqual(defaultsOf(replicaSet), { replicas: 1 }));
});

describe('refused', () => {
  const cases: readonly (readonly [AnyKind, string, readonly string[]])[] = [
    [deployment, `{template: {${POD}}}`, ['spec.selector: Required value']],
    [deployment, '{selector: {matchLabels: {app: web}}}', ['spec.template: Required value']],
    [
      deployment,
      `{selector: {matchLabels: {app: other}}, template: {${POD}}}`,
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    [
      deployment,
      `{selector: {}, template: {${POD}}}`,
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [deployment, spec('replicas: -1'), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      deployment,
      spec('minReadySeconds: 600'),
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      deployment,
      spec('strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}'),
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      deployment,
      spec('strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}'),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ],
    [
      deployment,
      spec('strategy: {rollingUpdate: {maxUnavailable: 101%}}'),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      deployment,
      spec('strategy: {type: Magic}'),
      ['spec.strategy.type: Unsupported value: "Magic": supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      deployment,
      '{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, containers: [{name: a, image: x}]}}}',
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      replicaSet,
      '{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {activeDeadlineSeconds: 1, containers: [{name: a, image: x}]}}}',
      ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported'],
    ],
    [
      statefulSet,
      spec('persistentVolumeClaimRetentionPolicy: {whenDeleted: Burn}'),
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Burn": supported values: "Delete", "Retain"',
      ],
    ],
    [
      statefulSet,
      spec('updateStrategy: {rollingUpdate: {maxUnavailable: 0}}'),
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0'],
    ],
    [
      daemonSet,
      spec('updateStrategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}'),
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
    [
      daemonSet,
      spec('updateStrategy: {rollingUpdate: {maxUnavailable: 0}}'),
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
  ];
  for (const [kind, given, errors] of cases) {
    test(`${kind.kind}: ${errors[0]}`, () => assert.deepEqual(judgeSpec(kind, given).errors, errors));
  }
});

test('a mount may name a claim template', () => {
  const given = `{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: x, volumeMounts: [{name: d, mountPath: /d}]}]}}, volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}`;
  assert.deepEqual(judgeSpec(statefulSet, given).errors, []);
});

describe('an update', () => {
  for (const kind of [deployment, replicaSet, daemonSet] as AnyKind[]) {
    test(`does not change the selector of a ${kind.kind}`, () => {
      const errors = updateErrors(kind, stored(kind), (object) => {
        const given = object['spec'] as { selector: unknown; template: { metadata: unknown } };
        given.selector = { matchLabels: { app: 'other' } };
        given.template.metadata = { labels: { app: 'other' } };
      });
      assert.deepEqual(errors, ['spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable']);
    });
  }
  test('changes some fields of a stateful set only', () => {
    const before = stored(statefulSet);
    assert.deepEqual(
      updateErrors(statefulSet, before, (object) => Object.assign(object['spec'] as object, { replicas: 3 })),
      [],
    );
    assert.deepEqual(
      updateErrors(statefulSet, before, (object) => Object.assign(object['spec'] as object, { serviceName: 'x' })),
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    );
  });
});

test('columns show how many pods there are', () => {
  const status = parse('{replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1}') as unknown;
  const cells = (kind: AnyKind, given: unknown) =>
    rowOf(kind, 'v1', { ...stored(kind, 'replicas: 3'), status: given }, 0).slice(1);
  assert.deepEqual(cells(deployment, status), ['2/3', 3, 1, '<unknown>', 'a', 'x:1', 'app=web']);
  assert.deepEqual(cells(replicaSet, status), [3, 3, 2, '<unknown>', 'a', 'x:1', 'app=web']);
  assert.deepEqual(cells(statefulSet, status), ['2/3', '<unknown>', 'a', 'x:1']);
  assert.deepEqual(cells(deployment, undefined).slice(0, 3), ['0/3', 0, 0]);
});

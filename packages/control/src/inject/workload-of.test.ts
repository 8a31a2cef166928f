import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalLabels, workloadOf } from './workload-of.ts';

function workload(owner: { kind: string; name: string; apiVersion?: string } | undefined, labels = {}) {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'x/v1', controller: true, ...owner }];
  const { apiVersion, kind, name } = workloadOf({ metadata: { name: 'pod-1', labels, ownerReferences } }, 'ns');
  return `${apiVersion} ${kind} ${name}`;
}

describe('the workload of a pod', () => {
  it('is what made its controller', () => {
    const hash = { 'pod-template-hash': '6d5f8c9b7' };
    assert.equal(workload({ kind: 'ReplicaSet', name: 'web-6d5f8c9b7' }, hash), 'apps/v1 Deployment web');
    assert.equal(
      workload({ kind: 'ReplicaSet', name: 'web-6d5f8c9b7' }, { ...hash, 'rollouts-pod-template-hash': '1' }),
      'argoproj.io/v1alpha1 Rollout web',
    );
    assert.equal(workload({ kind: 'ReplicaSet', name: 'alone' }, hash), 'x/v1 ReplicaSet alone');
    assert.equal(workload({ kind: 'Job', name: 'nightly-28123456' }), 'batch/v1 CronJob nightly');
    assert.equal(workload({ kind: 'Job', name: 'once-1' }), 'x/v1 Job once-1');
    assert.equal(
      workload({ kind: 'ReplicationController', name: 'dc-1' }, { deploymentconfig: 'dc' }),
      'apps.openshift.io/v1 DeploymentConfig dc',
    );
    assert.equal(workload({ kind: 'StatefulSet', name: 'db' }), 'x/v1 StatefulSet db');
    assert.equal(workload(undefined), 'v1 Pod pod-1');
  });

  it('gives the canonical name and revision unless labels do', () => {
    const own = { apiVersion: 'v1', kind: 'Pod', name: `${'x'.repeat(62)}-y`, namespace: 'ns' };
    const labels = (given: Record<string, string>) =>
      Object.values(canonicalLabels({ metadata: { labels: given } }, own));
    assert.deepEqual(labels({}), ['x'.repeat(62), 'latest']);
    assert.deepEqual(labels({ app: 'a', version: 'v1' }), ['a', 'v1']);
    assert.deepEqual(labels({ app: 'a', 'app.kubernetes.io/name': 'b' }), ['b', 'latest']);
    assert.deepEqual(labels({ app: 'a', 'service.istio.io/canonical-name': 'c' }), ['c', 'latest']);
  });
});

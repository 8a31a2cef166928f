import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../test-support/judge.ts';
import { lease } from './lease.ts';

const errorsOf = (spec: object): readonly string[] =>
  judge(lease, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'x' }, spec }).errors;

test('a lease that was given up has an empty holder, as client libraries write it', () => {
  assert.deepEqual(errorsOf({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3 }), []);
});

test('durations are positive and counts are not negative', () => {
  assert.deepEqual(errorsOf({ leaseDurationSeconds: 0, leaseTransitions: -1 }), [
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
  ]);
});

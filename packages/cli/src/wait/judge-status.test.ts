import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeStatus } from './judge-status.ts';

const object = (generation: number, ...conditions: readonly object[]) => ({
  metadata: { generation },
  status: { conditions },
});
const accepted = (status: string, message = '', observedGeneration = 2) => ({
  type: 'Accepted',
  status,
  message,
  observedGeneration,
});
const reconciled = (status: string, reason: string, message: string, observedGeneration = 2) => ({
  type: 'Reconciled',
  status,
  reason,
  message,
  observedGeneration,
});

test('an object is effective when all proxies run its newest generation', () => {
  const running = reconciled('True', 'Effective', '3 of 3 proxies run it');
  assert.deepEqual(judgeStatus(object(2, accepted('True'), running), 'effective'), {
    kind: 'reached',
    message: '3 of 3 proxies run it',
  });
  const progress = reconciled('False', 'Progressing', '2 of 3 proxies run it');
  assert.equal(judgeStatus(object(2, progress), 'effective').kind, 'waiting');
});

test('conditions of the generation before say nothing', () => {
  const old = [accepted('False', 'no such host', 1), reconciled('True', 'Effective', 'all', 1)];
  for (const goal of ['effective', 'accepted'] as const) {
    assert.deepEqual(judgeStatus(object(2, ...old), goal), {
      kind: 'waiting',
      message: 'the control plane has not told of generation 2 yet',
    });
  }
  assert.equal(judgeStatus({ metadata: { generation: 1 } }, 'effective').kind, 'waiting');
});

test('what is not accepted will not be effective, and refusals are told', () => {
  assert.deepEqual(judgeStatus(object(2, accepted('False', 'no such host')), 'effective'), {
    kind: 'failed',
    message: 'not accepted: no such host',
  });
  assert.equal(judgeStatus(object(2, reconciled('False', 'Refused', 'a refuses x')), 'effective').kind, 'refused');
});

test('statuses of Istio are read too: their generation is text, and of the status as a whole', () => {
  const status = { observedGeneration: '2', conditions: [{ type: 'Reconciled', status: 'True', message: '5/5' }] };
  assert.equal(judgeStatus({ metadata: { generation: 2 }, status }, 'effective').kind, 'reached');
  assert.equal(judgeStatus({ metadata: { generation: 3 }, status }, 'effective').kind, 'waiting');
});

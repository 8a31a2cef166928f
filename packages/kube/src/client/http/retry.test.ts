import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceUnavailable, tooManyRequests } from '../../shared/api-errors.ts';
import { connectionError } from './connection-error.ts';
import { decideRetry } from './retry.ts';

const reset = connectionError('https://server', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
const refused = connectionError('https://server', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

test('after a broken connection only reads are sent again', () => {
  assert.equal(decideRetry('GET', reset, undefined).kind, 'retry');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    assert.equal(decideRetry(method, reset, undefined).kind, 'fail', method);
  }
  assert.equal(decideRetry('GET', refused, undefined).kind, 'fail', 'nobody is there');
});

test('a busy server is asked again by everybody, when it says', () => {
  assert.deepEqual(decideRetry('POST', tooManyRequests(2), undefined), { kind: 'retry', afterMs: 2000 });
  assert.deepEqual(decideRetry('POST', serviceUnavailable('x'), '1'), { kind: 'retry', afterMs: 1000 });
  assert.equal(decideRetry('POST', serviceUnavailable('x'), undefined).kind, 'fail');
  assert.equal(decideRetry('GET', serviceUnavailable('x'), undefined).kind, 'retry');
  assert.equal(decideRetry('GET', tooManyRequests(1), '3600').kind, 'fail', 'an hour is not waited for');
});

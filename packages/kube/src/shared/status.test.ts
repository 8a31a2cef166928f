import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeshError } from '@weft/core';
import { badRequest, conflict, internalError, notFound, tooManyRequests } from './api-errors.ts';
import { ApiStatusError, isApiStatusError, statusErrorOf, successStatus } from './status.ts';

const pods = { group: '', plural: 'pods' };

test('an error becomes the Status object of the real API server', () => {
  const error = notFound({ group: 'networking.istio.io', plural: 'virtualservices' }, 'x');
  assert.equal(
    JSON.stringify(error.toStatus()),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"virtualservices.networking.istio.io \\"x\\" not found",' +
      '"reason":"NotFound","details":{"name":"x","group":"networking.istio.io","kind":"virtualservices"},"code":404}',
  );
  assert.ok(isMeshError(error));
  assert.equal(error.code, 'MESH_API_STATUS');
});

test('empty details are left out as Go leaves them out', () => {
  assert.deepEqual(notFound(pods, 'x').toStatus().details, { name: 'x', kind: 'pods' });
  assert.equal(badRequest('no').toStatus().details, undefined);
  assert.deepEqual(successStatus({ name: 'x', group: '', kind: 'pods', uid: 'u' }).details, {
    name: 'x',
    kind: 'pods',
    uid: 'u',
  });
});

test('only what may pass by itself is marked as worth a retry', () => {
  assert.equal(tooManyRequests(1).retry, 'safe');
  assert.equal(conflict(pods, 'x').retry, 'never');
  assert.equal(internalError(new Error('x')).retry, 'never');
});

test('reasons can be asked for', () => {
  const error: unknown = notFound(pods, 'x');
  assert.ok(isApiStatusError(error));
  assert.ok(isApiStatusError(error, 'Conflict', 'NotFound'));
  assert.ok(!isApiStatusError(error, 'Conflict'));
  assert.ok(!isApiStatusError(new Error('x')));
});

test('a Status that a server answered is read back into the same error', () => {
  const error = conflict(pods, 'x');
  const back = statusErrorOf(409, JSON.parse(JSON.stringify(error.toStatus())));
  assert.deepEqual(back.toStatus(), error.toStatus());
  assert.ok(back instanceof ApiStatusError);
});

test('an answer that is no Status is still told', () => {
  const error = statusErrorOf(503, ' upstream connect error ');
  assert.equal(error.reason, 'ServiceUnavailable');
  assert.equal(
    error.message,
    'the server responded with the status code 503 but did not return more information: upstream connect error',
  );
  assert.equal(statusErrorOf(404, { kind: 'Pod' }).reason, 'NotFound');
  assert.equal(statusErrorOf(418, undefined).reason, '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath, IssueReport } from '@weft/api';
import * as apiErrors from './api-errors.ts';
import type { ApiStatusError } from './status.ts';

const pods = { group: '', plural: 'pods' };
const virtualServices = { group: 'networking.istio.io', plural: 'virtualservices' };
const virtualService = { group: 'networking.istio.io', kind: 'VirtualService' };
const denied = { kind: 'resource', user: 'u', verb: 'get', group: '', resource: 'pods' } as const;

const TEXTS: readonly [ApiStatusError, number, string, string][] = [
  [apiErrors.alreadyExists(pods, 'a'), 409, 'AlreadyExists', 'pods "a" already exists'],
  [
    apiErrors.conflict(virtualServices, 'x'),
    409,
    'Conflict',
    'Operation cannot be fulfilled on virtualservices.networking.istio.io "x": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    apiErrors.forbiddenAction({ ...denied, namespace: 'ns' }),
    403,
    'Forbidden',
    'pods is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "ns"',
  ],
  [
    apiErrors.forbiddenAction({ ...denied, subresource: 'status', name: 'a', why: 'no role' }),
    403,
    'Forbidden',
    'pods "a" is forbidden: User "u" cannot get resource "pods/status" in API group "" at the cluster scope: no role',
  ],
  [
    apiErrors.forbiddenAction({ kind: 'path', user: 'u', verb: 'get', path: '/metrics' }),
    403,
    'Forbidden',
    'forbidden: User "u" cannot get path "/metrics"',
  ],
  [apiErrors.unauthorized(), 401, 'Unauthorized', 'Unauthorized'],
  [
    apiErrors.methodNotAllowed(),
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  ],
  [
    apiErrors.unsupportedMediaType(['application/json', 'application/yaml']),
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  ],
  [
    apiErrors.noneOfferable(['application/json']),
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json',
  ],
  [
    apiErrors.requestEntityTooLarge('limit is 3145728'),
    413,
    'RequestEntityTooLarge',
    'Request entity too large: limit is 3145728',
  ],
  [apiErrors.resourceVersionTooOld(1, 5), 410, 'Expired', 'too old resource version: 1 (5)'],
  [apiErrors.internalError(new Error('boom')), 500, 'InternalError', 'Internal error occurred: boom'],
  [apiErrors.timeout('too slow'), 504, 'Timeout', 'Timeout: too slow'],
  [apiErrors.unknownPath(), 404, 'NotFound', 'the server could not find the requested resource'],
];

for (const [error, code, reason, message] of TEXTS) {
  test(`says: ${message}`, () => {
    assert.deepEqual([error.statusCode, error.reason, error.message], [code, reason, message]);
  });
}

function issuesOf(fill: (report: IssueReport) => void) {
  const report = new IssueReport();
  fill(report);
  return report.issues;
}

test('one issue is told plainly, several in brackets, repeated ones once; every one is a cause', () => {
  const at = FieldPath.root.child('spec', 'a');
  const one = apiErrors.invalid(
    virtualService,
    'x',
    issuesOf((r) => r.invalid(at, 1, 'must be 2')),
  );
  assert.equal(one.message, 'VirtualService.networking.istio.io "x" is invalid: spec.a: Invalid value: 1: must be 2');
  const several = apiErrors.invalid(
    { group: '', kind: 'Pod' },
    'x',
    issuesOf((r) => {
      r.invalid(at, 1, 'must be 2');
      r.invalid(at, 1, 'must be 2');
      r.required(FieldPath.root.child('spec', 'b'));
    }),
  );
  assert.equal(several.message, 'Pod "x" is invalid: [spec.a: Invalid value: 1: must be 2, spec.b: Required value]');
  assert.equal(several.details?.causes?.length, 3);
  assert.deepEqual(several.details?.causes?.[2], {
    reason: 'FieldValueRequired',
    message: 'Required value',
    field: 'spec.b',
  });
});

test('an apply conflict names the manager and the field, and each conflict is a cause', () => {
  const error = apiErrors.applyConflict([
    { manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion: 'apps/v1', field: '.spec.replicas' },
  ]);
  assert.equal(
    error.message,
    'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
  );
  assert.deepEqual(apiErrors.causesOf(error, 'FieldManagerConflict'), [
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl-client-side-apply" using apps/v1',
      field: '.spec.replicas',
    },
  ]);
});

test('several apply conflicts are grouped by manager', () => {
  const error = apiErrors.applyConflict([
    { manager: 'foo', operation: 'Update', apiVersion: 'v1', subresource: 'scale', field: '.spec.replicas' },
    { manager: 'bar', operation: 'Apply', field: '.metadata.labels.app' },
    { manager: 'bar', operation: 'Apply', field: '.spec.a' },
  ]);
  assert.equal(
    error.message,
    'Apply failed with 3 conflicts: conflicts with "bar":\n- .metadata.labels.app\n- .spec.a\n' +
      'conflicts with "foo" with subresource "scale" using v1:\n- .spec.replicas',
  );
});

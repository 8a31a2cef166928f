/** Bodies as client libraries send them: with members that the client did not mean, empty and null as Go writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestApi } from './support/api.ts';

const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const metadata = { creationTimestamp: null };

test('what a client says in the status of a review is not looked at', async (t) => {
  const api = await createTestApi(t);
  const status = { incomplete: false, nonResourceRules: null, resourceRules: null };
  const rules = {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata,
    spec: { namespace: 'default' },
    status,
  };
  const listed = await api.ask('POST', `${AUTHORIZATION}/selfsubjectrulesreviews`, { body: rules });
  assert.equal(listed.status, 201, listed.text);
  assert.ok(listed.json.status.resourceRules.length > 0);
  // Newer clients send protobuf, which has nothing for what is empty.
  const without = await api.ask('POST', `${AUTHORIZATION}/selfsubjectrulesreviews`, { body: { ...rules, status: {} } });
  assert.equal(without.status, 201, without.text);
  const access = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata,
    status: { allowed: false },
  };
  const spec = { resourceAttributes: { verb: 'get', resource: 'pods' } };
  const asked = await api.ask('POST', `${AUTHORIZATION}/selfsubjectaccessreviews`, { body: { ...access, spec } });
  assert.equal(asked.status, 201, asked.text);
  assert.equal(asked.json.status.allowed, true);
});

test('a request for a token may have an empty status and no bound object', async (t) => {
  const api = await createTestApi(t, {
    issuer: {
      url: 'https://kubernetes.default.svc',
      algorithms: ['ES256'],
      issue: () => ({
        token: 'a.b.c',
        audiences: ['mesh'],
        issuedAt: '2026-01-01T00:00:00Z',
        expiresAt: '2026-01-01T00:10:00Z',
      }),
      checker: () => ({ name: 'none', check: () => ({ kind: 'none' }) }),
      jwks: () => ({ keys: [] }),
    },
  });
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await api.ask('POST', accounts, { body: { metadata: { name: 'robot' } } });
  const spec = { audiences: ['mesh'], expirationSeconds: 600, boundObjectRef: null };
  for (const status of [{ token: '', expirationTimestamp: null }, {}]) {
    const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata, spec, status };
    const issued = await api.ask('POST', `${accounts}/robot/token`, { body });
    assert.equal(issued.status, 201, issued.text);
    assert.equal(issued.json.status.token, 'a.b.c');
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerAuthenticator, fixedToken } from './bearer.ts';

const user = { username: 'owner', groups: ['system:masters'] };
const authenticator = bearerAuthenticator([fixedToken('s3cret', user)]);

function authenticate(authorization: string | undefined): string {
  return authenticator.authenticate({ authorization, certificate: undefined }).kind;
}

test('knows its token, refuses every other credential, and leaves those without one to others', () => {
  assert.equal(authenticate('Bearer s3cret'), 'user');
  assert.equal(authenticate('bearer   s3cret '), 'user');
  assert.equal(authenticate('Bearer wrong'), 'refused');
  assert.equal(authenticate('Bearer'), 'refused');
  assert.equal(authenticate('Basic b3duZXI6cHc='), 'refused');
  assert.equal(authenticate('Bearer s3cret extra'), 'refused');
  assert.equal(authenticate(`Bearer ${'x'.repeat(20_000)}`), 'refused');
  assert.equal(authenticate(undefined), 'none');
});

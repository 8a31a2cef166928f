import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { isSecretName, redactText } from './redact.ts';
import { Secret } from './secret.ts';

test('names of secrets are recognised in every spelling, names about secrets are not', () => {
  for (const name of [
    'authorization',
    'Authorization',
    'proxy-authorization',
    'token',
    'accessToken',
    'ACCESS_TOKEN',
    'x-auth-token',
    'password',
    'dbPasswd',
    'clientSecret',
    'cookie',
    'set-cookie',
    'Set-Cookie',
    'key',
    'tls.key',
    'privateKey',
    'client-key-data',
    'apiKey',
    'credentials',
    'jwt',
    'passphrase',
  ]) {
    assert.equal(isSecretName(name), true, name);
  }
  for (const name of [
    'name',
    'secretName',
    'credentialName',
    'tokenCount',
    'token_type',
    'secret-namespace',
    'publicKey',
    'keyId',
    'monkeys-paw',
    'authorizationPolicy',
    'path',
    'code',
    '',
  ]) {
    assert.equal(isSecretName(name), false, name);
  }
});

test('secrets in running text are hidden, the rest of the text stays', () => {
  const pem = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI\n-----END EC PRIVATE KEY-----';
  const cases: readonly (readonly [string, string])[] = [
    ['Authorization: Bearer abc.def-123, next', 'Authorization: Bearer [redacted], next'],
    ['sent basic dXNlcjpwYXNz== ok', 'sent basic [redacted] ok'],
    [`a ${pem} b`, 'a -----BEGIN EC PRIVATE KEY-----[redacted] b'],
    [`cut ${pem.slice(0, 40)}`, 'cut -----BEGIN EC PRIVATE KEY-----[redacted]'],
    ['eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln end', '[redacted] end'],
    ['postgres://maria:hunter2@db:5432/x', 'postgres://maria:[redacted]@db:5432/x'],
    ['GET /cb?access_token=s3cret&x=1', 'GET /cb?access_token=[redacted]&x=1'],
    ['bearer of bad news', 'bearer of bad news'],
    [
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    ],
  ];
  for (const [text, expected] of cases) assert.equal(redactText(text), expected);
});

test('a private key never survives, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.base64String({ minLength: 8 }), (before, after, body) => {
      const out = redactText(`${before}\n-----BEGIN PRIVATE KEY-----\n#${body}#\n-----END PRIVATE KEY-----\n${after}`);
      assert.ok(!out.includes(`#${body}#`));
    }),
  );
});

test('hostile text costs linear time', () => {
  for (const unit of [
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'bearer ',
    'eyJ',
    '://a:',
    'token=',
    'eyJaaaaaa.',
  ]) {
    const started = performance.now();
    redactText(unit.repeat(20_000));
    assert.ok(performance.now() - started < 1_000, unit);
  }
});

test('a secret shows itself only when asked', () => {
  const secret = new Secret({ password: 'hunter2' });
  for (const shown of [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    `${String(secret)}`,
  ]) {
    assert.doesNotMatch(shown, /hunter2/);
    assert.match(shown, /\[redacted\]/);
  }
  assert.deepEqual(secret.reveal(), { password: 'hunter2' });
});

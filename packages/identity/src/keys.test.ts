import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '@weft/core';
import {
  generateKeyPair,
  keyPairFromPem,
  privateKeyToPem,
  publicKeyFrom,
  publicKeyToPem,
  samePublicKey,
} from './keys.ts';

test('both kinds go through PEM and come back the same', () => {
  for (const kind of ['P-256', 'RSA'] as const) {
    const keys = generateKeyPair(kind);
    const again = keyPairFromPem(privateKeyToPem(keys));
    assert.ok(again.kind === 'ok');
    assert.equal(again.value.kind, kind);
    assert.ok(samePublicKey(again.value.publicKey, keys.publicKey));
    const publicKey = publicKeyFrom(publicKeyToPem(keys.publicKey));
    assert.ok(publicKey.kind === 'ok' && samePublicKey(publicKey.value, keys.publicKey));
    const der = publicKeyFrom(keys.publicKey.export({ type: 'spki', format: 'der' }));
    assert.ok(der.kind === 'ok' && samePublicKey(der.value, keys.publicKey));
  }
});

test('a private key never prints, in whatever way it is tried', () => {
  const keys = generateKeyPair();
  const pem = privateKeyToPem(keys);
  for (const shown of [
    inspect(keys, { depth: 9, showHidden: true }),
    JSON.stringify(keys),
    String(pem),
    inspect(pem),
    JSON.stringify({ pem }),
  ]) {
    assert.doesNotMatch(shown, /BEGIN|"d"/);
    assert.match(shown, /\[redacted\]/);
  }
});

test('PEM forms of other tools are read', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.equal(keyPairFromPem(new Secret(privateKey.export({ type: 'sec1', format: 'pem' }) as string)).kind, 'ok');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  assert.equal(keyPairFromPem(new Secret(rsa.export({ type: 'pkcs1', format: 'pem' }) as string)).kind, 'ok');
});

test('weak, unusual and broken keys are refused by name, without quoting them', () => {
  const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
    new Secret(key.export({ type: 'pkcs8', format: 'pem' }) as string);
  const cases: readonly (readonly [Secret<string>, RegExp])[] = [
    [pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), /1024 bits/],
    [pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey), /curve secp384r1/],
    [pem(generateKeyPairSync('ed25519').privateKey), /type ed25519/],
    [new Secret('-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----'), /cannot be read/],
    [new Secret('x'.repeat(40_000)), /too long/],
  ];
  for (const [text, pattern] of cases) {
    const read = keyPairFromPem(text);
    assert.ok(read.kind === 'err');
    assert.match(read.error.message, pattern);
    assert.doesNotMatch(inspect(read.error), /hunter2/);
  }
  const sent = publicKeyFrom(privateKeyToPem(generateKeyPair()).reveal());
  assert.ok(sent.kind === 'err' && /a private one was given/.test(sent.error.message));
});

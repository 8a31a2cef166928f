import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { formatJwks, jwkThumbprint, parseJwks, type VerificationKey, verificationKey } from './jwks.ts';
import { type JwtClaims, signJwt, type VerifyJwtOptions, verifyJwt } from './jwt.ts';
import { generateKeyPair, publicKeyToPem } from './keys.ts';

const NOW_S = 1_800_000_000;
const ec = generateKeyPair('P-256');
const rsa = generateKeyPair('RSA');
const ecKey = unwrap(verificationKey(ec.publicKey));
const rsaKey = unwrap(verificationKey(rsa.publicKey));
const claims: JwtClaims = { iss: 'https://issuer', sub: 'cart', aud: ['api', 'mesh'], exp: NOW_S + 600, iat: NOW_S };

function options(overrides: Partial<VerifyJwtOptions> = {}): VerifyJwtOptions {
  return { keys: [ecKey, rsaKey], algorithms: ['ES256', 'RS256'], nowMs: NOW_S * 1_000, ...overrides };
}

function reasonOf(token: string, overrides: Partial<VerifyJwtOptions> = {}): string {
  const result = verifyJwt(token, options(overrides));
  assert.ok(result.kind === 'err', 'the token was accepted');
  assert.equal(result.error.code, 'MESH_JWT');
  return result.error.message;
}

/** A token with any header, signed as its maker likes. */
function craft(header: unknown, payload: unknown, signer: (input: string) => string): string {
  const input = `${encodeBase64Url(JSON.stringify(header))}.${encodeBase64Url(JSON.stringify(payload))}`;
  return `${input}.${signer(input)}`;
}

test('what is signed is verified, with either kind of key', () => {
  for (const keys of [ec, rsa]) {
    const verified = unwrap(
      verifyJwt(signJwt(claims, keys), options({ issuers: ['https://issuer'], audiences: ['api'] })),
    );
    assert.deepEqual(verified.claims, claims);
    assert.equal(verified.key.key.equals(keys.publicKey), true);
  }
});

test('an independent implementation agrees on our signatures, and we on its', async () => {
  const parameters = {
    ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  };
  for (const [keys, alg] of [
    [ec, 'ES256'],
    [rsa, 'RS256'],
  ] as const) {
    const token = signJwt(claims, keys);
    const at = token.lastIndexOf('.');
    const publicKey = keys.publicKey.toCryptoKey(parameters[alg], true, ['verify']);
    const signature = Buffer.from(token.slice(at + 1), 'base64url');
    assert.ok(await webcrypto.subtle.verify(parameters[alg], publicKey, signature, Buffer.from(token.slice(0, at))));
    const privateKey = keys.privateKey.reveal().toCryptoKey(parameters[alg], false, ['sign']);
    const input = `${encodeBase64Url(JSON.stringify({ alg }))}.${encodeBase64Url(JSON.stringify(claims))}`;
    const theirs = await webcrypto.subtle.sign(parameters[alg], privateKey, Buffer.from(input));
    assert.equal(verifyJwt(`${input}.${Buffer.from(theirs).toString('base64url')}`, options()).kind, 'ok');
  }
});

test('a token cannot choose how it is checked', () => {
  assert.match(reasonOf(craft({ alg: 'none' }, claims, () => 'AA')), /algorithm "none" is not one of/);
  assert.match(reasonOf(craft({ alg: 'none' }, claims, () => '')), /three parts/);
  assert.match(reasonOf(craft({ alg: 'NONE' }, claims, () => 'AA')), /algorithm "NONE"/);
  const pem = publicKeyToPem(rsa.publicKey);
  const hmac = (input: string) => createHmac('sha256', pem).update(input).digest('base64url');
  assert.match(reasonOf(craft({ alg: 'HS256', kid: rsaKey.kid }, claims, hmac)), /algorithm "HS256"/);
  assert.match(reasonOf(craft({ alg: 'RS256', kid: rsaKey.kid }, claims, hmac)), /signature does not fit/);
  // The key fixes the algorithm: an elliptic key is never used as RS256.
  assert.match(reasonOf(craft({ alg: 'RS256', kid: ecKey.kid }, claims, hmac)), /no trusted RS256 key/);
  assert.match(reasonOf(signJwt(claims, rsa), { algorithms: ['ES256'] }), /algorithm "RS256" is not one of ES256/);
  const own = generateKeyPair();
  const jwk = own.publicKey.export({ format: 'jwk' });
  const foreign = (input: string) => signJwt({}, own).split('.')[2] ?? input;
  assert.match(reasonOf(craft({ alg: 'ES256', jwk }, claims, foreign)), /signature does not fit/);
  assert.match(reasonOf(craft({ alg: 'ES256', crit: ['b64'], b64: false }, claims, foreign)), /critical headers/);
});

test('times are checked with leeway, to the millisecond', () => {
  const at = (ms: number, some: JwtClaims) =>
    verifyJwt(signJwt(some, ec), options({ nowMs: NOW_S * 1_000 + ms, leewayMs: 500 })).kind;
  const exp = { exp: NOW_S };
  assert.equal(at(499, exp), 'ok');
  assert.equal(at(500, exp), 'err');
  for (const name of ['nbf', 'iat']) {
    assert.equal(at(-500, { exp: NOW_S + 60, [name]: NOW_S }), 'ok');
    assert.equal(at(-501, { exp: NOW_S + 60, [name]: NOW_S }), 'err');
  }
  assert.match(reasonOf(signJwt({ exp: NOW_S - 3_600 }, ec)), /expired at 2027-01-15T07:00:00.000Z/);
  assert.match(reasonOf(signJwt({ sub: 'x' }, ec)), /no expiry/);
  for (const exp of ['1900000000', null, true])
    assert.match(reasonOf(signJwt({ exp } as never, ec)), /exp is not a number/);
  assert.match(reasonOf(signJwt({ exp: 1e300 as number, nbf: 1e300 }, ec)), /not valid before/);
});

test('issuer and audience must be exactly one of the expected', () => {
  assert.match(
    reasonOf(signJwt(claims, ec), { issuers: ['https://issue', 'https://issuer/'] }),
    /issuer "https:\/\/issuer" is not trusted/,
  );
  assert.match(reasonOf(signJwt({ exp: NOW_S + 1 }, ec), { issuers: ['a'] }), /issuer undefined/);
  assert.match(reasonOf(signJwt(claims, ec), { audiences: ['ap'] }), /audience \["api","mesh"\] is not one of ap/);
  assert.match(reasonOf(signJwt({ exp: NOW_S + 1 }, ec), { audiences: ['api'] }), /audience undefined/);
  assert.match(reasonOf(signJwt({ ...claims, aud: [1] } as never, ec)), /audience is not a list of texts/);
  assert.match(reasonOf(signJwt({ ...claims, iss: 1 } as never, ec)), /issuer is not a text/);
  assert.equal(verifyJwt(signJwt({ ...claims, aud: 'api' }, ec), options({ audiences: ['x', 'api'] })).kind, 'ok');
});

test('keys are found by id; a token without one is tried on all that fit', () => {
  assert.match(reasonOf(signJwt(claims, ec, 'unknown')), /no trusted ES256 key has the id "unknown"/);
  const key = { key: ec.privateKey.reveal(), dsaEncoding: 'ieee-p1363' as const };
  const signer = (input: string) => sign('sha256', Buffer.from(input), key).toString('base64url');
  assert.equal(verifyJwt(craft({ alg: 'ES256' }, claims, signer), options()).kind, 'ok');
  assert.match(reasonOf(craft({ alg: 'ES256' }, claims, () => '!!')), /its signature is not base64url/);
  const nameless: VerificationKey = { ...ecKey, kid: undefined };
  assert.match(reasonOf(signJwt(claims, ec), { keys: [nameless] }), /no trusted ES256 key/);
  assert.match(reasonOf(signJwt(claims, generateKeyPair(), ecKey.kid)), /signature does not fit/);
});

test('tokens of the wrong form or size are refused unread', () => {
  const token = signJwt(claims, ec);
  for (const wrong of ['', 'a', 'a.b', 'a.b.', '.b.c', 'a.b.c.d', `${token}.x`])
    assert.match(reasonOf(wrong), /three parts/, wrong);
  for (const wrong of [` ${token}`, `${token}=`, `${token}\n`]) assert.match(reasonOf(wrong), /base64url/, wrong);
  assert.match(reasonOf('x'.repeat(20_000)), /longer than 16384/);
  assert.match(reasonOf(craft([], claims, () => 'AA')), /header is not a JSON object/);
});

test('no token with one character changed is accepted', () => {
  const token = signJwt(claims, ec);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...Array.from(alphabet)), (at, character) => {
      fc.pre(token[at] !== character);
      reasonOf(token.slice(0, at) + character + token.slice(at + 1));
    }),
    { numRuns: 1_000 },
  );
});

test('any text at all is refused without an exception', () => {
  const segment = fc.oneof(
    fc.string(),
    fc.json().map((json) => encodeBase64Url(json)),
    fc.base64String(),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(segment, segment, segment).map((parts) => parts.join('.')),
      ),
      (token) => {
        reasonOf(token);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('base64url is strict: one text for one sequence of bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) =>
      assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), Buffer.from(bytes)),
    ),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('A', 'B', '_', '-', 'Q', '=', '+', ' ', '\n'), maxLength: 9 }),
      (text) => {
        const bytes = decodeBase64Url(text);
        if (bytes !== undefined) assert.equal(encodeBase64Url(bytes), text);
      },
    ),
  );
  for (const text of ['QQ==', 'QR', 'A', 'Q Q', 'Q+', 'Q/', 'QQ\n'])
    assert.equal(decodeBase64Url(text), undefined, text);
});

test('the thumbprint is the one of RFC 7638, §3.1', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  assert.equal(jwkThumbprint(key), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

test('a key set is published and read back, and verifies tokens', () => {
  const set = unwrap(parseJwks(JSON.stringify(formatJwks([ecKey, rsaKey]))));
  assert.deepEqual(
    set.keys.map((key) => [key.kid, key.algorithm]),
    [
      [ecKey.kid, 'ES256'],
      [rsaKey.kid, 'RS256'],
    ],
  );
  assert.equal(verifyJwt(signJwt(claims, rsa), options({ keys: set.keys })).kind, 'ok');
  assert.doesNotMatch(JSON.stringify(formatJwks([ecKey])), /"d"/);
});

test('foreign keys of a set are skipped with a reason, dangerous and broken sets refused', () => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const good = ec.publicKey.export({ format: 'jwk' });
  const keys = [
    { kty: 'oct', k: 'c2VjcmV0' },
    p384,
    weak,
    { ...good, use: 'enc' },
    { ...good, alg: 'HS256' },
    { kty: 'EC' },
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    good,
  ];
  const set = unwrap(parseJwks(JSON.stringify({ keys })));
  assert.equal(set.keys.length, 1);
  assert.equal(set.skipped.length, 7);
  assert.match(set.skipped[0] ?? '', /keys\[0\]: kty "oct" is not used/);
  const privateJwk = ec.privateKey.reveal().export({ format: 'jwk' });
  for (const [text, pattern] of [
    [JSON.stringify({ keys: [privateJwk] }), /private key, which must never be published/],
    ['{"keys": [', /unexpected end of JSON input at line 1, column 11/],
    ['[]', /no list "keys"/],
    ['{"keys": [1]}', /keys\[0\] is not an object/],
    [JSON.stringify({ keys: new Array(101).fill(good) }), /101 keys, more than 100/],
  ] as const) {
    const refused = parseJwks(text);
    assert.ok(refused.kind === 'err' && pattern.test(refused.error.message), text.slice(0, 40));
    assert.doesNotMatch(refused.error.message, new RegExp(privateJwk.d ?? 'x'));
  }
});

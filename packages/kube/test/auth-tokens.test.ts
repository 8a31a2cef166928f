/** Service-account tokens from request to refusal, and who learns of them. */
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, verify } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '@weft/core';
import { generateKeyPair, publicKeyToPem } from '@weft/identity';
import { FakeClock } from '@weft/testkit';
import { JwtIssuer } from '../src/server/index.ts';
import { createTestApi, type TestApi } from './support/api.ts';

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const AUDIENCE = 'https://kubernetes.default.svc.cluster.local';

interface TokenApi extends TestApi {
  /** The clock of tokens. */
  readonly time: FakeClock;
  readonly publicKeyPem: string;
  token(spec?: object, account?: string): Promise<string>;
  /** Status of a request with the token. */
  statusWith(token: string): Promise<number>;
}

async function createTokenApi(t: TestContext): Promise<TokenApi> {
  const time = new FakeClock();
  const keys = generateKeyPair();
  const api = await createTestApi(t, { issuer: new JwtIssuer(keys, time, seededRandom(7)) });
  await api.ask('POST', ACCOUNTS, { body: { metadata: { name: 'web' } } });
  return {
    ...api,
    time,
    publicKeyPem: publicKeyToPem(keys.publicKey),
    token: async (spec = {}, account = 'web') => {
      const answer = await api.ask('POST', `${ACCOUNTS}/${account}/token`, { body: { spec } });
      assert.equal(answer.status, 201, answer.text);
      return answer.json.status.token as string;
    },
    statusWith: async (token) => (await api.ask('POST', SELF, { body: {}, authorization: `Bearer ${token}` })).status,
  };
}

test('a token says who its account is, until it expires', async (t) => {
  const api = await createTokenApi(t);
  const answer = await api.ask('POST', `${ACCOUNTS}/web/token`, { body: { spec: { expirationSeconds: 600 } } });
  const { token, expirationTimestamp } = answer.json.status;
  assert.equal(Date.parse(expirationTimestamp), api.time.now() + 600_000);
  assert.deepEqual(answer.json.spec.audiences, [AUDIENCE]);
  const { json } = await api.ask('POST', SELF, { body: {}, authorization: `Bearer ${token}` });
  assert.equal(json.status.userInfo.username, 'system:serviceaccount:default:web');
  assert.deepEqual(json.status.userInfo.groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:default',
    'system:authenticated',
  ]);
  api.time.advance(599_000);
  assert.equal(await api.statusWith(token), 201);
  api.time.advance(1_000);
  assert.equal(await api.statusWith(token), 401);
});

test('a token for another audience does not open this server, but a review for that audience knows it', async (t) => {
  const api = await createTokenApi(t);
  const token = await api.token({ audiences: ['vault'] });
  assert.equal(await api.statusWith(token), 401);
  const review = async (
    audiences?: string[],
  ): Promise<{ authenticated: boolean; audiences?: string[]; error?: string }> =>
    (await api.ask('POST', REVIEWS, { body: { spec: { token, audiences } } })).json.status;
  assert.deepEqual(await review(['vault', 'other']).then((s) => [s.authenticated, s.audiences]), [true, ['vault']]);
  const refused = await review();
  assert.equal(refused.authenticated, false);
  assert.match(refused.error ?? '', /audience/);
});

test('a token dies with its account, even when another of the same name follows', async (t) => {
  const api = await createTokenApi(t);
  const token = await api.token();
  await api.ask('DELETE', `${ACCOUNTS}/web`);
  assert.equal(await api.statusWith(token), 401);
  await api.ask('POST', ACCOUNTS, { body: { metadata: { name: 'web' } } });
  assert.equal(await api.statusWith(token), 401);
  assert.equal(await api.statusWith(await api.token()), 201);
});

test('a token dies with the pod that it is bound to, shortly after a graceful deletion', async (t) => {
  const api = await createTokenApi(t);
  const pods = '/api/v1/namespaces/default/pods';
  const pod = (name: string, account: string): object => ({
    metadata: { name },
    spec: { serviceAccountName: account, containers: [{ name: 'c', image: 'i' }], nodeName: 'n' },
  });
  const made = await api.ask('POST', pods, { body: pod('p', 'web') });
  assert.equal(made.status, 201, made.text);
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: made.json.metadata.uid };
  const token = await api.token({ boundObjectRef });
  const who = await api.ask('POST', SELF, { body: {}, authorization: `Bearer ${token}` });
  assert.deepEqual(who.json.status.userInfo.extra['authentication.kubernetes.io/pod-name'], ['p']);
  const wrongUid = await api.ask('POST', `${ACCOUNTS}/web/token`, {
    body: { spec: { boundObjectRef: { ...boundObjectRef, uid: 'x' } } },
  });
  assert.equal(wrongUid.status, 409);
  const wrongAccount = await api.ask('POST', `${ACCOUNTS}/default/token`, { body: { spec: { boundObjectRef } } });
  assert.equal(wrongAccount.status, 400);
  await api.ask('DELETE', `${pods}/p`, { body: { gracePeriodSeconds: 30 } });
  assert.equal(await api.statusWith(token), 201, 'the pod still ends');
  api.time.advance(91_000);
  assert.equal(await api.statusWith(token), 401);
  const second = await api.ask('POST', pods, { body: pod('q', 'web') });
  const other = await api.token({ boundObjectRef: { kind: 'Pod', name: 'q', uid: second.json.metadata.uid } });
  await api.ask('DELETE', `${pods}/q`, { body: { gracePeriodSeconds: 0 } });
  assert.equal(await api.statusWith(other), 401);
});

test('a token that was tampered with, or signed by anybody else in any way, is refused', async (t) => {
  const api = await createTokenApi(t);
  const token = await api.token();
  const [header = '', payload = '', signature = ''] = token.split('.');
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
  const admin = encode({ ...claims, sub: 'system:serviceaccount:kube-system:admin' });
  const hs = encode({ alg: 'HS256', kid, typ: 'JWT' });
  const hmac = createHmac('sha256', api.publicKeyPem).update(`${hs}.${payload}`).digest('base64url');
  const other = new JwtIssuer(generateKeyPair(), api.time, seededRandom(9)).issue({
    namespace: 'default',
    name: 'web',
    uid: String((claims['kubernetes.io'] as { serviceaccount: { uid: string } }).serviceaccount.uid),
    audiences: [],
    expirationSeconds: 600,
    bound: undefined,
  }).token;
  const flipped = `${signature.slice(0, -3)}${signature.at(-3) === 'A' ? 'B' : 'A'}${signature.slice(-2)}`;
  const forged: Record<string, string> = {
    payload: `${header}.${admin}.${signature}`,
    signature: `${header}.${payload}.${flipped}`,
    'no signature': `${header}.${payload}.`,
    'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'alg none with a signature': `${encode({ alg: 'none', kid })}.${payload}.${signature}`,
    'HMAC with the public key': `${hs}.${payload}.${hmac}`,
    'another key': other,
    'a key in the header': `${encode({ alg: 'ES256', jwk: { kty: 'EC' }, jku: 'https://evil' })}.${payload}.${signature}`,
    'two tokens': `${token}.${token}`,
    rubbish: 'a.b.c',
    empty: '',
  };
  for (const [what, forgedToken] of Object.entries(forged)) assert.equal(await api.statusWith(forgedToken), 401, what);
  assert.equal(await api.statusWith(token), 201);
});

test('requests for impossible tokens are refused by name', async (t) => {
  const api = await createTokenApi(t);
  const ask = async (spec: object): Promise<[number, string]> => {
    const { status, json } = await api.ask('POST', `${ACCOUNTS}/web/token`, { body: { spec } });
    return [status, json.message];
  };
  for (const [spec, message] of [
    [{ expirationSeconds: 5 }, /expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes/],
    [{ expirationSeconds: 2 ** 33 }, /larger than 2\^32 seconds/],
    [{ audiences: [5] }, /audiences/],
    [{ boundObjectRef: { kind: 'Node', name: 'n' } }, /cannot bind token to object of type "?Node"?/],
  ] as const) {
    const [status, text] = await ask(spec);
    assert.ok(status === 400 || status === 422, `${status} ${text}`);
    assert.match(text, message);
  }
  assert.equal((await api.ask('POST', `${ACCOUNTS}/none/token`, { body: { spec: {} } })).status, 404);
});

test('a token verifies with nothing but the published key set', async (t) => {
  const api = await createTokenApi(t);
  const token = await api.token();
  const discovery = (await api.ask('GET', '/.well-known/openid-configuration')).json;
  assert.equal(discovery.issuer, AUDIENCE);
  const { json, contentType } = await api.ask('GET', new URL(discovery.jwks_uri).pathname);
  assert.equal(contentType, 'application/jwk-set+json');
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string; alg: string };
  assert.ok(discovery.id_token_signing_alg_values_supported.includes(alg));
  const jwk = json.keys.find((key: { kid: string }) => key.kid === kid);
  assert.equal(jwk.d, undefined, 'no private part is published');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const input = Buffer.from(`${header}.${payload}`);
  assert.ok(verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
});

test('an unknown token is refused, not taken for nobody; nobody sees public paths only', async (t) => {
  const api = await createTokenApi(t);
  for (const authorization of ['Bearer x', 'Bearer', 'Basic YTpi', 'Digest x', '']) {
    const { status } = await api.ask('GET', '/healthz', { authorization });
    assert.equal(status, 401, authorization);
  }
  const anonymous = (url: string): Promise<number> => api.ask('GET', url, { user: '' }).then((a) => a.status);
  for (const url of ['/healthz', '/livez', '/readyz', '/version']) assert.equal(await anonymous(url), 200, url);
  for (const url of [
    '/api',
    '/apis',
    '/metrics',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/api/v1/namespaces',
    '/x',
    '//api',
  ]) {
    assert.equal(await anonymous(url), 403, url);
  }
});

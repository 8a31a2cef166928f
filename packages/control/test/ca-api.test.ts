/** The authority of a mesh against our own API server, over its real connections. */
import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { kubernetes } from '@weft/api';
import { noopLogger, systemClock, systemRandom, unwrap } from '@weft/core';
import { spiffeIdOf } from '@weft/identity';
import { createKubeClient, type KubeClient, loadConnection } from '@weft/kube/client';
import { ApiServer } from '@weft/kube/server';
import { captureLogger, eventually } from '@weft/testkit';
import { MeshAuthority, type MeshAuthorityOptions, RootCertificates } from '../src/ca/index.ts';
import { readAnswer, testCaller, testRequest } from '../src/ca/test-support/callers.ts';

const base = { clock: systemClock, random: systemRandom };
const CART = 'spiffe://cluster.local/ns/shop/sa/cart';
const { signal } = new AbortController();

async function startApi(
  t: TestContext,
): Promise<{ readonly api: ApiServer; readonly connect: () => Promise<KubeClient> }> {
  const api = await ApiServer.start({
    host: '127.0.0.1',
    port: 0,
    state: ':memory:',
    version: '0',
    log: noopLogger,
    ...base,
  });
  t.after(() => api.close());
  const kubeconfig = api.ownerKubeconfig();
  const connect = async () => {
    const machine = {
      env: {},
      homeDir: '/',
      clock: systemClock,
      readText: () => Promise.resolve(kubeconfig),
      run: () => Promise.reject(new Error('no plug-in is needed')),
    };
    const client = createKubeClient(await loadConnection(machine, { kubeconfig: '/kubeconfig' }), {
      ...base,
      log: noopLogger,
      userAgent: 'test',
    });
    t.after(() => client.close());
    return client;
  };
  const client = await connect();
  for (const name of ['istio-system', 'shop'])
    await client.resource(kubernetes.core.namespace).create({ metadata: { name } });
  return { api, connect };
}

function createAuthority(t: TestContext, client: KubeClient, options: Partial<MeshAuthorityOptions> = {}) {
  const log = captureLogger();
  const authority = new MeshAuthority({ ...base, client, log: log.logger, trustDomain: 'cluster.local', ...options });
  t.after(() => authority.close());
  return { authority, log };
}

async function tokenFor(client: KubeClient, audiences: readonly string[]): Promise<string> {
  const accounts = client.resource(kubernetes.core.serviceAccount, { namespace: 'shop' });
  const answer = await accounts.createSubresource('cart', 'token', { spec: { audiences, expirationSeconds: 600 } });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

test('replicas agree on a root through the API server, and a rotation reaches all of them', async (t) => {
  const { connect } = await startApi(t);
  const replicas = await Promise.all(
    [1, 2, 3].map(async () => createAuthority(t, await connect(), { minAnnounceMs: 0 }).authority),
  );
  const states = await Promise.all(replicas.map((replica) => replica.start()));
  assert.equal(new Set(states.map(({ rootsPem }) => rootsPem)).size, 1);
  const secrets = (await connect()).resource(kubernetes.core.secret, { namespace: 'istio-system' });
  assert.equal((await secrets.get('istio-ca-secret')).type, 'istio.io/ca-root');
  // Somebody asks for a rotation as people do; what else they have written on the Secret stays.
  await secrets.patch('istio-ca-secret', {
    type: 'merge',
    body: { metadata: { annotations: { 'ca.weft.dev/rotate': 'now', note: 'mine' }, labels: { team: 'a' } } },
  });
  await eventually(
    () => {
      const now = replicas.map((replica) => replica.keeper.current());
      const isNew = now.every(
        ({ authority, roots }) => authority.root !== states[0]?.authority.root && roots.length === 2,
      );
      return isNew && new Set(now.map(({ authority }) => authority.root.fingerprint256)).size === 1;
    },
    { withinMs: 20_000 },
  );
  assert.notEqual(replicas[0]?.keeper.current().rootsPem, states[0]?.rootsPem);
  const { annotations, labels } = (await secrets.get('istio-ca-secret')).metadata;
  assert.deepEqual(
    [annotations?.['note'], annotations?.['ca.weft.dev/rotate'], labels?.['team']],
    ['mine', undefined, 'a'],
  );
});

test('a namespace that is not there is named', async (t) => {
  const { connect } = await startApi(t);
  const { authority } = createAuthority(t, await connect(), { namespace: 'missing' });
  await assert.rejects(authority.start(), /namespaces "missing" not found/);
});

test('a token of a service account gets its certificate; one for others, or of an account that is gone, gets nothing', async (t) => {
  const { connect } = await startApi(t);
  const client = await connect();
  const { authority, log } = createAuthority(t, client);
  await authority.start();
  const accounts = client.resource(kubernetes.core.serviceAccount, { namespace: 'shop' });
  await accounts.create({ metadata: { name: 'cart' } });
  const token = await tokenFor(client, ['istio-ca']);
  const { bytes } = testRequest(CART);
  const answer = readAnswer(unwrap(await authority.createCertificate(bytes, testCaller({ token }), signal)));
  assert.equal(unwrap(spiffeIdOf(answer.chain[0] as X509Certificate)).uri, CART);
  // The certificate renews itself, and no token is needed any more.
  const renewed = await authority.createCertificate(bytes, testCaller({ certificates: answer.chain }), signal);
  assert.equal(renewed.kind, 'ok');
  const forApi = await tokenFor(client, []);
  const forOthers = await tokenFor(client, ['vault']);
  const forged = `${token.slice(0, -4)}AAAA`;
  const late = await tokenFor(client, ['istio-ca']);
  await accounts.delete('cart');
  for (const wrong of [forApi, forOthers, forged, late]) {
    const refused = await authority.createCertificate(bytes, testCaller({ token: wrong }), signal);
    assert.deepEqual(refused, { kind: 'err', error: { code: 16, message: 'request authenticate failure' } });
  }
  assert.match(
    log.records.map(({ fields }) => String(fields['reason'])).join('\n'),
    /audience[\s\S]*shop\/cart is gone/,
  );
  assert.ok(!JSON.stringify(log.records).includes(token.split('.')[2] ?? ''));
});

test('an API server that is gone refuses tokens, while certificates still renew themselves', async (t) => {
  const { api, connect } = await startApi(t);
  const client = await connect();
  const { authority, log } = createAuthority(t, client);
  await authority.start();
  await client.resource(kubernetes.core.serviceAccount, { namespace: 'shop' }).create({ metadata: { name: 'cart' } });
  const token = await tokenFor(client, ['istio-ca']);
  const second = await tokenFor(client, ['istio-ca']);
  const { bytes } = testRequest(CART);
  const { chain } = readAnswer(unwrap(await authority.createCertificate(bytes, testCaller({ token }), signal)));
  await api.close();
  const refused = await authority.createCertificate(bytes, testCaller({ token: second }), signal);
  assert.ok(refused.kind === 'err' && refused.error.code === 16);
  assert.match(String(log.records.at(-1)?.fields['reason']), /the API server could not be asked/);
  assert.equal((await authority.createCertificate(bytes, testCaller({ certificates: chain }), signal)).kind, 'ok');
});

test('every namespace gets the roots, new ones too, and what is changed or deleted is put right', async (t) => {
  const { connect } = await startApi(t);
  const client = await connect();
  const { authority } = createAuthority(t, client, { minAnnounceMs: 3_600_000 });
  const { rootsPem } = await authority.start();
  const publisher = new RootCertificates({ ...base, client, state: authority.state, log: noopLogger });
  assert.equal(publisher.hasEverywhere(authority.keeper.current().roots), false);
  publisher.start();
  t.after(() => publisher.close());
  const rootsIn = async (namespace: string) =>
    (await client.resource(kubernetes.core.configMap, { namespace }).find('istio-ca-root-cert'))?.data?.[
      'root-cert.pem'
    ];
  await eventually(async () => (await rootsIn('shop')) === rootsPem && (await rootsIn('istio-system')) === rootsPem);
  await client.resource(kubernetes.core.namespace).create({ metadata: { name: 'later' } });
  await eventually(async () => (await rootsIn('later')) === rootsPem);
  const maps = client.resource(kubernetes.core.configMap, { namespace: 'shop' });
  await maps.patch('istio-ca-root-cert', { type: 'merge', body: { data: { 'root-cert.pem': 'mine' } } });
  await eventually(async () => (await rootsIn('shop')) === rootsPem);
  await maps.delete('istio-ca-root-cert');
  await eventually(async () => (await rootsIn('shop')) === rootsPem);
  assert.equal(await rootsIn('kube-system'), undefined);
  await eventually(() => publisher.hasEverywhere(authority.keeper.current().roots));
  await authority.keeper.rotate();
  const follower = new RootCertificates({ ...base, client: await connect(), state: authority.state, log: noopLogger });
  t.after(() => follower.close());
  await eventually(() => follower.hasEverywhere(authority.keeper.current().roots));
  await eventually(async () => {
    const both = authority.keeper.current().rootsPem;
    return both !== rootsPem && (await rootsIn('shop')) === both && (await rootsIn('later')) === both;
  });
});

/** The client against our own API server, over TLS, with the kubeconfig that the server writes. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { eventually, tempDir } from '@weft/testkit';
import {
  createKubeClient,
  type KubeClient,
  LeaderElection,
  leases,
  loadConnection,
  type ResourceRef,
} from '../../src/client/index.ts';
import { ApiServer } from '../../src/server/index.ts';
import { isApiStatusError } from '../../src/shared/status.ts';

interface ConfigMap {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

const configMaps: ResourceRef<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  isNamespaced: true,
};

const base = { clock: systemClock, random: systemRandom, log: noopLogger };

function startServer(state: string, port = 0): Promise<ApiServer> {
  return ApiServer.start({ host: '127.0.0.1', port, state, version: '0.0.0', ...base });
}

async function connect(t: TestContext, server: ApiServer): Promise<KubeClient> {
  const kubeconfig = server.ownerKubeconfig();
  const machine = {
    env: {},
    homeDir: '/',
    clock: systemClock,
    readText: () => Promise.resolve(kubeconfig),
    run: () => Promise.reject(new Error('no plug-in is needed')),
  };
  const client = createKubeClient(await loadConnection(machine, { kubeconfig: '/kubeconfig' }), {
    ...base,
    userAgent: 'test',
  });
  t.after(() => client.close());
  return client;
}

test('verbs, pages, conflicts and server-side apply work against the real server', async (t) => {
  const server = await startServer(':memory:');
  t.after(() => server.close());
  const maps = (await connect(t, server)).collection(configMaps, 'default');
  const created = await maps.create({ metadata: { name: 'a', labels: { x: 'y' } }, data: { k: '1' } });
  await maps.replace({ ...created, data: { k: '2' } });
  await assert.rejects(maps.replace({ ...created, data: { k: '3' } }), (error) => isApiStatusError(error, 'Conflict'));
  await maps.patch('a', { type: 'merge', body: { data: { m: '1' } } });
  const applied = { metadata: { name: 'a' }, data: { k: '9' } };
  await assert.rejects(maps.apply(applied, { fieldManager: 'other' }), (error) => isApiStatusError(error, 'Conflict'));
  await maps.apply(applied, { fieldManager: 'other', force: true });
  assert.deepEqual((await maps.get('a')).data, { k: '9', m: '1' });
  for (const name of ['b', 'c']) await maps.create({ metadata: { name } });
  const page = await maps.list({ limit: 2 });
  assert.ok(page.continueToken);
  assert.deepEqual(
    (await maps.list({ limit: 2, continueToken: page.continueToken })).resourceVersion,
    page.resourceVersion,
  );
  assert.deepEqual(
    (await maps.listAll({ labelSelector: 'x=y' })).items.map((map) => map.metadata.name),
    ['a'],
  );
  await maps.delete('b', { propagationPolicy: 'Background' });
  assert.equal(await maps.find('b'), undefined);
});

test('an informer survives a restart of the server, and even the loss of its database', async (t) => {
  const state = join(tempDir(t), 'state');
  let server = await startServer(state);
  const port = Number(new URL(server.url).port);
  t.after(() => server.close());
  const client = await connect(t, server);
  const maps = client.collection(configMaps, 'default');
  await maps.create({ metadata: { name: 'kept' } });
  const { informer, release } = client.informers.acquire({ resource: configMaps, namespace: 'default' });
  t.after(release);
  const deleted: string[] = [];
  informer.addHandler({ onDelete: (map, isTombstone) => deleted.push(`${map.metadata.name} ${isTombstone}`) });
  await informer.waitForSync();
  assert.ok(informer.cache.has('default/kept'));
  await server.close();
  server = await startServer(state, port);
  await maps.create({ metadata: { name: 'after' } });
  await eventually(() => informer.cache.has('default/after'), { withinMs: 20_000 });
  assert.equal(deleted.length, 0);
  await maps.delete('kept');
  await eventually(() => deleted.length === 1);
  assert.equal(deleted[0], 'kept false');
  await server.close();
  rmSync(join(state, 'weft.db'));
  server = await startServer(state, port);
  await eventually(() => deleted.includes('after true'), { withinMs: 20_000 });
  await maps.create({ metadata: { name: 'new' } });
  await eventually(() => informer.cache.has('default/new'));
});

test('two candidates elect one leader on the real server', async (t) => {
  const server = await startServer(':memory:');
  t.after(() => server.close());
  const client = await connect(t, server);
  const leading: string[] = [];
  const elections = ['a', 'b'].map(
    (identity) =>
      new LeaderElection({
        ...base,
        client: client.collection(leases, 'default'),
        name: 'lock',
        identity,
        leaseMs: 900,
        renewDeadlineMs: 600,
        retryMs: 100,
        onStartedLeading: () => leading.push(identity),
      }),
  );
  for (const election of elections) election.start();
  await eventually(() => leading.length === 1);
  const [first, second] = elections[0]?.isLeader ? elections : elections.toReversed();
  await first?.stop();
  await eventually(() => second?.isLeader);
  assert.equal(leading.length, 2);
  await second?.stop();
});

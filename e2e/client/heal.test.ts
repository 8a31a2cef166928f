/**
 * Informers of the mesh's client over everything that happens to a server: crashes, lost data, broken networks. What needs no
 * power over the server is also asked of the cluster in `CLUSTER_KUBECONFIG`.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { kubernetes } from '@weft/api';
import type { InformerHandler, KubeClient } from '@weft/kube/client';
import { captureLogger, eventuallyPasses, within } from '@weft/testkit';
import { kubeconfigFor } from '../support/cluster.ts';
import { Gate } from '../support/gate.ts';
import { type ConfigMap, configMap } from '../support/objects.ts';
import { openClient } from '../support/own-client.ts';
import { RestartableServer } from '../support/restartable-server.ts';
import { startServer } from '../support/server.ts';

/** The server waits up to 30 s between attempts, and this machine may be busy. */
const HEALED = { withinMs: 15_000 };

/** Follows the config maps of the namespace `default` and keeps what it is told. */
function follow(t: TestContext, client: KubeClient): Follower {
  const { informer } = client.informers.acquire({ ...scopeOf(client), labelSelector: 'mine' });
  const follower = new Follower();
  t.after(informer.addHandler(follower));
  return follower;
}

function scopeOf(client: KubeClient) {
  return { resource: configMaps(client).resource, namespace: 'default' };
}

function configMaps(client: KubeClient) {
  return client.resource(kubernetes.core.configMap, { namespace: 'default' });
}

/** A copy made of nothing but what the handler is told, so that a call that is missing or wrong shows. */
class Follower implements InformerHandler<ConfigMap> {
  readonly values = new Map<string, string | undefined>();
  readonly log: string[] = [];
  readonly synced: Promise<void>;
  readonly onSync: () => void;

  constructor() {
    const synced = Promise.withResolvers<void>();
    this.synced = synced.promise;
    this.onSync = synced.resolve;
  }

  onAdd(object: ConfigMap): void {
    assert.ok(!this.values.has(nameOf(object)), `${nameOf(object)} was added twice`);
    this.set('add', object);
  }

  onUpdate(object: ConfigMap, previous: ConfigMap): void {
    assert.equal(this.values.get(nameOf(object)), previous.data?.['v']);
    this.set('update', object);
  }

  onDelete(object: ConfigMap, isTombstone: boolean): void {
    assert.ok(this.values.delete(nameOf(object)));
    this.log.push(`${isTombstone ? 'missed delete' : 'delete'} ${nameOf(object)}`);
  }

  private set(verb: string, object: ConfigMap): void {
    this.values.set(nameOf(object), object.data?.['v']);
    this.log.push(`${verb} ${nameOf(object)}`);
  }
}

function nameOf(object: ConfigMap): string {
  return object.metadata.name ?? '';
}

function mine(name: string, v: string): ConfigMap {
  return configMap(name, { v }, { mine: '' });
}

test('an informer goes on after the server was killed and started again', { timeout: 60_000 }, async (t) => {
  const server = await RestartableServer.start(t);
  const client = await openClient(t, { kubeconfig: server.kubeconfig });
  const objects = configMaps(client);
  await objects.create(mine('a', '1'));
  await objects.create(mine('b', '1'));
  const follower = follow(t, client);
  await within('the first list', follower.synced);

  await t.test('with the same state', async () => {
    await server.kill();
    await server.restart();
    await objects.patch('a', { type: 'merge', body: { data: { v: '2' } } });
    await objects.delete('b');
    await objects.create(mine('c', '1'));
    await eventuallyPasses(() => assert.deepEqual(Object.fromEntries(follower.values), { a: '2', c: '1' }), HEALED);
    assert.equal(follower.log.filter((line) => line === 'add a').length, 1, 'what did not change is not told again');
  });

  await t.test('with another history in which the same name is another object', async () => {
    await server.kill();
    server.wipeObjects();
    await server.restart();
    await objects.create(mine('c', '9'));
    await objects.create(mine('d', '1'));
    await eventuallyPasses(() => assert.deepEqual(Object.fromEntries(follower.values), { c: '9', d: '1' }), HEALED);
    // The watch is live again, and not only the list.
    await objects.create(mine('e', '1'));
    await eventuallyPasses(() => assert.equal(follower.values.get('e'), '1'), HEALED);
    assert.ok(follower.log.includes('missed delete a'));
  });
  await client.close();
});

test('an informer that was cut off lists again when its revision has been forgotten', {
  timeout: 60_000,
}, async (t) => {
  const server = await startServer(t);
  const gate = await Gate.open(t, server.kubeconfig);
  const log = captureLogger();
  const client = await openClient(t, { kubeconfig: gate.kubeconfig, log: log.logger });
  const direct = await openClient(t, { kubeconfig: server.kubeconfig });
  const objects = configMaps(direct);
  for (const name of ['kept', 'changed', 'gone']) await objects.create(mine(name, '1'));
  const follower = follow(t, client);
  await within('the first list', follower.synced);

  gate.shut();
  await objects.patch('changed', { type: 'merge', body: { data: { v: '2' } } });
  await objects.delete('gone');
  await objects.create(mine('new', '1'));
  await forgetHistory(direct);
  gate.reopen();
  const expected = { changed: '2', kept: '1', new: '1' };
  await eventuallyPasses(() => assert.deepEqual(Object.fromEntries(follower.values), expected), HEALED);
  assert.deepEqual(follower.log.slice(3).sort(), ['add new', 'missed delete gone', 'update changed']);
  const reasons = log.records
    .filter(({ message }) => message === 'listing again')
    .map(({ fields }) => fields['reason']);
  assert.match(String(reasons.at(-1)), /too old resource version/i);
});

test('an informer that was cut off for a moment is told of what it missed, and does not list', {
  timeout: 60_000,
}, async (t) => {
  const kubeconfig = await kubeconfigFor(t);
  const gate = await Gate.open(t, kubeconfig);
  const log = captureLogger();
  const client = await openClient(t, { kubeconfig: gate.kubeconfig, log: log.logger });
  const objects = configMaps(await openClient(t, { kubeconfig }));
  await objects.deleteCollection({ labelSelector: 'mine' });
  for (const name of ['changed', 'gone']) await objects.create(mine(name, '1'));
  const follower = follow(t, client);
  await within('the first list', follower.synced);

  gate.shut();
  await objects.patch('changed', { type: 'merge', body: { data: { v: '2' } } });
  await objects.patch('changed', { type: 'merge', body: { data: { v: '3' } } });
  await objects.delete('gone');
  gate.reopen();
  await eventuallyPasses(() => assert.deepEqual(Object.fromEntries(follower.values), { changed: '3' }), HEALED);
  assert.deepEqual(follower.log.slice(2), ['update changed', 'update changed', 'delete gone']);
  assert.deepEqual(
    log.messages().filter((message) => message === 'listing again'),
    [],
  );
});

/** Writes so much that the server cannot remember what came before. */
async function forgetHistory(client: KubeClient): Promise<void> {
  const objects = client.resource(kubernetes.core.configMap, { namespace: 'kube-public' });
  const text = 'x'.repeat(1_000_000);
  await objects.create(configMap('large', { text }));
  for (let round = 0; round < 40; round++) {
    await objects.patch('large', { type: 'merge', body: { data: { round: String(round) } } });
  }
}

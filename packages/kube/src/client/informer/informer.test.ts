import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MeshError, noopLogger, seededRandom } from '@weft/core';
import { captureLogger, FakeClock } from '@weft/testkit';
import { ResourceClient } from '../resource-client.ts';
import { pod, podList, pods, type TestPod } from '../test-support/pods.ts';
import { type Exchange, type Feed, ScriptedTransport } from '../test-support/scripted-transport.ts';
import { Informer, type InformerHandler, type InformerOptions } from './informer.ts';

function setUp(t: TestContext, options: Partial<InformerOptions<TestPod>> = {}) {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const client = new ResourceClient({ transport, clock, resource: pods, namespace: 'ns', fieldManager: 'test' });
  const informer = new Informer({ client, clock, random: seededRandom(1), log: noopLogger, ...options });
  const seen: string[] = [];
  informer.addHandler(recorder(seen));
  t.after(() => informer.stop());
  return { transport, clock, informer, seen };
}

function recorder(seen: string[]): InformerHandler<TestPod> {
  return {
    onAdd: (object) => seen.push(`add ${object.metadata.name}@${object.metadata.resourceVersion}`),
    onUpdate: (object, previous) => {
      const { name, resourceVersion } = object.metadata;
      seen.push(`update ${name}@${previous.metadata.resourceVersion}->${resourceVersion}`);
    },
    onDelete: (object, isTombstone) => seen.push(`delete ${object.metadata.name}${isTombstone ? ' (missed)' : ''}`),
    onSync: () => seen.push('sync'),
  };
}

/** Answers the list and opens the watch that follows. */
async function sync(transport: ScriptedTransport, revision: number, items: readonly TestPod[]): Promise<Feed> {
  const list = await transport.next();
  assert.equal(list.isStream, false);
  list.respond(podList(revision, items));
  return openWatch(transport, revision);
}

async function openWatch(transport: ScriptedTransport, revision: number): Promise<Feed> {
  const watch = await transport.next();
  expectWatch(watch, revision);
  return watch.open();
}

function expectWatch(exchange: Exchange, revision: number): void {
  assert.equal(exchange.isStream, true, `a watch, not ${exchange.request.path}`);
  assert.equal(exchange.query['resourceVersion'], String(revision));
}

test('lists page by page, tells of everything, then follows changes', async (t) => {
  const { transport, clock, informer, seen } = setUp(t);
  informer.start();
  assert.equal(informer.isSynced, false);
  const first = await transport.next();
  assert.deepEqual([first.path, first.query['limit']], ['/api/v1/namespaces/ns/pods', '500']);
  first.respond(podList(10, [pod('a', 1)], 'more'));
  const second = await transport.next();
  assert.equal(second.query['continue'], 'more');
  assert.deepEqual(seen, []);
  second.respond(podList(10, [pod('b', 2)]));
  const feed = await openWatch(transport, 10);
  await informer.waitForSync();
  assert.equal(informer.cache.get('ns/a')?.kind, 'Pod', 'list items know their kind');
  feed.send('MODIFIED', pod('a', 11));
  feed.send('ADDED', pod('c', 12));
  feed.send('DELETED', pod('b', 13));
  await clock.advanceAsync(0);
  const expected = ['add a@1', 'add b@2', 'sync', 'update a@1->11', 'add c@12', 'delete b'];
  assert.deepEqual(seen, expected);
  assert.deepEqual([...informer.cache.keys()], ['ns/a', 'ns/c']);
  assert.equal(informer.resourceVersion, '13');
  const late: string[] = [];
  const remove = informer.addHandler(recorder(late));
  assert.deepEqual(late, ['add a@11', 'add c@12', 'sync']);
  remove();
  feed.send('DELETED', pod('c', 14));
  await clock.advanceAsync(0);
  assert.equal(late.length, 3);
});

test('a watch that the server ends goes on at once from the last revision, bookmarks included', async (t) => {
  const { transport, clock, informer, seen } = setUp(t);
  informer.start();
  const feed = await sync(transport, 10, []);
  feed.send('ADDED', pod('a', 11));
  feed.send('BOOKMARK', { metadata: { resourceVersion: '20' } });
  feed.end();
  const again = await openWatch(transport, 20);
  again.send('MODIFIED', pod('a', 21));
  await clock.advanceAsync(0);
  assert.deepEqual(seen, ['sync', 'add a@11', 'update a@11->21']);
});

test('a broken connection is opened again after a while, from the last revision', async (t) => {
  const { transport, clock, informer } = setUp(t);
  informer.start();
  const feed = await sync(transport, 10, [pod('a', 1)]);
  feed.send('MODIFIED', pod('a', 15));
  await clock.advanceAsync(0);
  feed.break();
  await clock.advanceAsync(0);
  assert.equal(transport.pending, 0, 'not at once');
  assert.match(String(informer.problem), /ECONNRESET/);
  await clock.advanceAsync(1000);
  const again = await openWatch(transport, 15);
  again.send('MODIFIED', pod('a', 16));
  await clock.advanceAsync(0);
  assert.equal(informer.problem, undefined);
});

test('410 lists again: what is gone is told as missed, what is the same is not told', async (t) => {
  const { transport, clock, informer, seen } = setUp(t);
  informer.start();
  const feed = await sync(transport, 10, [pod('a', 1), pod('b', 2), pod('c', 3)]);
  seen.length = 0;
  feed.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  await sync(transport, 50, [pod('b', 2), pod('c', 44), pod('d', 45)]);
  assert.deepEqual(seen, ['update c@3->44', 'add d@45', 'delete a (missed)']);
  await clock.advanceAsync(0);
});

test('410 as the answer to the watch lists again; a server that always says so is not hammered', async (t) => {
  const { transport, clock, informer } = setUp(t);
  informer.start();
  (await transport.next()).respond(podList(10, []));
  (await transport.next()).refuse(410, 'Expired');
  (await transport.next()).respond(podList(11, []));
  (await transport.next()).refuse(410, 'Expired');
  let requests = 0;
  for (let second = 0; second < 60; second += 1) {
    await clock.advanceAsync(1000);
    while (transport.pending > 0) {
      const exchange = await transport.next();
      requests += 1;
      if (exchange.isStream) exchange.refuse(410, 'Expired');
      else exchange.respond(podList(12, []));
      await clock.advanceAsync(0);
    }
  }
  assert.ok(requests > 4 && requests < 120, `${requests} requests in a minute`);
});

test('a server that came back with another history is listed again, even with lower revisions', async (t) => {
  const { transport, clock, informer, seen } = setUp(t);
  informer.start();
  const feed = await sync(transport, 1000, [pod('a', 900), pod('b', 901)]);
  seen.length = 0;
  feed.break();
  // The new server does not know revision 1000 and refuses it in its own way, again and again.
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await clock.advanceAsync(30_000);
    const watch = await transport.next();
    expectWatch(watch, 1000);
    watch.refuse(504, 'Timeout', 'Too large resource version: 1000, current: 5');
    await clock.advanceAsync(0);
  }
  await clock.advanceAsync(30_000);
  const newA = { ...pod('a', 900), metadata: { ...pod('a', 900).metadata, uid: 'another' } };
  await sync(transport, 5, [newA]);
  assert.deepEqual(seen, ['update a@900->900', 'delete b (missed)']);
  assert.equal(informer.resourceVersion, '5');
});

test('a server that is away for long is resumed from the last revision, without a list', async (t) => {
  const { transport, clock, informer } = setUp(t);
  informer.start();
  const feed = await sync(transport, 10, []);
  feed.break();
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await clock.advanceAsync(30_000);
    const watch = await transport.next();
    expectWatch(watch, 10);
    watch.fail(new MeshError('MESH_API_UNREACHABLE', 'connect ECONNREFUSED'));
  }
  await clock.advanceAsync(30_000);
  await openWatch(transport, 10);
});

test('a failing list is tried again with growing waits, and says why it is not in sync', async (t) => {
  const { transport, clock, informer } = setUp(t);
  informer.start();
  (await transport.next()).refuse(403, 'Forbidden', 'pods is forbidden: User "x" cannot list');
  await clock.advanceAsync(0);
  await assert.rejects(informer.waitForSync(AbortSignal.abort()));
  const controller = new AbortController();
  const waiting = informer.waitForSync(controller.signal);
  controller.abort(new Error('time is up'));
  await assert.rejects(waiting, /not in sync: pods is forbidden/);
  const times: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const wait = clock.nextTimerMs ?? 0;
    times.push(wait);
    await clock.advanceAsync(wait);
    (await transport.next()).fail(new MeshError('MESH_API_UNREACHABLE', 'connect ECONNREFUSED'));
    await clock.advanceAsync(0);
  }
  assert.ok((times.at(-1) ?? 0) > (times[0] ?? 0) * 4, String(times));
  await clock.advanceAsync(30_000);
  await sync(transport, 1, []);
  assert.equal(informer.isSynced, true);
});

test('pages that expire while they are read are replaced by one whole list', async (t) => {
  const { transport, informer, seen } = setUp(t);
  informer.start();
  (await transport.next()).respond(podList(10, [pod('a', 1)], 'more'));
  (await transport.next()).refuse(410, 'Expired', 'the continue token is too old');
  const whole = await transport.next();
  assert.deepEqual([whole.query['limit'], whole.query['continue']], [undefined, undefined]);
  whole.respond(podList(30, [pod('b', 29)]));
  await openWatch(transport, 30);
  assert.deepEqual(seen, ['add b@29', 'sync']);
});

test('a watch that outlives its time, or that sleeps with the machine, is opened again', async (t) => {
  const { transport, clock, informer } = setUp(t, { watchMs: 60_000 });
  informer.start();
  const first = await sync(transport, 10, []);
  await clock.advanceAsync(151_000);
  assert.equal(first.isClosed, true, 'longer than twice its time and the grace');
  await clock.advanceAsync(1000);
  const second = await openWatch(transport, 10);
  await clock.advanceAsync(20_000);
  assert.equal(second.isClosed, false);
  clock.setWallClock(clock.now() + 3_600_000);
  await clock.advanceAsync(15_000);
  assert.equal(second.isClosed, true, 'an hour passed outside of the process');
  await clock.advanceAsync(1000);
  const third = await openWatch(transport, 10);
  clock.setWallClock(clock.now() - 7_200_000);
  await clock.advanceAsync(40_000);
  assert.equal(third.isClosed, false, 'a clock set back means nothing');
});

test('a silent watch is given up when the server is known to send bookmarks', async (t) => {
  const { transport, clock, informer } = setUp(t, { idleTimeoutMs: 5000 });
  informer.start();
  const feed = await sync(transport, 10, []);
  await clock.advanceAsync(4000);
  feed.send('BOOKMARK', { metadata: { resourceVersion: '12' } });
  await clock.advanceAsync(4000);
  assert.equal(feed.isClosed, false);
  await clock.advanceAsync(2000);
  assert.equal(feed.isClosed, true);
  await openWatch(transport, 12);
});

test('garbage in the stream breaks it, and what came before counts', async (t) => {
  const { transport, clock, informer, seen } = setUp(t);
  informer.start();
  const feed = await sync(transport, 10, []);
  feed.send('ADDED', pod('a', 11));
  await clock.advanceAsync(0);
  feed.raw('<html>bad gateway</html>\n');
  await clock.advanceAsync(1000);
  await openWatch(transport, 11);
  assert.deepEqual(seen, ['sync', 'add a@11']);
});

test('a server that ends every watch at once is not hammered', async (t) => {
  const { transport, clock, informer } = setUp(t);
  informer.start();
  (await sync(transport, 10, [])).end();
  let requests = 0;
  for (let second = 0; second < 30; second += 1) {
    await clock.advanceAsync(1000);
    while (transport.pending > 0) {
      const exchange = await transport.next();
      requests += 1;
      if (exchange.isStream) exchange.open().end();
      else exchange.respond(podList(10, []));
      await clock.advanceAsync(0);
    }
  }
  assert.ok(requests > 1 && requests < 40, `${requests} requests in half a minute`);
});

test('handlers that throw are logged and do not stop others', async (t) => {
  const log = captureLogger();
  const { transport, informer, seen } = setUp(t, { log: log.logger });
  informer.addHandler({
    onAdd: () => {
      throw new Error('bad handler');
    },
  });
  const after: string[] = [];
  informer.addHandler(recorder(after));
  informer.start();
  await sync(transport, 10, [pod('a', 1)]);
  assert.deepEqual(
    [seen, after],
    [
      ['add a@1', 'sync'],
      ['add a@1', 'sync'],
    ],
  );
  assert.deepEqual(log.messages('error'), ['an informer handler failed']);
});

test('objects are transformed, indexed and frozen', async (t) => {
  const { transport, clock, informer } = setUp(t, {
    transform: (object) => ({ ...object, metadata: { ...object.metadata, labels: { kept: 'yes' } } }),
    indexers: { node: (object) => [object.spec?.nodeName ?? ''] },
  });
  informer.start();
  const feed = await sync(transport, 10, [pod('a', 1, 'n1'), pod('b', 2, 'n2')]);
  feed.send('MODIFIED', pod('a', 11, 'n2'));
  await clock.advanceAsync(0);
  const onNode = informer.cache.byIndex('node', 'n2');
  assert.deepEqual(onNode.map((object) => object.metadata.name).toSorted(), ['a', 'b']);
  assert.deepEqual(onNode[0]?.metadata.labels, { kept: 'yes' });
  assert.ok(Object.isFrozen(onNode[0]?.metadata.labels));
});

test('stopping ends the watch and whoever waits, and leaves no timer', async (t) => {
  const { transport, clock, informer } = setUp(t);
  informer.start();
  const list = await transport.next();
  const waiting = informer.waitForSync();
  await Promise.all([informer.stop(), assert.rejects(waiting, /stopped before it was in sync/)]);
  list.respond(podList(1, []));
  await clock.advanceAsync(0);
  assert.deepEqual([informer.state, transport.pending, clock.pendingTimers], ['stopped', 0, 0]);
  assert.throws(() => informer.start(), /cannot be started again/);
});

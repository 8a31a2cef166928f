/** Events: one collection that two groups serve, kept for an hour. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

const OLD = '/api/v1/namespaces/default/events';
const NEW = '/apis/events.k8s.io/v1/namespaces/default/events';
const MERGE = { 'content-type': 'application/merge-patch+json' };

const about = { kind: 'Pod', namespace: 'default', name: 'web', uid: 'u' };

async function ok(answer: Promise<Answer>, status = 200): Promise<Answer['json']> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  return json;
}

function oldEvent(api: TestApi, name: string, more: object = {}): Promise<Answer['json']> {
  const body = {
    metadata: { name },
    involvedObject: about,
    reason: 'Started',
    message: 'it runs',
    type: 'Normal',
    count: 2,
    source: { component: 'kubelet' },
    ...more,
  };
  return ok(api.ask('POST', OLD, { body }), 201);
}

function newEvent(api: TestApi, name: string, more: object = {}): Promise<Answer['json']> {
  const body = {
    metadata: { name },
    regarding: about,
    reason: 'Pulled',
    note: 'it is here',
    action: 'Pull',
    type: 'Normal',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/agent',
    reportingInstance: 'a-1',
    ...more,
  };
  return ok(api.ask('POST', NEW, { body }), 201);
}

test('an event of either group is the same object in the other', async (t) => {
  const api = await createTestApi(t);
  const old = await oldEvent(api, 'a');
  const seen = await ok(api.ask('GET', `${NEW}/a`));
  assert.equal(seen.apiVersion, 'events.k8s.io/v1');
  assert.deepEqual(
    [seen.regarding, seen.note, seen.deprecatedCount, seen.deprecatedSource, seen.eventTime],
    [about, 'it is here', 2, { component: 'kubelet' }, null].with(1, 'it runs'),
  );
  assert.equal(seen.metadata.uid, old.metadata.uid);
  assert.equal(seen.metadata.resourceVersion, old.metadata.resourceVersion);
  assert.equal(seen.involvedObject, undefined);
  await newEvent(api, 'b');
  const back = await ok(api.ask('GET', `${OLD}/b`));
  assert.equal(back.apiVersion, 'v1');
  assert.deepEqual(
    [back.involvedObject, back.message, back.reportingComponent, back.eventTime],
    [about, 'it is here', 'example.com/agent', '2026-01-01T00:00:00.000000Z'],
  );
  for (const url of [OLD, NEW, '/api/v1/events', '/apis/events.k8s.io/v1/events']) {
    const { items } = await ok(api.ask('GET', url));
    assert.deepEqual(
      items.map((item: Answer['json']) => item.metadata.name),
      ['a', 'b'],
      url,
    );
  }
  assert.equal(
    (
      await api.ask('POST', NEW, {
        body: { ...back, apiVersion: undefined, metadata: { name: 'a' }, eventTime: null, deprecatedCount: 1 },
      })
    ).status,
    409,
  );
});

test('an event is changed and deleted through either group', async (t) => {
  const api = await createTestApi(t);
  await oldEvent(api, 'a');
  const patched = await ok(
    api.ask('PATCH', `${NEW}/a`, { body: { note: 'still', deprecatedCount: 3 }, headers: MERGE }),
  );
  assert.deepEqual([patched.note, patched.deprecatedCount], ['still', 3]);
  const old = await ok(api.ask('GET', `${OLD}/a`));
  assert.deepEqual([old.message, old.count, old.note], ['still', 3, undefined]);
  await ok(api.ask('PUT', `${OLD}/a`, { body: { ...old, message: 'ended' } }));
  assert.equal((await ok(api.ask('GET', `${NEW}/a`))).note, 'ended');
  await ok(api.ask('DELETE', `${NEW}/a`));
  assert.equal((await api.ask('GET', `${OLD}/a`)).status, 404);
});

test('each watcher sees events in the words of its group', async (t) => {
  const api = await createTestApi(t);
  const [old, now] = [await api.watch(`${OLD}?watch=true`), await api.watch(`${NEW}?watch=true`)];
  await oldEvent(api, 'a');
  await newEvent(api, 'b');
  await api.ask('DELETE', `${OLD}/a`);
  const told = (events: Answer['json'][], field: string): unknown[] =>
    events.map(({ type, object }) => [type, object.apiVersion, object[field]]);
  assert.deepEqual(told(old.events, 'message'), [
    ['ADDED', 'v1', 'it runs'],
    ['ADDED', 'v1', 'it is here'],
    ['DELETED', 'v1', 'it runs'],
  ]);
  assert.deepEqual(told(now.events, 'note'), [
    ['ADDED', 'events.k8s.io/v1', 'it runs'],
    ['ADDED', 'events.k8s.io/v1', 'it is here'],
    ['DELETED', 'events.k8s.io/v1', 'it runs'],
  ]);
});

test('events are selected by what they are about, in the words of the group', async (t) => {
  const api = await createTestApi(t);
  await oldEvent(api, 'a');
  await newEvent(api, 'b', { regarding: { ...about, name: 'other' } });
  const names = async (url: string, selector: string): Promise<string[]> => {
    const { items } = await ok(api.ask('GET', `${url}?fieldSelector=${encodeURIComponent(selector)}`));
    return items.map((item: Answer['json']) => item.metadata.name);
  };
  assert.deepEqual(await names(OLD, 'involvedObject.name=web,involvedObject.kind=Pod'), ['a']);
  assert.deepEqual(await names(NEW, 'regarding.name=other'), ['b']);
  assert.deepEqual(await names(OLD, 'source=kubelet'), ['a']);
  assert.deepEqual(await names(OLD, 'source=example.com/agent'), ['b']);
  assert.deepEqual(await names(NEW, 'reason!=Pulled'), ['a']);
  assert.equal((await api.ask('GET', `${NEW}?fieldSelector=involvedObject.name=web`)).status, 400);
});

test('a table of events reads the same in both groups', async (t) => {
  const api = await createTestApi(t);
  await oldEvent(api, 'a');
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const [old, now] = [await ok(api.ask('GET', OLD, { headers })), await ok(api.ask('GET', NEW, { headers }))];
  assert.deepEqual(old.rows[0].cells, now.rows[0].cells);
  assert.deepEqual(old.rows[0].cells.slice(1, 4), ['Normal', 'Started', 'pod/web']);
});

test('events go an hour after they were last seen', async (t) => {
  const api = await createTestApi(t);
  const now = (): string => new Date(api.clock.now()).toISOString();
  await oldEvent(api, 'once');
  await newEvent(api, 'repeated', { eventTime: now() });
  const names = async (): Promise<string[]> =>
    (await ok(api.ask('GET', OLD))).items.map((item: Answer['json']) => item.metadata.name);
  await api.clock.advanceAsync(59 * 60_000);
  await ok(
    api.ask('PATCH', `${NEW}/repeated`, { body: { series: { count: 2, lastObservedTime: now() } }, headers: MERGE }),
  );
  assert.deepEqual(await names(), ['once', 'repeated']);
  await api.clock.advanceAsync(3 * 60_000);
  await eventuallyPasses(async () => assert.deepEqual(await names(), ['repeated']));
  await api.clock.advanceAsync(61 * 60_000);
  await eventuallyPasses(async () => assert.deepEqual(await names(), []));
});

test('events of a namespace go with it', async (t) => {
  const api = await createTestApi(t);
  await ok(api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } }), 201);
  const body = { metadata: { name: 'a' }, involvedObject: { ...about, namespace: 'shop' } };
  await ok(api.ask('POST', '/api/v1/namespaces/shop/events', { body }), 201);
  await ok(api.ask('DELETE', '/api/v1/namespaces/shop'));
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', '/api/v1/namespaces/shop')).status, 404));
  assert.deepEqual((await ok(api.ask('GET', '/apis/events.k8s.io/v1/events'))).items, []);
});

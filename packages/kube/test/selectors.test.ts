/** Label and field selectors of lists and watches, and what watchers with selectors are told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestApi, type OpenWatch, type TestApi } from './support/api.ts';

type Json = Answer['json'];

const PODS = '/api/v1/namespaces/default/pods';
const MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = { 'content-type': 'application/merge-patch+json' };

async function pod(api: TestApi, name: string, labels: object, spec: object = {}): Promise<void> {
  const body = { metadata: { name, labels }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } };
  const { status, text } = await api.ask('POST', PODS, { body });
  assert.equal(status, 201, text);
}

async function names(api: TestApi, url: string, query: string): Promise<string[]> {
  const { status, text, json } = await api.ask('GET', `${url}?${query}`);
  assert.equal(status, 200, text);
  return json.items.map((item: Json) => item.metadata.name);
}

const labels = (selector: string): string => `labelSelector=${encodeURIComponent(selector)}`;
const fields = (selector: string): string => `fieldSelector=${encodeURIComponent(selector)}`;
const told = (watch: OpenWatch): unknown[] => watch.events.map(({ type, object }) => [type, object.metadata.name]);

test('labels select by every operator', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a', { app: 'web', tier: 'front' });
  await pod(api, 'b', { app: 'web' });
  await pod(api, 'c', { app: 'db', weight: '5' });
  await pod(api, 'd', {});
  const cases: [string, string[]][] = [
    ['app=web', ['a', 'b']],
    ['app==web,tier', ['a']],
    ['app!=web', ['c', 'd']],
    ['!app', ['d']],
    ['app in (web, db),!tier', ['b', 'c']],
    ['app notin (web)', ['c', 'd']],
    ['weight>4', ['c']],
    ['weight<5', []],
    ['', ['a', 'b', 'c', 'd']],
  ];
  for (const [selector, expected] of cases)
    assert.deepEqual(await names(api, PODS, labels(selector)), expected, selector);
});

test('fields select what the resource offers, as Go prints what is not set', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a', {}, { nodeName: 'n1', hostNetwork: true });
  await pod(api, 'b', { app: 'web' }, { nodeName: 'n2', restartPolicy: 'Never' });
  await pod(api, 'c', {});
  const cases: [string, string[]][] = [
    ['spec.nodeName=n1', ['a']],
    ['spec.nodeName=', ['c']],
    ['spec.nodeName!=', ['a', 'b']],
    ['spec.restartPolicy=Never,metadata.name!=a', ['b']],
    ['spec.hostNetwork=false', ['b', 'c']],
    ['status.phase=Pending', ['a', 'b', 'c']],
    ['metadata.namespace=default,metadata.name=c', ['c']],
    ['metadata.namespace=other', []],
  ];
  for (const [selector, expected] of cases)
    assert.deepEqual(await names(api, PODS, fields(selector)), expected, selector);
  assert.deepEqual(await names(api, '/api/v1/pods', `${fields('spec.nodeName=n2')}&${labels('app=web')}`), ['b']);
  await api.ask('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' } } });
  assert.deepEqual(await names(api, '/api/v1/nodes', fields('spec.unschedulable=false')), ['n1']);
});

test('a selector that cannot be used is refused, with what is wrong', async (t) => {
  const api = await createTestApi(t);
  const cases: [string, string, RegExp][] = [
    [PODS, fields('spec.containers=1'), /field label not supported: spec.containers/],
    [MAPS, fields('data=1'), /"data" is not a known field selector/],
    [PODS, fields('spec.nodeName'), /invalid selector|invalid field selector/],
    [PODS, labels('a in ('), /unable to parse requirement/],
    [PODS, labels('a=b=c'), /found '='|unable to parse requirement/],
    [PODS, labels('Ä=b'), /./],
  ];
  for (const [url, query, message] of cases) {
    for (const watch of ['', '&watch=true']) {
      const { status, json } = await api.ask('GET', `${url}?${query}${watch}`);
      assert.equal(status, 400, query);
      assert.match(json.message, message);
    }
  }
});

test('a watch of one object by its name sees it come, change, go and come again', async (t) => {
  const api = await createTestApi(t);
  const watches = [
    await api.watch(`${MAPS}?watch=true&${fields('metadata.name=a')}`),
    await api.watch(`/api/v1/configmaps?watch=true&${fields('metadata.name=a,metadata.namespace=default')}`),
  ];
  for (const name of ['a', 'b']) await api.ask('POST', MAPS, { body: { metadata: { name } } });
  await api.ask('PATCH', `${MAPS}/a`, { body: { data: { k: '1' } }, headers: MERGE });
  await api.ask('DELETE', `${MAPS}/a`);
  await api.ask('POST', MAPS, { body: { metadata: { name: 'a' } } });
  for (const watch of watches) {
    assert.deepEqual(told(watch), [
      ['ADDED', 'a'],
      ['MODIFIED', 'a'],
      ['DELETED', 'a'],
      ['ADDED', 'a'],
    ]);
  }
});

test('a watch of a namespace sees nothing of the others', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'other' } } });
  const own = labels('mine');
  const [here, all] = [
    await api.watch(`${MAPS}?watch=true&${own}`),
    await api.watch(`/api/v1/configmaps?watch=true&${own}`),
  ];
  for (const namespace of ['default', 'other']) {
    await api.ask('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
      body: { metadata: { name: 'a', labels: { mine: '' } } },
    });
  }
  assert.deepEqual(
    here.events.map(({ object }) => object.metadata.namespace),
    ['default'],
  );
  assert.deepEqual(
    all.events.map(({ object }) => object.metadata.namespace),
    ['default', 'other'],
  );
});

test('what leaves a selector is shown as it last was, with the revision of the change', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a', { app: 'web' });
  const revision = api.core.context.storage.revision;
  const watch = await api.watch(`${PODS}?watch=true&${fields('spec.nodeName=')}&resourceVersion=${revision}`);
  const bound = await api.ask('POST', `${PODS}/a/binding`, { body: { target: { name: 'n' } } });
  assert.equal(bound.status, 201, bound.text);
  const [event] = watch.events;
  assert.equal(event.type, 'DELETED');
  assert.equal(event.object.spec.nodeName, undefined, 'the last state that the watcher could see');
  const { metadata } = (await api.ask('GET', `${PODS}/a`)).json;
  assert.equal(event.object.metadata.resourceVersion, metadata.resourceVersion);
  await api.ask('DELETE', `${PODS}/a?gracePeriodSeconds=0`);
  assert.equal(watch.events.length, 1, 'what left is not told of again');
});

test('the time limit of a watch ends it, and it can be taken up where it stopped', async (t) => {
  const api = await createTestApi(t);
  const watch = await api.watch(`${MAPS}?watch=true&timeoutSeconds=3&allowWatchBookmarks=true&${labels('mine')}`);
  await api.ask('POST', MAPS, { body: { metadata: { name: 'a', labels: { mine: '' } } } });
  await api.clock.advanceAsync(2500);
  assert.equal(watch.isClosed(), false);
  await api.clock.advanceAsync(1000);
  assert.equal(watch.isClosed(), true);
  const last = watch.events.at(-1);
  assert.deepEqual([last.type, last.object.kind], ['BOOKMARK', 'ConfigMap']);
  await api.ask('POST', MAPS, { body: { metadata: { name: 'b', labels: { mine: '' } } } });
  const next = await api.watch(
    `${MAPS}?watch=true&${labels('mine')}&resourceVersion=${last.object.metadata.resourceVersion}`,
  );
  assert.deepEqual(told(next), [['ADDED', 'b']]);
});

/** Reading, listing and watching through the API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestApi, type TestApi } from './support/api.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

async function fill(api: TestApi, names: readonly string[], labels: Record<string, string> = {}): Promise<void> {
  for (const name of names)
    await api.ask('POST', CONFIG_MAPS, { body: { metadata: { name, labels: { test: 'yes', ...labels } } } });
}

function names(list: { items: { metadata: { name: string } }[] }): string[] {
  return list.items.map((item) => item.metadata.name);
}

const MINE = 'labelSelector=test';

test('pages show one state, whatever happens between them', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a', 'b', 'c', 'd', 'e']);
  const first = (await api.ask('GET', `${CONFIG_MAPS}?limit=3&${MINE}`)).json;
  assert.deepEqual(names(first), ['a', 'b', 'c']);
  await api.ask('DELETE', `${CONFIG_MAPS}/d`);
  await fill(api, ['bb']);
  const second = (
    await api.ask('GET', `${CONFIG_MAPS}?limit=3&${MINE}&continue=${encodeURIComponent(first.metadata.continue)}`)
  ).json;
  assert.deepEqual(names(second), ['d', 'e']);
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(second.metadata.continue, undefined);
  const bad = await api.ask('GET', `${CONFIG_MAPS}?limit=3&continue=rubbish`);
  assert.equal(bad.status, 400);
});

test('a list can show an exact past state', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a']);
  const before = (await api.ask('GET', `${CONFIG_MAPS}?${MINE}`)).json.metadata.resourceVersion;
  await fill(api, ['b']);
  const { json } = await api.ask('GET', `${CONFIG_MAPS}?${MINE}&resourceVersion=${before}&resourceVersionMatch=Exact`);
  assert.deepEqual(names(json), ['a']);
});

test('a revision from the future is too large', async (t) => {
  const api = await createTestApi(t);
  const { status, json } = await api.ask('GET', `${CONFIG_MAPS}?resourceVersion=999999999999999`);
  assert.equal(status, 504);
  assert.match(json.message, /Too large resource version/);
});

test('selectors narrow a list', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a'], { tier: 'web' });
  await fill(api, ['b'], { tier: 'db' });
  const ask = async (query: string): Promise<string[]> => names((await api.ask('GET', `${CONFIG_MAPS}?${query}`)).json);
  assert.deepEqual(await ask('labelSelector=tier in (web,db),tier!=db'), ['a']);
  assert.deepEqual(await ask('fieldSelector=metadata.name=b'), ['b']);
  assert.deepEqual(await ask(`fieldSelector=metadata.name!=b&${MINE}`), ['a']);
});

test('tables have the columns of the kind', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a']);
  const { json, contentType } = await api.ask('GET', `${CONFIG_MAPS}?${MINE}`, { headers: TABLE });
  assert.equal(contentType, 'application/json');
  assert.deepEqual(
    json.columnDefinitions.map((column: { name: string }) => column.name),
    ['Name', 'Data', 'Age'],
  );
  assert.equal(json.rows[0].cells[0], 'a');
  assert.equal(json.rows[0].object.kind, 'PartialObjectMetadata');
  const whole = await api.ask('GET', `${CONFIG_MAPS}/a?includeObject=Object`, { headers: TABLE });
  assert.equal(whole.json.rows[0].object.kind, 'ConfigMap');
});

test('metadata can be had alone', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', '/api/v1/namespaces/default/secrets', {
    body: { metadata: { name: 's' }, stringData: { pw: 'hunter2' } },
  });
  const { text, json } = await api.ask('GET', '/api/v1/namespaces/default/secrets', {
    headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
  });
  assert.equal(json.kind, 'PartialObjectMetadataList');
  assert.doesNotMatch(text, /aHVudGVyMg/, 'no data');
});

test('a watch tells every change in order, from where it was asked', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a']);
  const from = (await api.ask('GET', CONFIG_MAPS)).json.metadata.resourceVersion;
  const watch = await api.watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${from}`);
  await fill(api, ['b']);
  const patch = { body: { data: { k: 'v' } }, headers: { 'content-type': 'application/merge-patch+json' } };
  await api.ask('PATCH', `${CONFIG_MAPS}/b`, patch);
  await api.ask('DELETE', `${CONFIG_MAPS}/b`);
  assert.deepEqual(
    watch.events.map((event) => [event.type, event.object.metadata.name]),
    [
      ['ADDED', 'b'],
      ['MODIFIED', 'b'],
      ['DELETED', 'b'],
    ],
  );
  const revisions = watch.events.map((event) => Number(event.object.metadata.resourceVersion));
  assert.deepEqual(
    revisions,
    [...revisions].sort((x, y) => x - y),
  );
  const replay = await api.watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${from}`);
  assert.deepEqual(replay.events, watch.events, 'history is told again to who asks from before');
});

test('a watch without a revision starts with what is there', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a']);
  const watch = await api.watch(`${CONFIG_MAPS}?watch=true&${MINE}`);
  assert.deepEqual(
    watch.events.map((event) => [event.type, event.object.metadata.name]),
    [['ADDED', 'a']],
  );
});

test('initial events end with a bookmark', async (t) => {
  const api = await createTestApi(t);
  await fill(api, ['a']);
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watch = await api.watch(`${CONFIG_MAPS}?${query}&${MINE}`);
  const last = watch.events.at(-1);
  assert.equal(last.type, 'BOOKMARK');
  assert.equal(last.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  const refused = await api.ask('GET', `${CONFIG_MAPS}?watch=true&sendInitialEvents=true`);
  assert.equal(refused.status, 422);
});

test('an object that leaves the selector is deleted for the watcher, one that enters is added', async (t) => {
  const api = await createTestApi(t);
  const watch = await api.watch(`${CONFIG_MAPS}?watch=true&labelSelector=tier=web`);
  await fill(api, ['a'], { tier: 'db' });
  const relabel = (tier: string): ReturnType<TestApi['ask']> =>
    api.ask('PATCH', `${CONFIG_MAPS}/a`, {
      body: { metadata: { labels: { tier } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  await relabel('web');
  await relabel('db');
  assert.deepEqual(
    watch.events.map((event) => event.type),
    ['ADDED', 'DELETED'],
  );
  assert.equal(watch.events[1].object.metadata.labels.tier, 'web', 'the last state that it could see');
});

test('a watch from forgotten history says so and ends', async (t) => {
  const api = await createTestApi(t);
  const from = (await api.ask('GET', CONFIG_MAPS)).json.metadata.resourceVersion;
  await fill(api, ['a', 'b']);
  api.core.context.storage.compact(api.core.context.storage.revision);
  const watch = await api.watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${from}`);
  assert.equal(watch.events[0].type, 'ERROR');
  assert.equal(watch.events[0].object.code, 410);
  assert.equal(watch.events[0].object.reason, 'Expired');
  assert.ok(watch.isClosed());
});

test('bookmarks come every minute, and the time limit ends a watch', async (t) => {
  const api = await createTestApi(t);
  const watch = await api.watch(`${CONFIG_MAPS}?watch=true&${MINE}&allowWatchBookmarks=true&timeoutSeconds=100`);
  api.clock.advance(61_000);
  assert.deepEqual(
    watch.events.map((event) => event.type),
    ['BOOKMARK'],
  );
  api.clock.advance(60_000);
  assert.ok(watch.isClosed());
});

test('a watcher that does not read is cut off', async (t) => {
  const api = await createTestApi(t);
  const response = await api.core.handler.handle({
    method: 'GET',
    path: CONFIG_MAPS,
    query: new URLSearchParams('watch=true'),
    headers: {},
    credentials: { authorization: undefined, certificate: { commonName: 'o', organizations: ['system:masters'] } },
    readBody: async () => new Uint8Array(),
    signal: new AbortController().signal,
  });
  assert.ok(response.kind === 'stream');
  let ended = false;
  let unread = 0;
  response.start({
    get bufferedBytes() {
      return unread;
    },
    write: (chunk) => {
      unread += chunk.length;
    },
    end: () => {
      ended = true;
    },
    onClose: () => undefined,
  });
  const body = { metadata: { generateName: 'big-' }, data: { blob: 'x'.repeat(900_000) } };
  for (let i = 0; i < 25 && !ended; i++) await api.ask('POST', CONFIG_MAPS, { body });
  assert.ok(ended, 'the stream was ended');
  assert.ok(unread < 25_000_000);
});

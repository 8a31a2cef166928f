/** Trouble with the disk as users of the API meet it: a clear answer, nothing lost, reads go on. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isMeshError } from '@weft/core';
import { tempDir } from '@weft/testkit';
import { createTestApi } from './support/api.ts';
import { startTestServer } from './support/server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

test('a full disk refuses writes with 503, reads and watches go on, and room makes writes work again', async (t) => {
  const api = await createTestApi(t, { state: tempDir(t), maxBytes: 1_000_000 });
  const data = { blob: 'x'.repeat(100_000) };
  const watch = await api.watch(`${CONFIG_MAPS}?watch=true&labelSelector=test`);
  const create = (i: number): ReturnType<typeof api.ask> =>
    api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: `big-${i}`, labels: { test: 'yes' } }, data } });
  let stored = 0;
  let refused = await create(stored);
  while (refused.status === 201) {
    stored++;
    assert.ok(stored < 20, 'the disk never gets full');
    refused = await create(stored);
  }
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.json.reason, 'ServiceUnavailable');
  assert.match(
    refused.json.message,
    /not stored: .*the disk or the quota is full.*\(free some space; reads go on, writes are tried again\)/,
  );
  const list = (await api.ask('GET', `${CONFIG_MAPS}?labelSelector=test`)).json;
  assert.equal(list.items.length, stored);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/big-${stored}`)).status, 404);
  assert.deepEqual(
    watch.events.map((event) => event.type),
    Array(stored).fill('ADDED'),
    'nobody saw what was not stored',
  );
  const patch = {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { data: { more: 'x'.repeat(150_000) } },
  };
  assert.equal((await api.ask('PATCH', `${CONFIG_MAPS}/big-0`, patch)).status, 503);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/big-0`)).json.data.more, undefined);
  assert.equal((await api.ask('DELETE', `${CONFIG_MAPS}/big-0`)).status, 200);
  assert.equal((await create(stored)).status, 201);
});

test('what was acknowledged before the disk got full is there after a restart', async (t) => {
  const state = tempDir(t);
  const full = await createTestApi(t, { state, maxBytes: 600_000 });
  const acknowledged: string[] = [];
  for (let i = 0; i < 12; i++) {
    const { status } = await full.ask('POST', CONFIG_MAPS, {
      body: { metadata: { name: `m-${i}` }, data: { blob: 'x'.repeat(60_000) } },
    });
    if (status === 201) acknowledged.push(`m-${i}`);
    else assert.equal(status, 503);
  }
  await full.core.close();
  await full.core.context.storage.close();
  const again = await createTestApi(t, { state });
  const names = (await again.ask('GET', CONFIG_MAPS)).json.items.map(
    (item: { metadata: { name: string } }) => item.metadata.name,
  );
  assert.deepEqual(
    names.filter((name: string) => name.startsWith('m-')),
    acknowledged.sort(),
  );
});

/** How a server refuses to start. */
async function refusal(t: TestContext, state: string): Promise<string> {
  const thrown: unknown = await startTestServer(t, { state }).then(
    () => assert.fail('the server started'),
    (reason: unknown) => reason,
  );
  assert.ok(isMeshError(thrown), String(thrown));
  return `${thrown.message} — ${thrown.hint}`;
}

test('a damaged database is told with its file and what to do, and left as it is', async (t) => {
  const state = tempDir(t);
  const server = await startTestServer(t, { state });
  await server.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } });
  await server.api.close();
  const file = join(state, 'weft.db');
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  const text = await refusal(t, state);
  assert.match(
    text,
    /store .*weft\.db is damaged: .* — the file was left as it is: restore its folder from a copy, or start with another folder/,
  );
  assert.equal(readFileSync(file).length, Math.floor(bytes.length / 2));
  writeFileSync(file, bytes);
  const again = await startTestServer(t, { state });
  assert.equal((await again.ask('GET', `${CONFIG_MAPS}/x`)).status, 200);
});

test('a second server on the same state is refused, and the first goes on', async (t) => {
  const state = tempDir(t);
  const first = await startTestServer(t, { state });
  assert.match(await refusal(t, state), /in use by process \d+ — stop that process, or name another folder/);
  const written = await first.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } });
  assert.equal(written.status, 201);
});

test('a server that could not start gives its state back', async (t) => {
  const state = tempDir(t);
  const other = await startTestServer(t);
  await assert.rejects(startTestServer(t, { state, port: other.port }), /EADDRINUSE/);
  await startTestServer(t, { state });
});

test('a folder that cannot be made is told by name', async (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  const text = await refusal(t, join(file, 'state'));
  assert.match(text, /cannot keep state in .*file\/state: ENOTDIR.* — name a folder that this user can write to/);
});

test('a read-only folder is told by name', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async (t) => {
  const state = tempDir(t);
  chmodSync(state, 0o500);
  assert.match(
    await refusal(t, state),
    /cannot keep state in .*: EACCES.* — name a folder that this user can write to/,
  );
  chmodSync(state, 0o700);
});

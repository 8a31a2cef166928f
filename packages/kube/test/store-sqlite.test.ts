import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { isMeshError, noopLogger } from '@weft/core';
import { FakeClock, tempDir } from '@weft/testkit';
import { type ObjectStorage, openStorage } from '../src/server/store/index.ts';
import { okRevision, PODS, put, remove } from './store-steps.ts';

const clock = new FakeClock();

function open(t: TestContext, state: string, maxBytes?: number): Promise<ObjectStorage> {
  const opening = openStorage({ state, clock, log: noopLogger, ...(maxBytes === undefined ? {} : { maxBytes }) });
  t.after(async () => (await opening.catch(() => undefined))?.close());
  return opening;
}

/** A folder with one object in it, not in use. */
async function stateWithObject(t: TestContext): Promise<{ readonly state: string; readonly file: string }> {
  const state = join(tempDir(t), 'state');
  const store = await open(t, state);
  await okRevision(put(store, 'a/x', 0, 'precious'));
  await store.close();
  return { state, file: join(state, 'weft.db') };
}

async function refusal(t: TestContext, state: string): Promise<string> {
  const thrown: unknown = await open(t, state).then(
    () => assert.fail('the store opened'),
    (reason: unknown) => reason,
  );
  assert.ok(isMeshError(thrown), String(thrown));
  return `${thrown.message} — ${thrown.hint}`;
}

test('objects, their labels and the revision survive a restart', async (t) => {
  const state = tempDir(t);
  const first = await open(t, state);
  const x = await okRevision(put(first, 'a/x', 0, 'one'));
  const y = await okRevision(put(first, 'a/y', 0, 'two'));
  const text = first.get(PODS, 'a', 'x')?.json;
  const deleted = await okRevision(remove(first, 'a/y', y));
  await first.close();
  const second = await open(t, state);
  assert.equal(second.revision, deleted);
  assert.equal(second.get(PODS, 'a', 'x')?.revision, x);
  assert.equal(second.get(PODS, 'a', 'x')?.json, text);
  assert.deepEqual(second.get(PODS, 'a', 'x')?.labels, { value: 'one' });
  assert.equal(second.get(PODS, 'a', 'y'), undefined);
  assert.equal(
    second.watch(PODS, undefined, x, { onEvent: () => undefined, onClose: () => undefined }).kind,
    'expired',
  );
  assert.ok((await okRevision(put(second, 'a/z', 0))) > deleted);
});

test('a new store starts above every revision of one that stood there before', async (t) => {
  const before = await open(t, join(tempDir(t), 'one'));
  const revision = await okRevision(put(before, 'a/x', 0));
  clock.advance(1000);
  for (const state of [join(tempDir(t), 'two'), ':memory:']) {
    const after = await open(t, state);
    assert.ok(after.revision > revision);
    assert.equal(after.list({ resource: PODS, atRevision: revision }).kind, 'expired');
  }
});

test('only the owner can read the state', async (t) => {
  const state = join(tempDir(t), 'deep', 'state');
  const store = await open(t, state);
  await okRevision(put(store, 'a/x', 0));
  assert.equal(statSync(state).mode & 0o777, 0o700);
  for (const name of ['weft.db', 'weft.db-wal', 'lock', 'pid']) {
    assert.equal(statSync(join(state, name)).mode & 0o777, 0o600, name);
  }
});

test('a state folder in use is refused with the id of the process that holds it', async (t) => {
  const state = tempDir(t);
  const program = `
    import { noopLogger, systemClock } from '@weft/core';
    import { openStorage } from '${new URL('../src/server/store/index.ts', import.meta.url).href}';
    await openStorage({ state: process.argv[1], clock: systemClock, log: noopLogger });
    process.stdout.write('open');
    process.stdin.resume();
  `;
  const args = ['--input-type=module', '-e', program, state];
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.match(await refusal(t, state), new RegExp(`in use by process ${child.pid} — stop that process`));
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await open(t, state);
  assert.match(await refusal(t, state), new RegExp(`in use by process ${process.pid}`));
});

test('a file that is no database is refused and left as it is', async (t) => {
  const { state, file } = await stateWithObject(t);
  writeFileSync(file, 'garbage'.repeat(1000));
  const text = await refusal(t, state);
  assert.match(text, /weft\.db is damaged: file is not a database — .*left as it is.* --state DIR/);
  assert.equal(readFileSync(file, 'utf8'), 'garbage'.repeat(1000));
});

test('a file that lost its end is refused and left as it is', async (t) => {
  const { state, file } = await stateWithObject(t);
  const half = readFileSync(file).subarray(0, 6000);
  writeFileSync(file, half);
  assert.match(await refusal(t, state), /is damaged: /);
  assert.deepEqual(readFileSync(file), half);
});

test('one changed letter in an object is noticed', async (t) => {
  const { state, file } = await stateWithObject(t);
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('precious')] = 'P'.charCodeAt(0);
  writeFileSync(file, bytes);
  assert.match(await refusal(t, state), /is damaged: object "\/pods\/a\/x" differs from its checksum/);
});

test('the database of another program or of a newer version is refused', async (t) => {
  const { state, file } = await stateWithObject(t);
  const change = (sql: string) => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  };
  change('PRAGMA user_version = 99');
  assert.match(await refusal(t, state), /has layout 99; this version reads 1/);
  change('PRAGMA user_version = 1; PRAGMA application_id = 7');
  assert.match(await refusal(t, state), /is the database of another program/);
});

test('a state that is a file is refused by name', async (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  assert.match(await refusal(t, file), /cannot keep state in .*file: it is not a folder — name a folder/);
});

test('a full disk refuses writes with the reason, reads go on, and room makes writes work again', async (t) => {
  const state = tempDir(t);
  const store = await open(t, state, 400_000);
  const big = 'x'.repeat(50_000);
  let last = 0;
  let reason = '';
  for (let index = 0; reason === ''; index += 1) {
    assert.ok(index < 20, 'the quota is never reached');
    const result = await put(store, `a/${index}`, 0, big);
    if (result.kind === 'unavailable') reason = result.reason;
    else last = index;
  }
  assert.match(reason, /weft\.db failed: the disk or the quota is full: database or disk is full/);
  assert.equal(store.count(PODS), last + 1);
  assert.equal(store.get(PODS, 'a', String(last + 1)), undefined);
  await okRevision(remove(store, 'a/0', store.get(PODS, 'a', '0')?.revision ?? 0));
  await okRevision(put(store, 'a/again', 0, big));
  await store.close();
  const reopened = await open(t, state, 400_000);
  assert.equal(reopened.count(PODS), last + 1);
});

test('the log of a long burst is written back and stays small', async (t) => {
  const state = tempDir(t);
  const store = await open(t, state);
  const text = 'x'.repeat(10_000);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        put(store, `a/${index}`, store.latest(PODS, 'a', String(index))?.revision ?? 0, text),
      ),
    );
  }
  assert.ok(statSync(join(state, 'weft.db-wal')).size < 10 * 2 ** 20);
  await store.close();
  assert.ok(!existsSync(join(state, 'weft.db-wal')), 'a closed store is one file');
});

test('when the writing thread dies, writes are refused with what to do, reads go on, and nothing confirmed is lost', async (t) => {
  const state = tempDir(t);
  const started = once(process, 'worker') as Promise<[Worker]>;
  const store = await open(t, state);
  const [worker] = await started;
  await okRevision(put(store, 'a/x', 0));
  const underWay = [put(store, 'a/y', 0), worker.terminate()] as const;
  await Promise.all(underWay);
  const refused = await put(store, 'a/z', 0);
  assert.match(
    refused.kind === 'unavailable' ? refused.reason : '',
    /the writer of .*weft\.db stopped \(restart the server/,
  );
  assert.equal(store.get(PODS, 'a', 'x')?.name, 'x');
  await store.close();
  const reopened = await open(t, state);
  assert.ok(reopened.get(PODS, 'a', 'x'));
});

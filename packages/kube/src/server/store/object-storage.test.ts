import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeshError, noopLogger } from '@weft/core';
import { settle } from '@weft/testkit';
import { loadObjectStorage } from './object-storage.ts';
import { DEFAULT_PENDING, type PendingLimits } from './pending.ts';
import type { Medium, ObjectStorage, StoreRow, WriteResult } from './types.ts';

/** A medium whose commits the test ends by hand. */
class ScriptedMedium implements Medium {
  readonly batches: (readonly StoreRow[])[] = [];
  readonly #rows: readonly StoreRow[];
  #running: PromiseWithResolvers<void>[] = [];
  isClosed = false;

  constructor(rows: readonly StoreRow[] = []) {
    this.#rows = rows;
  }

  load() {
    return Promise.resolve({ rows: this.#rows, revision: 10 });
  }

  commit(rows: readonly StoreRow[]): Promise<void> {
    this.batches.push(rows);
    const commit = Promise.withResolvers<void>();
    this.#running.push(commit);
    return commit.promise;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  async finish(): Promise<void> {
    this.#running.shift()?.resolve();
    await settle();
  }

  async fail(reason: string): Promise<void> {
    this.#running.shift()?.reject(new MeshError('MESH_STORE', reason, { hint: 'free some space' }));
    await settle();
  }
}

async function open(pending?: Partial<PendingLimits>, rows?: readonly StoreRow[]) {
  const medium = new ScriptedMedium(rows);
  const limits = pending === undefined ? {} : { pending: { ...DEFAULT_PENDING, ...pending } };
  return { medium, store: await loadObjectStorage({ medium, log: noopLogger, ...limits }) };
}

function put(store: ObjectStorage, name: string, expectedRevision: number): Promise<WriteResult> {
  const encode = (revision: number) => `{"apiVersion":"v1","kind":"Pod","revision":${revision}}`;
  return store.write({ resource: '/pods', namespace: 'a', name, expectedRevision, labels: {}, encode });
}

const keysOf = (batch: readonly StoreRow[] | undefined) => batch?.map((row) => `${row.key} ${row.revision}`);

test('while one batch is with the medium, the next gathers; only the newest state of a key is sent', async () => {
  const { medium, store } = await open();
  const results = [put(store, '1', 0), put(store, '2', 0), put(store, '1', 11)];
  await settle();
  assert.deepEqual(medium.batches.map(keysOf), [['/pods/a/2 12', '/pods/a/1 13']]);
  results.push(put(store, '3', 0), put(store, '4', 0));
  await settle();
  assert.equal(medium.batches.length, 1);
  await medium.finish();
  assert.deepEqual(keysOf(medium.batches[1]), ['/pods/a/3 14', '/pods/a/4 15']);
  await medium.finish();
  assert.deepEqual(
    (await Promise.all(results)).map((result) => result.kind),
    ['ok', 'ok', 'ok', 'ok', 'ok'],
  );
});

test('batches are bounded by number and by text, and one large object still goes through', async () => {
  const { medium, store } = await open({ maxBatchWrites: 2, maxBatchChars: 60 });
  const results = ['1', '2', '3'].map((name) => put(store, name, 0));
  for (let batch = 0; batch < 3; batch += 1) {
    await settle();
    await medium.finish();
  }
  await Promise.all(results);
  assert.deepEqual(
    medium.batches.map((batch) => batch.length),
    [1, 1, 1],
  );
});

test('a refused batch takes with it what builds upon it; the rest and later writes go on', async () => {
  const { medium, store } = await open();
  const first = put(store, 'x', 0);
  await settle();
  const dependent = put(store, 'x', 11);
  const chained = put(store, 'x', 12);
  const other = put(store, 'y', 0);
  const waitingConflict = put(store, 'x', 0);
  await medium.fail('the disk is full');
  const refused = { kind: 'unavailable', reason: 'the disk is full (free some space)' };
  assert.deepEqual(await Promise.all([first, dependent, chained, waitingConflict]), [
    refused,
    refused,
    refused,
    refused,
  ]);
  assert.equal(store.latest('/pods', 'a', 'x'), undefined);
  assert.equal(store.revision, 10);
  assert.deepEqual(keysOf(medium.batches[1]), ['/pods/a/y 14']);
  await medium.finish();
  assert.equal((await other).kind, 'ok');
  assert.equal(store.revision, 14);
  const again = put(store, 'x', 0);
  await settle();
  await medium.finish();
  const result = await again;
  assert.equal(result.kind === 'ok' && result.entry.revision, 15, 'no revision is used twice');
});

test('a refused update leaves the state before it in place', async () => {
  const { medium, store } = await open(undefined, [{ key: '/pods/a/x', revision: 4, json: '{"kind":"Pod"}' }]);
  const update = put(store, 'x', 4);
  assert.equal(store.latest('/pods', 'a', 'x')?.revision, 11);
  await settle();
  await medium.fail('no');
  assert.equal((await update).kind, 'unavailable');
  assert.equal(store.latest('/pods', 'a', 'x')?.revision, 4);
  assert.equal(store.get('/pods', 'a', 'x')?.revision, 4);
});

test('when too many writes wait, further ones are refused at once', async () => {
  const { medium, store } = await open({ maxWrites: 2 });
  const accepted = [put(store, '1', 0), put(store, '2', 0)];
  const result = await put(store, '3', 0);
  assert.equal(
    result.kind === 'unavailable' && result.reason,
    'too many writes are waiting for the store; try again later',
  );
  await settle();
  await medium.finish();
  await Promise.all(accepted);
  const later = put(store, '3', 0);
  await settle();
  await medium.finish();
  assert.equal((await later).kind, 'ok');
});

test('closing waits for the medium', async () => {
  const { medium, store } = await open();
  const write = put(store, '1', 0);
  await settle();
  const closing = store.close();
  await settle();
  assert.equal(medium.isClosed, false);
  await medium.finish();
  await closing;
  assert.equal(medium.isClosed, true);
  assert.equal((await write).kind, 'ok');
});

test('labels of loaded objects are read from their text', async () => {
  const { store } = await open(undefined, [
    { key: '/pods/a/x', revision: 4, json: '{"metadata":{"labels":{"app":"x"}}}' },
    { key: '/pods/a/y', revision: 5, json: '{"metadata":{}}' },
    { key: 'rbac.authorization.k8s.io/clusterroles//system:a/b', revision: 6, json: '{"broken' },
  ]);
  assert.deepEqual(store.get('/pods', 'a', 'x')?.labels, { app: 'x' });
  assert.deepEqual(store.get('/pods', 'a', 'y')?.labels, {});
  const broken = store.get('rbac.authorization.k8s.io/clusterroles', '', 'system:a/b');
  assert.throws(() => broken?.labels, /clusterroles\/\/system:a\/b is not JSON/);
});

test('a row that is no object stops the start', async () => {
  for (const row of [
    { key: 'pods', revision: 1, json: '{}' },
    { key: '/pods/a/', revision: 1, json: '{}' },
    { key: '/pods/a/x', revision: 1, json: '[]' },
  ]) {
    await assert.rejects(open(undefined, [row]), MeshError);
  }
});

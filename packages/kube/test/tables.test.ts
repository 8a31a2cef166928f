/** Tables: what `kubectl get` prints, alone, in lists and while watching. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

type Json = Answer['json'];

const PODS = '/api/v1/namespaces/default/pods';
const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

async function pod(api: TestApi, name: string): Promise<void> {
  await api.ask('POST', PODS, { body: { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } } });
}

function cells(table: Json): Record<string, unknown>[] {
  const columns = table.columnDefinitions.map((column: Json) => column.name);
  return table.rows.map((row: Json) =>
    Object.fromEntries(columns.map((name: string, i: number) => [name, row.cells[i]])),
  );
}

test('one object and a list make the same rows', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a');
  api.clock.advance(65_000);
  const headers = { accept: TABLE };
  const one = (await api.ask('GET', `${PODS}/a`, { headers })).json;
  const list = (await api.ask('GET', PODS, { headers })).json;
  assert.deepEqual([one.kind, one.apiVersion, list.kind], ['Table', 'meta.k8s.io/v1', 'Table']);
  assert.deepEqual(one.rows, list.rows);
  assert.deepEqual(one.columnDefinitions, list.columnDefinitions);
  const [row] = cells(list);
  assert.deepEqual(
    [row!['Name'], row!['Ready'], row!['Status'], row!['Restarts'], row!['Age']],
    ['a', '0/1', 'Pending', '0', '65s'],
  );
  assert.match(list.metadata.resourceVersion, /^\d+$/);
});

test('a row carries of its object what was asked for', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a');
  const row = async (include: string): Promise<Json> =>
    (await api.ask('GET', `${PODS}?includeObject=${include}`, { headers: { accept: TABLE } })).json.rows[0].object;
  assert.equal(await row('None'), null);
  assert.deepEqual(Object.keys(await row('Metadata')).toSorted(), ['apiVersion', 'kind', 'metadata']);
  assert.equal((await row('')).kind, 'PartialObjectMetadata');
  assert.equal((await row('Object')).spec.containers[0].name, 'c');
  assert.equal((await api.ask('GET', `${PODS}?includeObject=Most`, { headers: { accept: TABLE } })).status, 400);
});

test('pages of tables go on where the last ended', async (t) => {
  const api = await createTestApi(t);
  for (const name of ['a', 'b', 'c']) await pod(api, name);
  const headers = { accept: TABLE };
  const first = (await api.ask('GET', `${PODS}?limit=2`, { headers })).json;
  assert.deepEqual(
    cells(first).map((row) => row['Name']),
    ['a', 'b'],
  );
  assert.equal(first.metadata.remainingItemCount, 1);
  const second = (
    await api.ask('GET', `${PODS}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`, { headers })
  ).json;
  assert.deepEqual(
    cells(second).map((row) => row['Name']),
    ['c'],
  );
});

test('an empty list still says what its columns are', async (t) => {
  const api = await createTestApi(t);
  const { json } = await api.ask('GET', PODS, { headers: { accept: TABLE } });
  assert.deepEqual(json.rows, []);
  assert.ok(json.columnDefinitions.some((column: Json) => column.name === 'Status' && column.priority === 0));
  assert.ok(
    json.columnDefinitions.some((column: Json) => column.name === 'Node' && column.priority === 1),
    'for -o wide',
  );
});

test('every kind makes a table whose rows fit its columns', async (t) => {
  const api = await createTestApi(t);
  for (const info of api.core.catalog.get().registry.kinds) {
    if (info.verbs !== undefined) continue;
    for (const version of info.versions) {
      if (version.isServed === false) continue;
      const base = info.group === '' ? `/api/${version.name}` : `/apis/${info.group}/${version.name}`;
      const { status, json, text } = await api.ask('GET', `${base}/${info.plural}`, { headers: { accept: TABLE } });
      assert.equal(status, 200, text);
      const [first] = json.columnDefinitions;
      assert.ok(
        json.columnDefinitions.some((column: Json) => column.name === 'Name'),
        info.kind,
      );
      assert.ok(typeof first.description === 'string' && typeof first.type === 'string', info.kind);
      for (const row of json.rows) assert.equal(row.cells.length, json.columnDefinitions.length, info.kind);
    }
  }
});

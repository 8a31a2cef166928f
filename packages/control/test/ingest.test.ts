/** A folder of YAML into an API, and the API into changes of the mesh. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { eventuallyPasses, leakCheck, tempDir } from '@weft/testkit';
import {
  type EmbeddedApi,
  type FolderReport,
  ObjectSource,
  startEmbeddedApi,
  watchFolder,
} from '../src/ingest/index.ts';
import type { ObjectChange } from '../src/mesh/model/index.ts';

leakCheck();

const base = { clock: systemClock, random: systemRandom, log: noopLogger };

async function startApi(t: TestContext): Promise<EmbeddedApi> {
  const api = await startEmbeddedApi({ ...base, port: 0, version: '0.0.0' });
  t.after(() => api.close());
  return api;
}

/** A source, and everything that was taken from it. */
async function follow(t: TestContext, { client }: EmbeddedApi) {
  const seen: ObjectChange[] = [];
  const source: ObjectSource = new ObjectSource({
    client,
    log: noopLogger,
    systemNamespace: 'istio-system',
    configMapName: 'istio',
    onChange: () => queueMicrotask(() => seen.push(...source.take())),
  });
  t.after(() => source.close());
  await source.waitForSync(AbortSignal.timeout(10_000));
  const last = (kind: string, key: string) => seen.findLast((change) => change.kind === kind && change.key === key);
  return { seen, source, last };
}

async function serveFolder(t: TestContext, { client }: EmbeddedApi, folder: string) {
  const reports: FolderReport[] = [];
  const { clock, log } = base;
  const watch = await watchFolder({ folder, client, clock, log, onReport: (report) => reports.push(report) });
  t.after(() => watch.close());
  return reports;
}

function virtualService(name: string, host: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec: { hosts: [${host}], http: [{ route: [{ destination: { host: ${host} } }] }] }
`;
}

test('objects of a folder become changes of the mesh, and so does what becomes of them', async (t) => {
  const folder = tempDir(t);
  const file = path.join(folder, 'deep', 'routes.yaml');
  mkdirSync(path.dirname(file));
  writeFileSync(file, `${virtualService('a', 'a')}---\n${virtualService('b', 'b')}`);
  const api = await startApi(t);
  const [reports, { last }] = [await serveFolder(t, api, folder), await follow(t, api)];
  assert.deepEqual(reports[0]?.applied, [
    'networking.istio.io/VirtualService/shop/a',
    'networking.istio.io/VirtualService/shop/b',
  ]);
  await eventuallyPasses(() => assert.ok(last('VirtualService', 'shop/b')?.object));
  assert.ok(last('Namespace', 'shop')?.object, 'a namespace that nobody made is made');

  writeFileSync(file, virtualService('a', 'other'));
  await eventuallyPasses(() => {
    const change = last('VirtualService', 'shop/a');
    assert.ok(change?.kind === 'VirtualService');
    assert.deepEqual(change.object?.spec?.hosts, ['other']);
    assert.equal(last('VirtualService', 'shop/b')?.object, undefined);
  });

  rmSync(file);
  await eventuallyPasses(() => assert.equal(last('VirtualService', 'shop/a')?.object, undefined));
});

test('a file that is broken changes nothing, and is named with the line', async (t) => {
  const folder = tempDir(t);
  const file = path.join(folder, 'a.yaml');
  writeFileSync(file, virtualService('a', 'a'));
  const api = await startApi(t);
  const reports = await serveFolder(t, api, folder);
  writeFileSync(file, `${virtualService('a', 'b')}---\nkind: [`);
  writeFileSync(path.join(folder, 'b.yaml'), virtualService('a', 'c'));
  await eventuallyPasses(() => {
    const problems = reports.at(-1)?.problems.map(({ file: name, line }) => `${name}:${line}`);
    assert.deepEqual(problems, ['a.yaml:6', 'b.yaml:1']);
  });
  assert.match(reports.at(-1)?.problems[1]?.message ?? '', /shop\/a is already in a\.yaml:1/);
  writeFileSync(file, 'kind: [');
  rmSync(path.join(folder, 'b.yaml'));
  await eventuallyPasses(() => assert.equal(reports.at(-1)?.problems.length, 1));
  assert.deepEqual(
    reports.flatMap(({ deleted }) => deleted),
    [],
  );
});

test('what the API refuses is a problem that names the object, and the rest is applied', async (t) => {
  const folder = tempDir(t);
  writeFileSync(
    path.join(folder, 'a.yaml'),
    `${virtualService('good', 'a')}---\n${virtualService('bad', 'a').replace('host: a', 'port: 1')}`,
  );
  const [report] = await serveFolder(t, await startApi(t), folder);
  assert.deepEqual(report?.applied, ['networking.istio.io/VirtualService/shop/good']);
  assert.equal(report.problems.length, 1);
  assert.equal(report.problems[0]?.line, 6);
  assert.match(report.problems[0].message, /host/);
});

test('a Pod comes without what the mesh has no use for, and several changes of one object as one', async (t) => {
  const api = await startApi(t);
  const { source, last, seen } = await follow(t, api);
  const folder = tempDir(t);
  const pod = (label: string) => `apiVersion: v1
kind: Pod
metadata: { name: p, labels: { app: ${label} } }
spec: { containers: [{ name: c, image: i, env: [{ name: SECRET, value: x }], ports: [{ name: http, containerPort: 80 }] }] }
`;
  writeFileSync(path.join(folder, 'p.yaml'), pod('a'));
  await serveFolder(t, api, folder);
  await eventuallyPasses(() => assert.ok(last('Pod', 'default/p')?.object));
  const text = JSON.stringify(last('Pod', 'default/p')?.object);
  assert.ok(text.includes('containerPort') && !text.includes('SECRET') && !text.includes('managedFields'), text);
  assert.ok(seen.length > 0);
  assert.deepEqual(source.take(), []);
});

test('what only the status of an object says is no change of the mesh', async (t) => {
  const api = await startApi(t);
  const folder = tempDir(t);
  writeFileSync(path.join(folder, 'a.yaml'), virtualService('a', 'a'));
  await serveFolder(t, api, folder);
  const { seen, source, last } = await follow(t, api);
  await eventuallyPasses(() => assert.ok(last('VirtualService', 'shop/a')?.object));
  const count = seen.length;
  const collection = await api.client.dynamic('networking.istio.io/v1', 'VirtualService', 'shop');
  await collection.patchStatus('a', { conditions: [{ type: 'Accepted', status: 'True' }] });
  await eventuallyPasses(() => {
    const status = source.current('VirtualService', 'shop/a')?.['status'] as { conditions?: unknown[] } | undefined;
    assert.equal(status?.conditions?.length, 1);
  });
  assert.equal(seen.length, count);
});

/** Discovery: all its forms say the same, and what they say is served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

type Json = Answer['json'];

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

/** One row: group, version, resource (with subresource), kind that it speaks, scope, verbs, short names. */
interface Row {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly speaks: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly names: string;
}

async function plain(api: TestApi): Promise<Row[]> {
  const { groups } = (await api.ask('GET', '/apis')).json;
  const versions = [
    { group: '', version: 'v1' },
    ...groups.flatMap((group: Json) => group.versions.map(({ version }: Json) => ({ group: group.name, version }))),
  ];
  const rows: Row[] = [];
  for (const { group, version } of versions) {
    const { json } = await api.ask('GET', pathOf(group, version));
    assert.equal(json.groupVersion, group === '' ? version : `${group}/${version}`);
    for (const one of json.resources) {
      const speaks = `${one.group ?? group}/${one.version ?? version}/${one.kind}`;
      const names = [
        one.name.includes('/') ? '' : one.singularName,
        ...(one.shortNames ?? []),
        ...(one.categories ?? []),
      ].join();
      rows.push({ group, version, resource: one.name, speaks, isNamespaced: one.namespaced, verbs: one.verbs, names });
    }
  }
  return rows;
}

async function aggregated(api: TestApi, accept: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const path of ['/api', '/apis']) {
    const answer = await api.ask('GET', path, { headers: { accept } });
    assert.equal(answer.contentType, accept);
    for (const { metadata, versions } of answer.json.items) {
      for (const { version, resources } of versions) {
        for (const one of resources) {
          const at = { group: metadata.name ?? '', version, isNamespaced: one.scope === 'Namespaced' };
          const speak = (kind: Json): string => `${kind.group}/${kind.version}/${kind.kind}`;
          const names = [one.singularResource, ...(one.shortNames ?? []), ...(one.categories ?? [])].join();
          rows.push({ ...at, resource: one.resource, speaks: speak(one.responseKind), verbs: one.verbs, names });
          for (const sub of one.subresources ?? []) {
            rows.push({
              ...at,
              resource: `${one.resource}/${sub.subresource}`,
              speaks: speak(sub.responseKind),
              verbs: sub.verbs,
              names: '',
            });
          }
        }
      }
    }
  }
  return rows;
}

function pathOf(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

async function withDefinition(api: TestApi): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const subresources = {
    status: {},
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
  };
  const version = (name: string): object => ({ name, served: true, storage: name === 'v1', schema, subresources });
  const spec = {
    group: 'example.com',
    scope: 'Cluster',
    names: { plural: 'things', kind: 'Thing', shortNames: ['th'], categories: ['all'] },
    versions: ['v1alpha1', 'v1', 'v1beta2', 'v2'].map(version),
  };
  await api.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: { metadata: { name: 'things.example.com' }, spec },
  });
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', '/apis/example.com')).status, 200));
}

test('plain and aggregated discovery say the same', async (t) => {
  const api = await createTestApi(t);
  await withDefinition(api);
  const rows = await plain(api);
  assert.ok(rows.length > 100);
  assert.deepEqual(await aggregated(api, V2), rows);
  assert.deepEqual(await aggregated(api, V2BETA1), rows);
});

test('versions stand in the order of Kubernetes, the preferred one first', async (t) => {
  const api = await createTestApi(t);
  await withDefinition(api);
  const group = (await api.ask('GET', '/apis/example.com')).json;
  assert.deepEqual(
    group.versions.map((one: Json) => one.version),
    ['v2', 'v1', 'v1beta2', 'v1alpha1'],
  );
  assert.deepEqual(group.preferredVersion, { groupVersion: 'example.com/v2', version: 'v2' });
  const listed = (await api.ask('GET', '/apis')).json.groups.find((one: Json) => one.name === 'example.com');
  assert.deepEqual(listed, { name: group.name, versions: group.versions, preferredVersion: group.preferredVersion });
});

test('old clients are told the versions of the core group', async (t) => {
  const api = await createTestApi(t);
  const { json } = await api.ask('GET', '/api');
  assert.deepEqual([json.kind, json.versions], ['APIVersions', ['v1']]);
  for (const path of [
    '/apis/none.example.com',
    '/apis/none.example.com/v1',
    '/apis/apps/v9',
    '/api/v2',
    '/apis/apps/v1/deployments/a/b/c/d',
  ]) {
    assert.equal((await api.ask('GET', path)).status, 404, path);
  }
});

test('discovery follows what is defined', async (t) => {
  const api = await createTestApi(t);
  const has = async (): Promise<boolean> => (await aggregated(api, V2)).some((row) => row.resource === 'things');
  assert.equal(await has(), false);
  await withDefinition(api);
  assert.equal(await has(), true);
  await api.ask('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com');
  await eventuallyPasses(async () => assert.equal(await has(), false));
});

const METHODS: Readonly<Record<string, string>> = {
  create: 'POST',
  delete: 'DELETE',
  deletecollection: 'DELETE',
  get: 'GET',
  list: 'GET',
  patch: 'PATCH',
  update: 'PUT',
  watch: 'GET',
};

/** What a client would ask to use a verb; objects that are not there are asked for, so that nothing changes. */
function request({ group, version, resource, isNamespaced }: Row, verb: string): { url: string; hasObject: boolean } {
  const [plural, sub] = resource.split('/') as [string, string | undefined];
  const inCollection = sub === undefined && ['create', 'deletecollection', 'list', 'watch'].includes(verb);
  const base = `${pathOf(group, version)}${isNamespaced ? '/namespaces/nowhere' : ''}/${plural}`;
  const url = inCollection ? base : `${base}/absent${sub === undefined ? '' : `/${sub}`}`;
  return { url: verb === 'watch' ? `${url}?watch=true` : `${url}?dryRun=All`, hasObject: !inCollection };
}

test('every verb that is advertised is served, and no other', async (t) => {
  const api = await createTestApi(t);
  await withDefinition(api);
  for (const row of await plain(api)) {
    for (const verb of row.resource.includes('/') ? ['get', 'patch', 'update', 'create'] : Object.keys(METHODS)) {
      const { url, hasObject } = request(row, verb);
      const told = `${verb} ${url}`;
      if (verb === 'watch' && row.verbs.includes(verb)) {
        (await api.watch(url)).close();
        continue;
      }
      const headers: Record<string, string> =
        verb === 'patch' ? { 'content-type': 'application/merge-patch+json' } : {};
      const { status, json } = await api.ask(METHODS[verb]!, url, {
        body: verb === 'get' || verb === 'list' ? undefined : {},
        headers,
      });
      if (!row.verbs.includes(verb)) {
        // What has no objects has no URLs for them.
        const hasPath = !/could not find the requested resource/.test(json.message);
        assert.equal(status, hasPath ? 405 : 404, `${told} is not advertised, but answers ${status}`);
        continue;
      }
      assert.notEqual(status, 405, told);
      assert.ok(status < 500, `${told}: ${json.message}`);
      // What is not found is the object or the namespace, never the path.
      if (status === 404) assert.match(json.message, /"(absent|nowhere)" not found/, told);
      else if (hasObject) assert.ok([400, 422].includes(status), `${told}: ${status} ${json.message}`);
    }
  }
});

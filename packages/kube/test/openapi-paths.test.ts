/** OpenAPI documents: one for each group version, whole in themselves, and about what is served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

type Json = Answer['json'];

async function index(api: TestApi): Promise<Record<string, { serverRelativeURL: string }>> {
  const { json, status } = await api.ask('GET', '/openapi/v3');
  assert.equal(status, 200);
  return json.paths;
}

function references(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const one of value) references(one, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (key === '$ref' && typeof member === 'string') found.add(member);
      else references(member, found);
    }
  }
  return found;
}

test('there is a document for each group version that is served, and it is whole', async (t) => {
  const api = await createTestApi(t);
  const { groups } = (await api.ask('GET', '/apis')).json;
  const paths = await index(api);
  for (const group of groups) {
    for (const { groupVersion } of group.versions)
      assert.ok(paths[`apis/${groupVersion}`], `no document for ${groupVersion}`);
  }
  assert.ok(paths['api/v1']);
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const [url] = serverRelativeURL.split('?');
    const { status, json } = await api.ask('GET', serverRelativeURL);
    assert.equal(status, 200, path);
    assert.equal(url, `/openapi/v3/${path}`);
    assert.match(json.openapi, /^3\.0/);
    for (const reference of references(json)) {
      const name = /^#\/components\/schemas\/(.+)$/.exec(reference)?.[1];
      assert.ok(
        name !== undefined && json.components.schemas[name] !== undefined,
        `${path}: ${reference} leads nowhere`,
      );
    }
  }
});

test('each resource of discovery has its paths, with the kind that they speak', async (t) => {
  const api = await createTestApi(t);
  for (const path of Object.keys(await index(api))) {
    const { resources } = (await api.ask('GET', `/${path}`)).json;
    const document = (await api.ask('GET', `/openapi/v3/${path}`)).json;
    const kinds = Object.values(document.components.schemas).flatMap(
      (schema: Json) => schema['x-kubernetes-group-version-kind'] ?? [],
    );
    for (const resource of resources as Json[]) {
      if (resource.name.includes('/')) continue;
      const inside = resource.namespaced ? '/namespaces/{namespace}' : '';
      const base = `/${path}${inside}/${resource.name}`;
      const operations = { ...document.paths[base], ...document.paths[`${base}/{name}`] };
      for (const [verb, method] of [
        ['create', 'post'],
        ['get', 'get'],
        ['update', 'put'],
        ['patch', 'patch'],
        ['delete', 'delete'],
      ] as const) {
        assert.equal(
          operations[method] !== undefined,
          resource.verbs.includes(verb) || (verb === 'get' && resource.verbs.includes('list')),
          `${path} ${resource.name}: ${verb}`,
        );
      }
      assert.ok(
        kinds.some((kind: Json) => kind.kind === resource.kind),
        `${path}: no schema of kind ${resource.kind}`,
      );
    }
  }
});

test('documents follow what is defined', async (t) => {
  const api = await createTestApi(t);
  const before = await index(api);
  assert.equal(before['apis/example.com/v1'], undefined);
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    },
  };
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, schema }],
  };
  await api.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: { metadata: { name: 'things.example.com' }, spec },
  });
  await eventuallyPasses(async () => assert.ok((await index(api))['apis/example.com/v1']));
  const { json } = await api.ask('GET', '/openapi/v3/apis/example.com/v1');
  const thing: Json = Object.values(json.components.schemas).find(
    (one: Json) => one['x-kubernetes-group-version-kind']?.[0]?.kind === 'Thing',
  );
  assert.equal(thing.properties.spec.properties.size.type, 'integer');
  await api.ask('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com');
  await eventuallyPasses(async () =>
    assert.equal((await api.ask('GET', '/openapi/v3/apis/example.com/v1')).status, 404),
  );
});

test('old clients get the smallest document that they accept, and unknown ones nothing', async (t) => {
  const api = await createTestApi(t);
  const v2 = await api.ask('GET', '/openapi/v2');
  assert.deepEqual([v2.status, v2.json.swagger], [200, '2.0']);
  const proto = await api.ask('GET', '/openapi/v2', {
    headers: { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf, application/json' },
  });
  assert.equal(proto.contentType, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  for (const path of ['/openapi/v4', '/openapi/v3/apis/none/v1', '/openapi/v3/api/v2', '/openapi/v3/other']) {
    assert.equal((await api.ask('GET', path)).status, 404, path);
  }
});

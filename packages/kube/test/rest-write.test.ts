/** Creating, replacing, patching and deleting through the API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestApi, type TestApi } from './support/api.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SERVICES = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

function configMap(name: string, data: Record<string, string> = {}, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

function virtualService(name: string, spec: object = {}): object {
  const http = [{ route: [{ destination: { host: 'reviews' } }] }];
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: { hosts: ['reviews'], http, ...spec },
  };
}

test('a new object gets its identity from the server', async (t) => {
  const api = await createTestApi(t);
  const { status, json } = await api.ask('POST', SERVICES, { body: virtualService('reviews') });
  assert.equal(status, 201);
  assert.equal(json.metadata.namespace, 'default');
  assert.match(json.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.match(json.metadata.resourceVersion, /^\d+$/);
  assert.equal(json.metadata.generation, 1);
  assert.ok(Date.parse(json.metadata.creationTimestamp));
  const again = await api.ask('GET', `${SERVICES}/reviews`);
  assert.deepEqual(again.json, json);
});

test('an object is served in every version of its kind', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', SERVICES, { body: virtualService('reviews') });
  for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
    const { json } = await api.ask(
      'GET',
      `/apis/networking.istio.io/${version}/namespaces/default/virtualservices/reviews`,
    );
    assert.equal(json.apiVersion, `networking.istio.io/${version}`);
    assert.deepEqual(json.spec.hosts, ['reviews']);
  }
  const list = await api.ask('GET', '/apis/networking.istio.io/v1beta1/virtualservices');
  assert.equal(list.json.items[0].apiVersion, 'networking.istio.io/v1beta1');
});

test('generateName makes a name', async (t) => {
  const api = await createTestApi(t);
  const body = { metadata: { generateName: 'job-' } };
  const first = await api.ask('POST', CONFIG_MAPS, { body });
  const second = await api.ask('POST', CONFIG_MAPS, { body });
  assert.match(first.json.metadata.name, /^job-[a-z0-9]{5}$/);
  assert.notEqual(first.json.metadata.name, second.json.metadata.name);
});

test('refuses what does not fit, in the words of Kubernetes', async (t) => {
  const api = await createTestApi(t);
  const cases: [string, string, object | string, number, RegExp][] = [
    [
      'POST',
      CONFIG_MAPS,
      { kind: 'Secret', apiVersion: 'v1' },
      400,
      /the kind in the data \(Secret\) does not match the expected kind \(ConfigMap\)/,
    ],
    ['POST', CONFIG_MAPS, { apiVersion: 'v2' }, 400, /does not match the expected API version \(v1\)/],
    [
      'POST',
      CONFIG_MAPS,
      configMap('a', {}, { namespace: 'other' }),
      400,
      /does not match the namespace sent on the request/,
    ],
    ['POST', CONFIG_MAPS, configMap('a', {}, { resourceVersion: '1' }), 400, /resourceVersion should not be set/],
    ['POST', CONFIG_MAPS, configMap('Upper'), 422, /RFC 1123/],
    ['POST', CONFIG_MAPS, { metadata: {} }, 422, /name or generateName is required/],
    ['POST', '/api/v1/namespaces/absent/configmaps', configMap('a'), 404, /namespaces "absent" not found/],
    ['POST', CONFIG_MAPS, '{"metadata": {"name": "a",}}', 400, /line 1/],
    ['POST', CONFIG_MAPS, '[1]', 400, /must be a JSON object/],
    [
      'POST',
      SERVICES,
      virtualService('a', { hosts: 'reviews' }),
      422,
      /spec.hosts: Invalid value: "string": spec.hosts in body must be of type array: "string"/,
    ],
    ['GET', `${CONFIG_MAPS}/none`, '', 404, /configmaps "none" not found/],
    ['PUT', `${CONFIG_MAPS}/none`, configMap('none'), 404, /not found/],
    ['DELETE', `${CONFIG_MAPS}/none`, '', 404, /not found/],
    ['PATCH', CONFIG_MAPS, '', 405, /does not allow this method/],
    ['GET', '/apis/nothing.io/v1/things', '', 404, /could not find the requested resource/],
    ['GET', '/api/v1/namespaces/default/namespaces', '', 404, /could not find/],
    ['GET', `${CONFIG_MAPS}?limit=x`, '', 400, /parsing "x": invalid syntax/],
    ['GET', `${CONFIG_MAPS}?labelSelector=a in (`, '', 400, /unable to parse requirement/],
    [
      'GET',
      `${CONFIG_MAPS}?fieldSelector=spec.x=1`,
      '',
      400,
      /"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"/,
    ],
  ];
  for (const [method, url, body, status, message] of cases) {
    const answer = await api.ask(method, url, { body });
    const told = `${method} ${url}: ${answer.text}`;
    assert.equal(answer.status, status, told);
    assert.equal(answer.json.kind, 'Status', told);
    assert.match(answer.json.message, message, told);
  }
});

test('unknown and duplicate fields are refused, warned of, or dropped, as the request asks', async (t) => {
  const api = await createTestApi(t);
  const body = '{"metadata":{"name":"a"},"data":{"k":"1"},"data":{"k":"2"},"bogus":1}';
  const strict = await api.ask('POST', `${CONFIG_MAPS}?fieldValidation=Strict`, { body });
  assert.equal(strict.status, 400);
  assert.match(strict.json.message, /strict decoding error: duplicate field "data", unknown field "bogus"/);
  const warned = await api.ask('POST', CONFIG_MAPS, { body });
  assert.equal(warned.status, 201);
  assert.deepEqual(warned.warnings, ['duplicate field "data"', 'unknown field "bogus"']);
  assert.equal(warned.json.bogus, undefined);
  const ignored = await api.ask('POST', `${CONFIG_MAPS}?fieldValidation=Ignore`, { body: body.replace('"a"', '"b"') });
  assert.deepEqual(ignored.warnings, []);
});

test('a dry run answers as if and stores nothing', async (t) => {
  const api = await createTestApi(t);
  const { status } = await api.ask('POST', `${CONFIG_MAPS}?dryRun=All`, { body: configMap('a') });
  assert.equal(status, 201);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/a`)).status, 404);
  await api.ask('POST', CONFIG_MAPS, { body: configMap('a') });
  assert.equal((await api.ask('DELETE', `${CONFIG_MAPS}/a?dryRun=All`)).status, 200);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/a`)).status, 200);
});

test('a replacement must be based on the newest version, if it names one', async (t) => {
  const api = await createTestApi(t);
  const created = (await api.ask('POST', CONFIG_MAPS, { body: configMap('a', { k: '1' }) })).json;
  const next = { ...created, data: { k: '2' } };
  assert.equal((await api.ask('PUT', `${CONFIG_MAPS}/a`, { body: next })).status, 200);
  const late = await api.ask('PUT', `${CONFIG_MAPS}/a`, { body: next });
  assert.equal(late.status, 409);
  assert.match(
    late.json.message,
    /the object has been modified; please apply your changes to the latest version and try again/,
  );
  const unpinned = await api.ask('PUT', `${CONFIG_MAPS}/a`, { body: configMap('a', { k: '3' }) });
  assert.equal(unpinned.status, 200);
  assert.equal(unpinned.json.metadata.uid, created.metadata.uid);
});

test('a write that changes nothing makes no new version', async (t) => {
  const api = await createTestApi(t);
  const created = (await api.ask('POST', CONFIG_MAPS, { body: configMap('a', { k: '1' }) })).json;
  const same = (await api.ask('PUT', `${CONFIG_MAPS}/a`, { body: created })).json;
  assert.equal(same.metadata.resourceVersion, created.metadata.resourceVersion);
});

test('generation counts the desired state; status has its own way in', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', SERVICES, { body: { ...virtualService('a'), status: { observedGeneration: '7' } } });
  const url = `${SERVICES}/a`;
  const created = (await api.ask('GET', url)).json;
  assert.equal(created.status, undefined, 'status is not taken at creation');
  const patch = { headers: { 'content-type': 'application/merge-patch+json' } };
  const labelled = await api.ask('PATCH', url, { ...patch, body: { metadata: { labels: { a: 'b' } } } });
  assert.equal(labelled.json.metadata.generation, 1);
  const changed = await api.ask('PATCH', url, {
    ...patch,
    body: { spec: { hosts: ['other'] }, status: { observedGeneration: '9' } },
  });
  assert.equal(changed.json.metadata.generation, 2);
  assert.equal(changed.json.status, undefined);
  const status = await api.ask('PATCH', `${url}/status`, {
    ...patch,
    body: { status: { observedGeneration: '2' }, spec: { hosts: ['x'] } },
  });
  assert.equal(status.status, 200, status.text);
  assert.deepEqual(status.json.spec.hosts, ['other']);
  assert.equal(status.json.status.observedGeneration, '2');
  assert.equal(status.json.metadata.generation, 2);
});

test('each kind of patch changes the object', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', CONFIG_MAPS, { body: configMap('a', { k: '1', l: '1' }) });
  const patch = (type: string, body: unknown): ReturnType<TestApi['ask']> =>
    api.ask('PATCH', `${CONFIG_MAPS}/a`, { body, headers: { 'content-type': type } });
  const merged = await patch('application/merge-patch+json', { data: { l: null, m: '2' } });
  assert.deepEqual(merged.json.data, { k: '1', m: '2' });
  const json = await patch('application/json-patch+json', [{ op: 'replace', path: '/data/k', value: '9' }]);
  assert.deepEqual(json.json.data, { k: '9', m: '2' });
  const strategic = await patch('application/strategic-merge-patch+json', { data: { n: '3' } });
  assert.deepEqual(strategic.json.data, { k: '9', m: '2', n: '3' });
  const unknown = await patch('application/whatever', {});
  assert.equal(unknown.status, 415);
  const failing = await patch('application/json-patch+json', [{ op: 'test', path: '/data/k', value: '0' }]);
  assert.equal(failing.status, 422);
});

test('strategic merge is for the kinds of Kubernetes alone', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', SERVICES, { body: virtualService('a') });
  const answer = await api.ask('PATCH', `${SERVICES}/a`, {
    body: {},
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
  });
  assert.equal(answer.status, 415);
});

test('finalizers hold a deleted object until they are gone', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', CONFIG_MAPS, { body: configMap('a', {}, { finalizers: ['example.com/hold'] }) });
  const held = await api.ask('DELETE', `${CONFIG_MAPS}/a`);
  assert.equal(held.status, 200);
  assert.ok(held.json.metadata.deletionTimestamp);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/a`)).status, 200);
  await api.ask('PATCH', `${CONFIG_MAPS}/a`, {
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/a`)).status, 404);
});

test('preconditions guard a deletion', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', CONFIG_MAPS, { body: configMap('a') });
  const wrong = await api.ask('DELETE', `${CONFIG_MAPS}/a`, { body: { preconditions: { uid: 'other' } } });
  assert.equal(wrong.status, 409);
  assert.match(wrong.json.message, /UID in the precondition \(other\) does not match the UID in record/);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/a`)).status, 200);
});

test('a collection is deleted by selector', async (t) => {
  const api = await createTestApi(t);
  for (const name of ['a', 'b', 'c']) {
    await api.ask('POST', CONFIG_MAPS, { body: configMap(name, {}, { labels: { keep: String(name === 'b') } }) });
  }
  const answer = await api.ask('DELETE', `${CONFIG_MAPS}?labelSelector=keep=false`);
  assert.equal(answer.status, 200);
  const left = await api.ask('GET', `${CONFIG_MAPS}?labelSelector=keep`);
  assert.deepEqual(
    left.json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ['b'],
  );
});

test('concurrent patches of different fields all arrive', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', CONFIG_MAPS, { body: configMap('a') });
  const names = ['k0', 'k1', 'k2', 'k3'];
  const answers = await Promise.all(
    names.map((name) =>
      api.ask('PATCH', `${CONFIG_MAPS}/a`, {
        body: { data: { [name]: '1' } },
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
    ),
  );
  for (const { status, text } of answers) assert.equal(status, 200, text);
  const { json } = await api.ask('GET', `${CONFIG_MAPS}/a`);
  assert.deepEqual(Object.keys(json.data).sort(), names);
});

test('services get addresses and node ports that nobody else has, even at the same time', async (t) => {
  const api = await createTestApi(t);
  const create = (name: string): ReturnType<TestApi['ask']> =>
    api.ask('POST', '/api/v1/namespaces/default/services', {
      body: { metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
    });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`s${i}`)));
  const addresses = answers.map(({ json }) => json.spec.clusterIP);
  assert.equal(new Set(addresses).size, 20, 'addresses differ');
  assert.equal(new Set(answers.map(({ json }) => json.spec.ports[0].nodePort)).size, 20, 'node ports differ');
  const taken = await api.ask('POST', '/api/v1/namespaces/default/services', {
    body: { metadata: { name: 'thief' }, spec: { clusterIP: addresses[0], ports: [{ port: 80 }] } },
  });
  assert.equal(taken.status, 422);
  assert.match(taken.json.message, /already allocated/);
});

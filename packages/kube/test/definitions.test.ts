/** CustomResourceDefinitions through their life: names, versions, changes while clients watch, and their end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

const widgetSpec = {
  type: 'object',
  properties: {
    size: { type: 'integer', default: 1 },
    replicas: { type: 'integer' },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, weight: { type: 'integer' } },
      },
    },
  },
};
const widgetStatus = { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } };

function version(name: string, more: object = {}): object {
  return {
    name,
    served: true,
    storage: name === 'v1',
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: widgetSpec, status: widgetStatus } } },
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
    ...more,
  };
}

function definition(names: object = {}, more: object = {}): { metadata: { name: string }; spec: object } {
  const all = { plural: 'widgets', kind: 'Widget', ...names };
  return {
    metadata: { name: `${all.plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: all, versions: [version('v1')], ...more },
  };
}

const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

async function ok(answer: Promise<Answer>, status = 200): Promise<Answer['json']> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  return json;
}

/** Creates a definition and waits until it is served. */
async function define(api: TestApi, body: ReturnType<typeof definition> = definition()): Promise<void> {
  await ok(api.ask('POST', CRDS, { body }), 201);
  await eventuallyPasses(async () => assert.equal(await condition(api, body.metadata.name, 'Established'), 'True'));
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', '/apis/example.com/v1')).status, 200));
}

async function condition(api: TestApi, name: string, type: string): Promise<string | undefined> {
  const { status } = (await api.ask('GET', `${CRDS}/${name}`)).json;
  return status?.conditions?.find((one: { type: string }) => one.type === type)?.status;
}

function widget(api: TestApi, name: string, spec: object = {}): Promise<Answer['json']> {
  return ok(
    api.ask('POST', WIDGETS, { body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec } }),
    201,
  );
}

test('a definition says what became of it', async (t) => {
  const api = await createTestApi(t);
  await define(api, definition({ shortNames: ['wi'] }));
  const { status, metadata } = await ok(api.ask('GET', `${CRDS}/widgets.example.com`));
  assert.deepEqual(
    status.conditions.map((one: Answer['json']) => [one.type, one.status, one.reason]),
    [
      ['NamesAccepted', 'True', 'NoConflicts'],
      ['Established', 'True', 'InitialNamesAccepted'],
    ],
  );
  assert.deepEqual(status.acceptedNames, {
    plural: 'widgets',
    singular: 'widget',
    shortNames: ['wi'],
    kind: 'Widget',
    listKind: 'WidgetList',
  });
  assert.deepEqual(status.storedVersions, ['v1']);
  assert.deepEqual(metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
});

test('a watch ends when the definition changes, and starts again under the new one', async (t) => {
  const api = await createTestApi(t);
  await define(api);
  const open = await api.watch(`${WIDGETS}?watch=true`);
  const other = await api.watch('/api/v1/namespaces/default/configmaps?watch=true');
  await ok(
    api.ask('PATCH', `${CRDS}/widgets.example.com`, { body: { metadata: { labels: { a: 'b' } } }, headers: MERGE }),
  );
  await widget(api, 'a', { bogus: 1 });
  assert.equal(open.isClosed(), false, 'a label changes no kind');
  const spec = { ...widgetSpec, properties: { ...widgetSpec.properties, color: { type: 'string', default: 'red' } } };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status: widgetStatus } } };
  const additionalPrinterColumns = [{ name: 'Color', type: 'string', jsonPath: '.spec.color' }];
  await ok(
    api.ask('PATCH', `${CRDS}/widgets.example.com`, {
      body: { spec: { versions: [version('v1', { schema, additionalPrinterColumns })] } },
      headers: MERGE,
    }),
  );
  await eventuallyPasses(() => assert.equal(open.isClosed(), true));
  assert.equal(other.isClosed(), false);
  const { columnDefinitions, rows } = await ok(api.ask('GET', WIDGETS, { headers: TABLE }));
  assert.deepEqual(columnDefinitions.map((column: { name: string }) => column.name).slice(0, 2), ['Name', 'Color']);
  assert.equal(rows.length, 1);
  assert.equal((await widget(api, 'b')).spec.color, 'red', 'new defaults hold');
  const again = await api.watch(`${WIDGETS}?watch=true`);
  assert.deepEqual(
    again.events.map((event) => event.object.spec.color),
    ['red', 'red'],
    'also for what was stored before',
  );
});

test('the end of a definition takes its objects along, lets no new ones in, and ends watches', async (t) => {
  const api = await createTestApi(t);
  await define(api);
  await widget(api, 'free');
  await ok(api.ask('POST', WIDGETS, { body: { metadata: { name: 'held', finalizers: ['example.com/hold'] } } }), 201);
  const open = await api.watch(`${WIDGETS}?watch=true&resourceVersion=${api.core.context.storage.revision}`);
  await ok(api.ask('DELETE', `${CRDS}/widgets.example.com`));
  await eventuallyPasses(async () => assert.equal(await condition(api, 'widgets.example.com', 'Terminating'), 'True'));
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', `${WIDGETS}/free`)).status, 404));
  const late = await api.ask('POST', WIDGETS, { body: { metadata: { name: 'late' } } });
  assert.equal(late.status, 405, late.text);
  const { resources } = (await api.ask('GET', '/apis/example.com/v1')).json;
  assert.ok(!resources[0].verbs.includes('create'));
  await ok(api.ask('PATCH', `${WIDGETS}/held`, { body: { metadata: { finalizers: null } }, headers: MERGE }));
  await eventuallyPasses(async () => {
    api.clock.advance(200);
    assert.equal((await api.ask('GET', `${CRDS}/widgets.example.com`)).status, 404);
  });
  await eventuallyPasses(() => assert.equal(open.isClosed(), true));
  const deleted = open.events.filter((event) => event.type === 'DELETED').map((event) => event.object.metadata.name);
  assert.deepEqual(
    deleted.toSorted((a, b) => (a < b ? -1 : 1)),
    ['free', 'held'],
  );
  assert.equal((await api.ask('GET', WIDGETS)).status, 404);
  await define(api);
  assert.deepEqual((await ok(api.ask('GET', WIDGETS))).items, [], 'a new definition of the name starts empty');
});

test('a definition whose names are taken waits until they are free', async (t) => {
  const api = await createTestApi(t);
  await define(api);
  await ok(
    api.ask('POST', CRDS, {
      body: definition({ plural: 'gadgets', kind: 'Widget', listKind: 'GadgetList', singular: 'gadget' }),
    }),
    201,
  );
  await eventuallyPasses(async () =>
    assert.equal(await condition(api, 'gadgets.example.com', 'NamesAccepted'), 'False'),
  );
  const { status } = await ok(api.ask('GET', `${CRDS}/gadgets.example.com`));
  const conflict = status.conditions.find((one: { type: string }) => one.type === 'NamesAccepted');
  assert.deepEqual([conflict.reason, conflict.message], ['KindConflict', '"Widget" is already in use']);
  assert.equal((await api.ask('GET', '/apis/example.com/v1/gadgets')).status, 404);
  await ok(api.ask('DELETE', `${CRDS}/widgets.example.com`));
  await eventuallyPasses(async () => assert.equal(await condition(api, 'gadgets.example.com', 'Established'), 'True'));
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', '/apis/example.com/v1/gadgets')).status, 200));
});

test('versions come and go, and what was stored in any of them is known', async (t) => {
  const api = await createTestApi(t);
  await define(api);
  await widget(api, 'a', { size: 2 });
  const versions = [version('v1', { storage: false }), version('v2', { storage: true })];
  await ok(api.ask('PATCH', `${CRDS}/widgets.example.com`, { body: { spec: { versions } }, headers: MERGE }));
  await eventuallyPasses(async () => {
    const { status } = await ok(api.ask('GET', `${CRDS}/widgets.example.com`));
    assert.deepEqual(status.storedVersions, ['v1', 'v2']);
  });
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', '/apis/example.com/v2')).status, 200));
  const seen = await ok(api.ask('GET', '/apis/example.com/v2/namespaces/default/widgets/a'));
  assert.deepEqual([seen.apiVersion, seen.spec.size], ['example.com/v2', 2]);
  await widget(api, 'b', { size: 3 });
  const list = await ok(api.ask('GET', WIDGETS));
  assert.deepEqual(
    list.items.map((item: Answer['json']) => [item.apiVersion, item.spec.size]),
    [
      ['example.com/v1', 2],
      ['example.com/v1', 3],
    ],
  );
  const put = await ok(api.ask('PUT', `${WIDGETS}/a`, { body: { ...list.items[0], spec: { size: 4 } } }));
  assert.equal(put.spec.size, 4);
  const only = [version('v1', { storage: false, served: false }), version('v2', { storage: true })];
  await ok(api.ask('PATCH', `${CRDS}/widgets.example.com`, { body: { spec: { versions: only } }, headers: MERGE }));
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', WIDGETS)).status, 404));
  assert.equal((await ok(api.ask('GET', '/apis/example.com/v2/namespaces/default/widgets'))).items.length, 2);
});

test('custom resources have a status and a scale when their definition says so', async (t) => {
  const api = await createTestApi(t);
  await define(api);
  const created = await ok(
    api.ask('POST', WIDGETS, { body: { metadata: { name: 'a' }, spec: { replicas: 2 }, status: { replicas: 9 } } }),
    201,
  );
  assert.equal(created.status, undefined);
  await ok(
    api.ask('PATCH', `${WIDGETS}/a/status`, { body: { status: { replicas: 1, selector: 'app=a' } }, headers: MERGE }),
  );
  const scale = await ok(api.ask('GET', `${WIDGETS}/a/scale`));
  assert.deepEqual([scale.spec, scale.status], [{ replicas: 2 }, { replicas: 1, selector: 'app=a' }]);
  await ok(api.ask('PUT', `${WIDGETS}/a/scale`, { body: { ...scale, spec: { replicas: 5 } } }));
  const after = await ok(api.ask('GET', `${WIDGETS}/a`));
  assert.deepEqual([after.spec.replicas, after.metadata.generation, after.status.replicas], [5, 2, 1]);
});

test('server-side apply merges lists by the keys of the definition', async (t) => {
  const api = await createTestApi(t);
  await define(api);
  const apply = (manager: string, parts: object[], query = ''): Promise<Answer> =>
    api.ask('PATCH', `${WIDGETS}/a?fieldManager=${manager}${query}`, {
      body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { parts } },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  await ok(apply('one', [{ name: 'x', weight: 1 }]), 201);
  const both = await ok(apply('two', [{ name: 'y', weight: 2 }]));
  assert.deepEqual(both.spec.parts, [
    { name: 'x', weight: 1 },
    { name: 'y', weight: 2 },
  ]);
  assert.equal(both.spec.size, 1, 'defaults hold for applied objects too');
  const clash = await apply('two', [
    { name: 'x', weight: 3 },
    { name: 'y', weight: 2 },
  ]);
  assert.equal(clash.status, 409);
  assert.match(clash.json.message, /conflict with "one": .spec.parts\[name="x"\].weight/);
  const left = await ok(apply('two', []));
  assert.deepEqual(left.spec.parts, [{ name: 'x', weight: 1 }]);
});

test('a definition of a kind that is built in is accepted and changes nothing', async (t) => {
  const api = await createTestApi(t);
  const names = { plural: 'virtualservices', kind: 'VirtualService', singular: 'virtualservice' };
  const body = {
    metadata: { name: 'virtualservices.networking.istio.io' },
    spec: { group: 'networking.istio.io', scope: 'Namespaced', names, versions: [version('v1')] },
  };
  await ok(api.ask('POST', CRDS, { body }), 201);
  await eventuallyPasses(async () => assert.equal(await condition(api, body.metadata.name, 'Established'), 'True'));
  const url = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
  const http = [{ route: [{ destination: { host: 'reviews' } }] }];
  await ok(api.ask('POST', url, { body: { metadata: { name: 'a' }, spec: { hosts: ['reviews'], http } } }), 201);
  assert.equal(
    (await api.ask('POST', url, { body: { metadata: { name: 'b' }, spec: { hosts: 'reviews' } } })).status,
    422,
  );
  await ok(api.ask('DELETE', `${CRDS}/${body.metadata.name}`));
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', `${CRDS}/${body.metadata.name}`)).status, 404));
  assert.equal((await api.ask('GET', `${url}/a`)).status, 200, 'what is built in stays');
});

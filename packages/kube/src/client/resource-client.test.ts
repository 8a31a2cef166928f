import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineKind, object, string } from '@weft/api';
import { isMeshError } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { ApiStatusError } from '../shared/status.ts';
import { ResourceClient } from './resource-client.ts';
import { pathOf, type ResourceRef, resourceOf } from './resource-ref.ts';
import { pods, type TestPod } from './test-support/pods.ts';
import { ScriptedTransport } from './test-support/scripted-transport.ts';

const gadget = defineKind({
  group: 'example.io',
  kind: 'Gadget',
  plural: 'gadgets',
  scope: 'Cluster',
  description: 'A gadget.',
  fields: { spec: object('What is wanted.', { color: string('Color.') }) },
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1beta1' }],
});

function setUp<T extends object = TestPod>(
  resource: ResourceRef<T> = pods as unknown as ResourceRef<T>,
  namespace?: string,
) {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const client = new ResourceClient<T>({ transport, clock, resource, namespace, fieldManager: 'weft' });
  return { transport, client };
}

async function exchange(transport: ScriptedTransport, call: Promise<unknown>, answer: unknown = { metadata: {} }) {
  const made = await transport.next();
  made.respond(answer);
  await call;
  const { method, path, body, contentType } = made.request;
  return { line: `${method} ${path}`, body, contentType };
}

test('paths name group, version, namespace, object and subresource, escaped', () => {
  const apps = { ...pods, group: 'apps', plural: 'deployments' };
  const nodes = { ...pods, plural: 'nodes', isNamespaced: false };
  const target = { namespace: 'a', name: 'x', subresource: 'status', query: { dryRun: 'All', limit: undefined } };
  assert.equal(pathOf(pods), '/api/v1/pods');
  assert.equal(pathOf(apps, target), '/apis/apps/v1/namespaces/a/deployments/x/status?dryRun=All');
  assert.equal(pathOf(nodes, { namespace: 'a', name: 'n' }), '/api/v1/nodes/n');
  assert.equal(pathOf(pods, { namespace: 'a/../b', name: 'x?y#z' }), '/api/v1/namespaces/a%2F..%2Fb/pods/x%3Fy%23z');
  for (const name of ['', '.', '..']) assert.throws(() => pathOf(pods, { namespace: 'a', name }), isMeshError);
});

test('a kind is a collection in its storage version or another one it has', () => {
  assert.deepEqual(resourceOf(gadget), {
    group: 'example.io',
    version: 'v1',
    plural: 'gadgets',
    kind: 'Gadget',
    isNamespaced: false,
  });
  assert.equal(resourceOf(gadget, 'v1beta1').version, 'v1beta1');
  assert.throws(() => resourceOf(gadget, 'v2'), /has no version v2; it has v1, v1beta1/);
});

test('objects are typed by their kind', async () => {
  const { transport, client } = setUp(resourceOf(gadget));
  const getting = client.get('x');
  (await transport.next()).respond({
    apiVersion: 'example.io/v1',
    kind: 'Gadget',
    metadata: {},
    spec: { color: 'red' },
  });
  const color: string | undefined = (await getting).spec?.color;
  assert.equal(color, 'red');
});

test('every verb makes the request that the API wants', async () => {
  const { transport, client } = setUp(pods, 'ns');
  const made = { metadata: { name: 'x' } };
  const complete = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } };
  const at = '/api/v1/namespaces/ns/pods';
  const cases: [Promise<unknown>, string, unknown, string | undefined][] = [
    [client.get('x'), `GET ${at}/x`, undefined, undefined],
    [client.create(made), `POST ${at}?fieldManager=weft`, complete, undefined],
    [client.replace(made, { isDryRun: true }), `PUT ${at}/x?fieldManager=weft&dryRun=All`, complete, undefined],
    [client.updateStatus(made), `PUT ${at}/x/status?fieldManager=weft`, complete, undefined],
    [
      client.patch('x', { type: 'json', body: [] }, { fieldManager: 'me' }),
      `PATCH ${at}/x?fieldManager=me`,
      [],
      'application/json-patch+json',
    ],
    [
      client.patchStatus('x', { phase: 'Running' }),
      `PATCH ${at}/x/status?fieldManager=weft`,
      { status: { phase: 'Running' } },
      'application/merge-patch+json',
    ],
    [
      client.patch('x', { type: 'strategic', body: {} }, { fieldValidation: 'Strict' }),
      `PATCH ${at}/x?fieldManager=weft&fieldValidation=Strict`,
      {},
      'application/strategic-merge-patch+json',
    ],
    [
      client.apply(made, { force: true }),
      `PATCH ${at}/x?fieldManager=weft&force=true`,
      complete,
      'application/apply-patch+yaml',
    ],
    [client.applyStatus(made), `PATCH ${at}/x/status?fieldManager=weft`, complete, 'application/apply-patch+yaml'],
    [
      client.createSubresource('x', 'eviction', { kind: 'Eviction' }),
      `POST ${at}/x/eviction?fieldManager=weft`,
      { kind: 'Eviction' },
      undefined,
    ],
  ];
  for (const [call, line, body, contentType] of cases) {
    const actual = await exchange(transport, call);
    assert.deepEqual(actual, { line, body, contentType });
  }
});

test('deletions carry their options in the body', async () => {
  const { transport, client } = setUp(pods, 'ns');
  const preconditions = { uid: 'u' };
  const one = await exchange(transport, client.delete('x', { propagationPolicy: 'Foreground', preconditions }));
  assert.equal(one.line, 'DELETE /api/v1/namespaces/ns/pods/x');
  assert.deepEqual(JSON.parse(JSON.stringify(one.body)), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    preconditions,
  });
  const all = await exchange(transport, client.deleteCollection({ labelSelector: 'a=b', isDryRun: true }));
  assert.equal(all.line, 'DELETE /api/v1/namespaces/ns/pods?labelSelector=a%3Db');
  assert.deepEqual((all.body as { dryRun: unknown }).dryRun, ['All']);
});

test("the object's own namespace counts where it has one, and a missing one is refused before anything is sent", async () => {
  const { transport, client } = setUp();
  const made = { metadata: { name: 'x', namespace: 'other' } };
  const created = await exchange(transport, client.create(made));
  assert.equal(created.line, 'POST /api/v1/namespaces/other/pods?fieldManager=weft');
  await assert.rejects(client.get('x'), /the namespace of pods "x" is not known/);
  await assert.rejects(async () => client.create({ metadata: { name: 'x' } }), /namespace of pods "x"/);
  assert.equal(transport.pending, 0);
  const moved = await exchange(transport, client.inNamespace('ns').get('x'));
  assert.equal(moved.line, 'GET /api/v1/namespaces/ns/pods/x');
});

test('find answers undefined for what does not exist, and nothing else', async () => {
  const { transport, client } = setUp(pods, 'ns');
  const missing = client.find('x');
  (await transport.next()).refuse(404, 'NotFound');
  assert.equal(await missing, undefined);
  const forbidden = client.find('x');
  (await transport.next()).refuse(403, 'Forbidden');
  await assert.rejects(forbidden, ApiStatusError);
});

test('answers that are no lists are refused', async () => {
  const { transport, client } = setUp(pods, 'ns');
  for (const answer of [undefined, {}, { items: [] }]) {
    const listing = client.list();
    (await transport.next()).respond(answer);
    await assert.rejects(listing, /not a list with a resourceVersion/);
  }
});

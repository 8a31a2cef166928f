import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noopLogger, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { KubeClient } from './kube-client.ts';
import { ScriptedTransport } from './test-support/scripted-transport.ts';

function setUp() {
  const transport = new ScriptedTransport();
  const client = new KubeClient({ transport, clock: new FakeClock(), random: seededRandom(1), log: noopLogger });
  return { transport, client };
}

const gadgets = { name: 'gadgets', singularName: 'gadget', namespaced: true, kind: 'Gadget', verbs: ['get'] };
const status = { ...gadgets, name: 'gadgets/status' };

test('a kind that only the server knows is found once and remembered', async () => {
  const { transport, client } = setUp();
  const finding = client.dynamic('example.io/v1', 'Gadget', 'ns');
  const asked = await transport.next();
  assert.equal(asked.path, '/apis/example.io/v1');
  asked.respond({ resources: [status, gadgets] });
  const collection = await finding;
  assert.deepEqual([collection.resource.plural, collection.namespace], ['gadgets', 'ns']);
  const again = await client.dynamic('example.io/v1', 'Gadget');
  assert.equal(again.resource.isNamespaced, true);
  assert.equal(transport.pending, 0);
});

test('a kind that came later is found by asking again; one that is not there is refused by name', async () => {
  const { transport, client } = setUp();
  const early = client.dynamic('example.io/v1', 'Gadget');
  (await transport.next()).refuse(404, 'NotFound');
  (await transport.next()).respond({ resources: [gadgets] });
  assert.equal((await early).resource.kind, 'Gadget');
  const missing = client.dynamic('v1', 'Nothing');
  (await transport.next()).respond({ resources: [] });
  (await transport.next()).respond({ resources: [] });
  await assert.rejects(missing, /has no kind "Nothing" in version "v1"/);
});

test('a failure is not remembered', async () => {
  const { transport, client } = setUp();
  const first = client.discovery.resources('v1');
  (await transport.next()).refuse(503, 'ServiceUnavailable');
  await assert.rejects(first);
  const second = client.discovery.resources('v1');
  (await transport.next()).respond({ resources: [] });
  assert.deepEqual(await second, []);
});

test('the preferred version of a group comes first', async () => {
  const { transport, client } = setUp();
  const listing = client.discovery.apiVersions();
  (await transport.next()).respond({ versions: ['v1'] });
  const versions = [{ groupVersion: 'g/v1' }, { groupVersion: 'g/v2' }];
  (await transport.next()).respond({ groups: [{ versions, preferredVersion: { groupVersion: 'g/v2' } }] });
  assert.deepEqual(await listing, ['v1', 'g/v2', 'g/v1']);
});

test('closing a client ends its informers and its connections', async () => {
  const { transport, client } = setUp();
  const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', isNamespaced: true };
  const { informer } = client.informers.acquire({ resource: pods });
  await client.close();
  assert.deepEqual([informer.state, transport.isClosed], ['stopped', true]);
});

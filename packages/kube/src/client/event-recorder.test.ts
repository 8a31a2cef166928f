import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noopLogger, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { EventRecorder, events } from './event-recorder.ts';
import { ResourceClient } from './resource-client.ts';
import { ScriptedTransport } from './test-support/scripted-transport.ts';

function setUp() {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const client = new ResourceClient({ transport, clock, resource: events, namespace: undefined, fieldManager: 't' });
  const recorder = new EventRecorder({ client, component: 'weft', clock, random: seededRandom(1), log: noopLogger });
  return { transport, clock, recorder };
}

const route = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'reviews', namespace: 'shop', uid: 'u1' },
};
const rejected = { type: 'Warning', reason: 'Rejected', message: 'no such host' } as const;

test('an event says who, what and about which object; the same again is counted', async () => {
  const { transport, clock, recorder } = setUp();
  recorder.record(route, rejected);
  const created = await transport.next();
  assert.deepEqual([created.request.method, created.path], ['POST', '/api/v1/namespaces/shop/events']);
  const body = created.request.body as Record<string, unknown> & { metadata: { name: string } };
  assert.match(body.metadata.name, /^reviews\.[0-9a-f]{16}$/);
  assert.deepEqual(
    [body['type'], body['reason'], body['message'], body['count'], body['firstTimestamp'], body['source']],
    ['Warning', 'Rejected', 'no such host', 1, '2026-01-01T00:00:00Z', { component: 'weft' }],
  );
  assert.equal((body['involvedObject'] as { uid: string }).uid, 'u1');
  created.respond({ metadata: body.metadata });
  await clock.advanceAsync(5000);
  recorder.record(route, rejected);
  const counted = await transport.next();
  assert.deepEqual(
    [counted.request.method, counted.path],
    ['PATCH', `/api/v1/namespaces/shop/events/${body.metadata.name}`],
  );
  assert.deepEqual(counted.request.body, { count: 2, lastTimestamp: '2026-01-01T00:00:05Z' });
  counted.refuse(404, 'NotFound');
  const again = await transport.next();
  assert.equal(again.request.method, 'POST', 'an event that is gone is written anew');
  again.respond({ metadata: body.metadata });
  await clock.advanceAsync(11 * 60_000);
  recorder.record(route, rejected);
  const later = await transport.next();
  assert.equal(later.request.method, 'POST', 'after a long silence it is news');
  later.respond({ metadata: body.metadata });
  await recorder.stop();
});

test('events about cluster-wide objects go to the default namespace', async () => {
  const { transport, recorder } = setUp();
  recorder.record({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, rejected);
  const created = await transport.next();
  assert.equal(created.path, '/api/v1/namespaces/default/events');
  created.respond({ metadata: {} });
  await recorder.stop();
});

test('an object about which too much is said is cut off, others are not', async () => {
  const { transport, recorder, clock } = setUp();
  for (let count = 0; count < 100; count += 1) recorder.record(route, { ...rejected, message: `message ${count}` });
  assert.equal(recorder.droppedCount, 75);
  recorder.record({ ...route, metadata: { name: 'other', namespace: 'shop' } }, rejected);
  assert.equal(recorder.droppedCount, 75);
  await clock.advanceAsync(5 * 60_000);
  recorder.record(route, rejected);
  assert.equal(recorder.droppedCount, 75, 'one more after five minutes');
  for (let count = 0; count < 27; count += 1) (await transport.next()).respond({ metadata: {} });
  await recorder.stop();
});

test('a server that fails or hangs costs events, nothing else', async () => {
  const { transport, recorder, clock } = setUp();
  recorder.record(route, rejected);
  (await transport.next()).refuse(403, 'Forbidden');
  recorder.record(route, { ...rejected, message: 'second' });
  await transport.next();
  const stopping = recorder.stop(1000);
  await clock.advanceAsync(1000);
  await stopping;
  assert.equal(recorder.droppedCount, 2);
  recorder.record(route, rejected);
  assert.equal(transport.pending, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noopLogger, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { ResourceClient } from '../resource-client.ts';
import { pods } from '../test-support/pods.ts';
import { ScriptedTransport } from '../test-support/scripted-transport.ts';
import { InformerFactory } from './informer-factory.ts';

function setUp() {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const factory = new InformerFactory({
    clock,
    random: seededRandom(1),
    log: noopLogger,
    clientOf: (resource, namespace) =>
      new ResourceClient({ transport, clock, resource, namespace, fieldManager: 'test' }),
  });
  return { transport, factory };
}

test('one scope has one informer, which runs while somebody holds it', async () => {
  const { factory } = setUp();
  const first = factory.acquire({ resource: pods });
  const second = factory.acquire({ resource: pods });
  assert.equal(first.informer, second.informer);
  assert.equal(first.informer.state, 'running');
  await first.release();
  await first.release();
  assert.equal(second.informer.state, 'running', 'releasing twice counts once');
  await second.release();
  assert.deepEqual([second.informer.state, factory.size], ['stopped', 0]);
  const third = factory.acquire({ resource: pods });
  assert.notEqual(third.informer, first.informer);
  await factory.close();
  assert.equal(third.informer.state, 'stopped');
  await third.release();
});

test('different namespaces, selectors and names are different scopes', async () => {
  const { factory, transport } = setUp();
  factory.acquire({ resource: pods });
  factory.acquire({ resource: pods, namespace: 'a' });
  factory.acquire({ resource: pods, namespace: 'a', labelSelector: 'x=y' });
  factory.acquire({ resource: pods, namespace: 'a', fieldSelector: 'x=y' });
  factory.acquire({ resource: pods, namespace: 'a' }, { name: 'slim' });
  assert.equal(factory.size, 5);
  const paths = [];
  for (let count = 0; count < 5; count += 1) paths.push((await transport.next()).request.path);
  assert.deepEqual(paths.slice(0, 3), [
    '/api/v1/pods?limit=500',
    '/api/v1/namespaces/a/pods?limit=500',
    '/api/v1/namespaces/a/pods?limit=500&labelSelector=x%3Dy',
  ]);
  await factory.close();
});

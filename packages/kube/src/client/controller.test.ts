import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noopLogger, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { Controller, type ControllerOptions } from './controller.ts';
import { Informer } from './informer/informer.ts';
import { ResourceClient } from './resource-client.ts';
import { pod, podList, pods } from './test-support/pods.ts';
import { ScriptedTransport } from './test-support/scripted-transport.ts';

function setUp(reconcile: ControllerOptions['reconcile'], extras: Partial<ControllerOptions> = {}) {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const base = { clock, random: seededRandom(1), log: noopLogger };
  const client = new ResourceClient({ transport, clock, resource: pods, namespace: 'ns', fieldManager: 'test' });
  const informer = new Informer({ client, ...base });
  const backoff = { baseMs: 100, maxMs: 1000, jitter: 'none' } as const;
  const controller = new Controller({ name: 'test', reconcile, backoff, ...base, ...extras });
  return { transport, clock, informer, controller };
}

test('keys are looked at after the sources are in sync, and again when they change, also under derived keys', async () => {
  const seen: string[] = [];
  const { transport, clock, informer, controller } = setUp((key) => {
    seen.push(key);
    return Promise.resolve(undefined);
  });
  controller.follow(informer);
  controller.follow(informer, (object) => [`node/${object.spec?.nodeName}`]);
  controller.start();
  informer.start();
  controller.queue.add('early');
  await clock.advanceAsync(0);
  assert.deepEqual(seen, []);
  (await transport.next()).respond(podList(1, [pod('a', 1, 'n1')]));
  const feed = (await transport.next()).open();
  await clock.advanceAsync(0);
  assert.deepEqual(seen.splice(0), ['early', 'ns/a', 'node/n1']);
  feed.send('MODIFIED', pod('a', 2, 'n2'));
  await clock.advanceAsync(0);
  assert.deepEqual(seen.splice(0), ['ns/a', 'node/n1', 'node/n2'], 'the node that was left is looked at as well');
  feed.send('DELETED', pod('a', 3, 'n2'));
  await clock.advanceAsync(0);
  assert.deepEqual(seen, ['ns/a', 'node/n2']);
  await controller.stop();
  await informer.stop();
});

test('what fails is tried again later, what asks for it is looked at again, what hangs is cut off', async () => {
  let attempts = 0;
  const { clock, controller } = setUp(
    (key, signal) => {
      attempts += 1;
      if (key === 'hangs')
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      if (attempts === 1) return Promise.reject(new Error('first time'));
      return Promise.resolve(attempts === 2 ? { requeueAfterMs: 5000 } : undefined);
    },
    { timeoutMs: 300 },
  );
  controller.start();
  controller.queue.add('a');
  await clock.advanceAsync(0);
  assert.deepEqual([attempts, controller.queue.failuresOf('a')], [1, 1]);
  await clock.advanceAsync(100);
  assert.deepEqual([attempts, controller.queue.failuresOf('a'), clock.nextTimerMs], [2, 0, 5000]);
  await clock.advanceAsync(5000);
  assert.equal(attempts, 3);
  controller.queue.add('hangs');
  await clock.advanceAsync(300);
  assert.deepEqual([attempts, controller.queue.failuresOf('hangs')], [4, 1]);
  await controller.stop();
  assert.equal(clock.pendingTimers, 0);
});

test('stopping aborts the work under way and waits for it', async () => {
  const started = Promise.withResolvers<void>();
  let isAborted = false;
  const { controller } = setUp((_key, signal) => {
    started.resolve();
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        isAborted = true;
        resolve(undefined);
      });
    });
  });
  controller.start();
  controller.queue.add('a');
  controller.queue.add('b');
  await started.promise;
  await controller.stop();
  assert.deepEqual([isAborted, controller.queue.working, controller.queue.depth], [true, 0, 0]);
});

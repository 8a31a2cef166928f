import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeshError } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { pod, type TestPod } from './test-support/pods.ts';
import { Feed } from './test-support/scripted-transport.ts';
import { parseItem, type WatchItem, WatchStream, type WatchStreamOptions } from './watch-stream.ts';

function open(options: Partial<WatchStreamOptions> = {}) {
  const feed = new Feed();
  const clock = new FakeClock();
  const close = () => {
    feed.isClosed = true;
    feed.body.destroy();
  };
  const watch = new WatchStream<TestPod>({ body: feed.body, close }, { clock, server: 'http://x', ...options });
  return { feed, clock, watch };
}

async function collect(watch: AsyncIterable<WatchItem<TestPod>>) {
  const items: WatchItem<TestPod>[] = [];
  try {
    for await (const item of watch) items.push(item);
  } catch (thrown) {
    assert.ok(isMeshError(thrown), String(thrown));
    return { items, error: thrown };
  }
  return { items, error: undefined };
}

test('events, bookmarks and errors are values, and a stream that the server ends is no error', async () => {
  const { feed, watch } = open();
  const collected = collect(watch);
  feed.send('ADDED', pod('a', 1));
  feed.send('MODIFIED', pod('a', 2));
  feed.send('DELETED', pod('a', 3));
  feed.send('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '9' } });
  feed.send('BOOKMARK', {
    metadata: { resourceVersion: '10', annotations: { 'k8s.io/initial-events-end': 'true' } },
  });
  feed.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
  feed.end();
  const { items, error } = await collected;
  assert.equal(error, undefined);
  assert.deepEqual(
    items.map((item) => item.kind),
    ['added', 'modified', 'deleted', 'bookmark', 'bookmark', 'error'],
  );
  assert.deepEqual(items[3], { kind: 'bookmark', resourceVersion: '9', isInitialListEnd: false });
  assert.deepEqual(items[4], { kind: 'bookmark', resourceVersion: '10', isInitialListEnd: true });
  const last = items[5];
  assert.ok(last?.kind === 'error');
  assert.deepEqual([last.error.statusCode, last.error.reason], [410, 'Expired']);
});

test('events split over chunks come whole', async () => {
  const { feed, watch } = open();
  const collected = collect(watch);
  const text = `${JSON.stringify({ type: 'ADDED', object: pod('höhe-😀', 1) })}\n`;
  for (const byte of Buffer.from(text.repeat(2))) feed.raw(Uint8Array.of(byte));
  feed.end();
  const { items } = await collected;
  assert.deepEqual(
    items.map((item) => item.kind === 'added' && item.object.metadata.name),
    ['höhe-😀', 'höhe-😀'],
  );
});

test('what came before a break is handed out, then the break is thrown', async () => {
  const { feed, watch } = open();
  const collected = collect(watch);
  feed.send('ADDED', pod('a', 1));
  feed.raw('{"type":"ADD');
  await new Promise(setImmediate);
  feed.break();
  const { items, error } = await collected;
  assert.equal(items.length, 1);
  assert.equal(error?.code, 'MESH_API_UNREACHABLE');
});

test('an end in the middle of an event is an error', async () => {
  const { feed, watch } = open();
  feed.raw('{"type":"ADDED"');
  feed.end();
  assert.match((await collect(watch)).error?.message ?? '', /in the middle of an event/);
});

test('a silent connection is given up, one that speaks is not', async () => {
  const { feed, clock, watch } = open({ idleTimeoutMs: 1000 });
  const collected = collect(watch);
  for (let round = 0; round < 5; round += 1) {
    await clock.advanceAsync(900);
    feed.send('BOOKMARK', { metadata: { resourceVersion: String(round) } });
    await clock.advanceAsync(0);
  }
  await clock.advanceAsync(1001);
  const { items, error } = await collected;
  assert.equal(items.length, 5);
  assert.match(error?.message ?? '', /silent for 1000 ms/);
  assert.equal(clock.pendingTimers, 0);
});

test('closing ends the iteration without an error and lets the connection go', async () => {
  const { feed, watch, clock } = open({ idleTimeoutMs: 1000 });
  const collected = collect(watch);
  feed.send('ADDED', pod('a', 1));
  await clock.advanceAsync(1);
  watch.close();
  const { items, error } = await collected;
  assert.deepEqual([items.length, error], [1, undefined]);
  assert.equal(feed.isClosed, true);
  assert.equal(clock.pendingTimers, 0);
});

test('lines that are no events are refused with what they are', () => {
  const wrong = [
    'null',
    '[]',
    '{}',
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":[]}',
    '{"type":"X","object":{}}',
    '<html>',
  ];
  for (const line of [...wrong, '{"type":"BOOKMARK","object":{}}', '{"type":"constructor","object":{}}']) {
    assert.throws(() => parseItem(line), isMeshError, line);
  }
});

test('fuzz: any line gives an item or a named error', () => {
  const type = fc.oneof(fc.constantFrom('ADDED', 'ERROR', 'BOOKMARK'), fc.string());
  const line = fc.oneof(
    fc.string(),
    fc.record({ type, object: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(line, (text) => {
      try {
        parseItem(text);
      } catch (thrown) {
        assert.ok(isMeshError(thrown), String(thrown));
      }
    }),
  );
});

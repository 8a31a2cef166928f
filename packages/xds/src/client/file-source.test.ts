import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { seededRandom } from '@weft/core';
import { captureLogger, FakeClock } from '@weft/testkit';
import { typeUrls } from '../protocol/resource-types.ts';
import { RecordingHandler } from '../test-support/recording-handler.ts';
import { resourceOf, testNode, writeSotwResponse } from '../test-support/wire-messages.ts';
import type { FilePlan } from './config-source.ts';
import { silentObserver } from './observer.ts';
import type { FileContent } from './watched-file.ts';
import { XdsClient } from './xds-client.ts';

const { cluster, endpoints } = typeUrls;
const plan: FilePlan = {
  kind: 'file',
  key: 'file x',
  path: '/x.yaml',
  watchedDirectory: undefined,
  initialFetchMs: 1000,
};

/** A client that watches a file in the hands of the test. */
function watching(t: TestContext, typeUrl: string, ...names: string[]) {
  const clock = new FakeClock();
  const log = captureLogger({ clock });
  const handler = new RecordingHandler();
  const seen: string[] = [];
  const ignore: (content: FileContent) => void = () => undefined;
  const file = { onContent: ignore, reloads: 0, isClosed: false };
  const client = new XdsClient({
    node: testNode('me'),
    ads: undefined,
    connect: () => assert.fail('no server is named'),
    watchFile: (_file, onContent) => {
      file.onContent = onContent;
      return {
        reload: () => {
          file.reloads += 1;
        },
        close: () => {
          file.isClosed = true;
        },
      };
    },
    clock,
    random: seededRandom(1),
    logger: log.logger,
    observer: {
      ...silentObserver,
      onUpdateSuccess: (_source, _type, version) => seen.push(`success ${version}`),
      onUpdateRejected: () => seen.push('rejected'),
      onUpdateFailure: () => seen.push('failure'),
    },
  });
  const subscribed = client.subscribe({ typeUrl, source: plan, handler });
  assert.ok(subscribed.kind === 'ok');
  subscribed.value.change({ subscribe: names });
  client.start();
  t.after(() => {
    client.close();
    assert.deepEqual([clock.pendingTimers, file.isClosed], [0, true]);
  });
  return { client, file, handler, clock, log, seen, subscription: subscribed.value };
}

const bytes = (typeUrl: string, contents: Record<string, string>): FileContent => ({
  kind: 'bytes',
  bytes: writeSotwResponse({
    versionInfo: '1',
    resources: Object.entries(contents).map(([name, content]) => resourceOf(typeUrl, name, content)),
  }),
});

describe('a file', () => {
  it('is taken over, and so is each change of it', (t) => {
    const { file, handler, seen } = watching(t, cluster, '*');
    file.onContent(bytes(cluster, { a: '1', b: '1' }));
    file.onContent(bytes(cluster, { a: '2' }));
    assert.deepEqual(Object.fromEntries(handler.inUse), { a: '2' });
    assert.deepEqual(seen, ['success 1', 'success 1']);
  });

  it('may be data that was YAML, where a bad resource keeps its last good version', (t) => {
    const { file, handler, log, seen } = watching(t, cluster, '*');
    const one = { '@type': cluster, name: 'a', alt_stat_name: 'x' };
    file.onContent({ kind: 'data', data: { version_info: '1', resources: [one] } });
    const two = { '@type': cluster, name: 'b', alt_stat_name: 'y' };
    file.onContent({ kind: 'data', data: { version_info: '2', resources: [{ ...one, nope: 1 }, two] } });
    assert.deepEqual(Object.fromEntries(handler.inUse), { a: 'x', b: 'y' });
    assert.deepEqual(seen, ['success 1', 'rejected']);
    assert.match(log.messages('warning')[0] ?? '', /^CDS version 2 is rejected: a: resources\[0\].*nope/);
  });

  it('that cannot be read or understood leaves in use what was in it', (t) => {
    const { file, handler, log, seen } = watching(t, cluster, '*');
    file.onContent(bytes(cluster, { a: '1' }));
    file.onContent({ kind: 'unreadable', reason: 'no such file' });
    file.onContent({ kind: 'data', data: 'text' });
    file.onContent({ kind: 'bytes', bytes: new Uint8Array([0xff]) });
    assert.deepEqual(Object.fromEntries(handler.inUse), { a: '1' });
    assert.deepEqual(seen, ['success 1', 'failure', 'failure', 'failure']);
    assert.match(log.messages('warning')[0] ?? '', /x\.yaml is not taken over.*no such file/);
  });

  it('is read again for names that are new', (t) => {
    const { file, handler, subscription } = watching(t, endpoints, 'a');
    file.onContent(bytes(endpoints, { a: '1', b: '1' }));
    assert.deepEqual([...handler.inUse.keys()], ['a']);
    const resume = subscription.pause();
    subscription.change({ subscribe: ['b'] });
    assert.equal(file.reloads, 0);
    resume();
    assert.equal(file.reloads, 1);
    file.onContent(bytes(endpoints, { a: '1', b: '1' }));
    assert.deepEqual([...handler.inUse.keys()], ['a', 'b']);
  });

  it('that never comes is not waited for for ever', (t) => {
    const { handler, clock } = watching(t, cluster, '*');
    clock.advance(1000);
    assert.deepEqual(handler.waitedFor, [{ name: '*', cause: 'timeout' }]);
  });

  it('is closed when nobody needs it', (t) => {
    const { client, file, handler } = watching(t, cluster, '*');
    client.unsubscribe(cluster, plan);
    assert.equal(file.isClosed, true);
    file.onContent(bytes(cluster, { a: '1' }));
    assert.equal(handler.updates.length, 0);
  });
});

/** What every medium must make of the object storage; registered for memory and for SQLite. */
import assert from 'node:assert/strict';
import { contract } from '@weft/testkit';
import type { ListResult, ObjectStorage, StoreEvent } from '../src/server/store/index.ts';
import { checkAgainstModel } from './store-model.ts';
import { okRevision, PODS, put, recorder, remove, type StoreSubject } from './store-steps.ts';

const told = (events: readonly StoreEvent[]) =>
  events.map(({ type, entry }) => `${type} ${entry.namespace}/${entry.name}`);

function names(result: ListResult): string[] {
  assert.equal(result.kind, 'ok');
  return result.kind === 'ok' ? result.entries.map((entry) => `${entry.namespace}/${entry.name}`) : [];
}

function tokenOf(result: ListResult): string {
  assert.ok(result.kind === 'ok' && result.continueToken !== undefined, 'a continue token');
  return result.continueToken;
}

async function fill(store: ObjectStorage, paths: readonly string[]): Promise<number> {
  const results = await Promise.all(paths.map((path) => okRevision(put(store, path, 0))));
  return Math.max(...results);
}

/** The contract. */
export const storeContract = contract<StoreSubject>('object storage', [
  {
    name: 'a created object is read back with the revision it was encoded with',
    async run(subject) {
      const store = await subject.open();
      const revision = await okRevision(put(store, 'a/x', 0, 7));
      const entry = store.get(PODS, 'a', 'x');
      assert.equal(entry?.revision, revision);
      assert.equal(JSON.parse(entry.json).metadata.resourceVersion, String(revision));
      assert.deepEqual(entry.labels, { value: '7' });
      assert.equal(store.revision, revision);
      assert.equal(store.count(PODS), 1);
      assert.equal(store.count('/nodes'), 0);
    },
  },
  {
    name: 'a write that expects another revision is refused with the current state',
    async run(subject) {
      const store = await subject.open();
      const first = await okRevision(put(store, 'a/x', 0, 1));
      const second = await okRevision(put(store, 'a/x', first, 2));
      for (const refused of [put(store, 'a/x', 0), put(store, 'a/x', first), remove(store, 'a/x', first)]) {
        const result = await refused;
        assert.equal(result.kind === 'conflict' && result.current?.revision, second);
      }
      const missing = await put(store, 'a/y', 5);
      assert.deepEqual(missing, { kind: 'conflict', current: undefined });
      assert.deepEqual(await remove(store, 'a/y', 0), { kind: 'conflict', current: undefined });
      assert.equal(store.revision, second);
    },
  },
  {
    name: 'a deleted object is gone, its event carries the last state, and its name can be used again',
    async run(subject) {
      const store = await subject.open();
      const created = await okRevision(put(store, 'a/x', 0, 1));
      const sink = recorder();
      assert.equal(store.watch(PODS, undefined, created, sink).kind, 'ok');
      const deleted = await okRevision(remove(store, 'a/x', created));
      assert.equal(store.get(PODS, 'a', 'x'), undefined);
      assert.equal(store.latest(PODS, 'a', 'x'), undefined);
      assert.equal(store.count(PODS), 0);
      const [event] = sink.events;
      assert.equal(event?.type, 'DELETED');
      assert.equal(event.revision, deleted);
      assert.equal(JSON.parse(event.entry.json).metadata.resourceVersion, String(deleted));
      assert.equal(event.previous?.revision, created);
      await okRevision(put(store, 'a/x', 0, 2));
    },
  },
  {
    name: 'a write on its way can be built upon, and is not read before it is durable',
    async run(subject) {
      const store = await subject.open();
      const creating = put(store, 'a/x', 0, 1);
      const pending = store.latest(PODS, 'a', 'x');
      assert.ok(pending);
      assert.equal(store.get(PODS, 'a', 'x'), undefined);
      assert.equal(names(store.list({ resource: PODS })).length, 0);
      const updating = put(store, 'a/x', pending.revision, 2);
      const deleting = remove(store, 'a/x', store.latest(PODS, 'a', 'x')?.revision ?? 0);
      assert.equal(store.latest(PODS, 'a', 'x'), undefined);
      const again = put(store, 'a/x', 0, 3);
      const revisions = await Promise.all([creating, updating, deleting, again].map(okRevision));
      assert.deepEqual(
        revisions.map((revision) => revision - pending.revision),
        [0, 1, 2, 3],
      );
      assert.equal(store.get(PODS, 'a', 'x')?.labels['value'], '3');
    },
  },
  {
    name: 'a conflict with a write on its way is told when that write can be read',
    async run(subject) {
      const store = await subject.open();
      const winner = put(store, 'a/x', 0, 1);
      const result = await put(store, 'a/x', 0, 2);
      assert.equal(result.kind, 'conflict');
      assert.equal(store.get(PODS, 'a', 'x')?.labels['value'], '1');
      await winner;
    },
  },
  {
    name: 'a text that cannot be made fails its own write only',
    async run(subject) {
      const store = await subject.open();
      const before = put(store, 'a/x', 0);
      const failing = store.write({
        resource: PODS,
        namespace: 'a',
        name: 'y',
        expectedRevision: 0,
        labels: {},
        encode: () => {
          throw new Error('cannot encode');
        },
      });
      const after = put(store, 'a/z', 0);
      await assert.rejects(failing, /cannot encode/);
      await Promise.all([before, after].map(okRevision));
      assert.equal(store.latest(PODS, 'a', 'y'), undefined);
    },
  },
  {
    name: 'lists come by namespace, then by name',
    async run(subject) {
      const store = await subject.open();
      await fill(store, ['b/a', 'a-b/x', 'a/y', 'a.b/x', 'a/x', '/node', 'ab/x', 'a/x-1', 'a/x.1']);
      const all = ['/node', 'a/x', 'a/x-1', 'a/x.1', 'a/y', 'a-b/x', 'a.b/x', 'ab/x', 'b/a'];
      assert.deepEqual(names(store.list({ resource: PODS })), all);
      assert.deepEqual(names(store.list({ resource: PODS, namespace: 'a' })), ['a/x', 'a/x-1', 'a/x.1', 'a/y']);
      assert.deepEqual(names(store.list({ resource: PODS, namespace: 'none' })), []);
    },
  },
  {
    name: 'all pages of a list show the state of the first, whatever is written meanwhile',
    async run(subject) {
      const store = await subject.open();
      const revision = await fill(store, ['a/1', 'a/2', 'a/3', 'a/4', 'a/5']);
      const first = store.list({ resource: PODS, limit: 2 });
      assert.equal(first.kind === 'ok' && first.remaining, 3);
      await okRevision(put(store, 'a/0', 0));
      await okRevision(put(store, 'a/33', 0));
      await okRevision(remove(store, 'a/4', store.get(PODS, 'a', '4')?.revision ?? 0));
      await okRevision(put(store, 'a/5', store.get(PODS, 'a', '5')?.revision ?? 0, 'new'));
      const second = store.list({ resource: PODS, limit: 2, continueToken: tokenOf(first) });
      assert.deepEqual(names(second), ['a/3', 'a/4']);
      assert.equal(second.kind === 'ok' && second.remaining, 1);
      const third = store.list({ resource: PODS, limit: 2, continueToken: tokenOf(second) });
      assert.deepEqual(names(third), ['a/5']);
      assert.ok(third.kind === 'ok' && third.continueToken === undefined);
      assert.equal(third.revision, revision);
      assert.equal(third.entries[0]?.labels['value'], '0');
    },
  },
  {
    name: 'a filtered list fills its pages, and ends when nothing more fits',
    async run(subject) {
      const store = await subject.open();
      await fill(store, ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6']);
      const filter = (entry: { readonly name: string }) => Number(entry.name) % 2 === 1;
      const first = store.list({ resource: PODS, limit: 2, filter });
      assert.deepEqual(names(first), ['a/1', 'a/3']);
      const second = store.list({ resource: PODS, limit: 2, filter, continueToken: tokenOf(first) });
      assert.deepEqual(names(second), ['a/5']);
      assert.ok(second.kind === 'ok' && second.continueToken === undefined && second.remaining === undefined);
      const exact = store.list({ resource: PODS, limit: 3, filter });
      assert.ok(exact.kind === 'ok' && exact.continueToken === undefined);
    },
  },
  {
    name: 'tokens that no page handed out are refused',
    async run(subject) {
      const store = await subject.open();
      await fill(store, ['a/1', 'a/2', 'b/1']);
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const rv = store.revision;
      const wrong = ['', '!', 'x'.repeat(5000), 'e30', encode([]), encode({ v: 2, rv, key: 'a\0x' })];
      const keys = [
        encode({ v: 1, rv: -1, key: 'a\0x' }),
        encode({ v: 1, rv, key: 'a' }),
        encode({ v: 1, rv, key: 1 }),
      ];
      for (const continueToken of [...wrong, ...keys]) {
        assert.equal(store.list({ resource: PODS, continueToken }).kind, 'badToken', continueToken.slice(0, 80));
      }
      const continueToken = tokenOf(store.list({ resource: PODS, namespace: 'a', limit: 1 }));
      assert.equal(store.list({ resource: PODS, namespace: 'b', continueToken }).kind, 'badToken');
      const future = encode({ v: 1, rv: rv + 1, key: 'a\0x' });
      assert.equal(store.list({ resource: PODS, continueToken: future }).kind, 'expired');
    },
  },
  {
    name: 'what is compacted cannot be listed or watched any more, what is newer can',
    async run(subject) {
      const store = await subject.open();
      const first = await okRevision(put(store, 'a/1', 0));
      const page = store.list({ resource: PODS, limit: 1 });
      assert.equal(page.kind, 'ok');
      const second = await okRevision(put(store, 'a/2', 0));
      const third = await okRevision(put(store, 'a/3', 0));
      store.compact(second);
      assert.deepEqual(store.list({ resource: PODS, atRevision: first }), { kind: 'expired', oldest: second });
      assert.deepEqual(store.watch(PODS, undefined, first, recorder()), { kind: 'expired', oldest: second });
      assert.deepEqual(names(store.list({ resource: PODS, atRevision: second })), ['a/1', 'a/2']);
      const sink = recorder();
      assert.equal(store.watch(PODS, undefined, second, sink).kind, 'ok');
      assert.deepEqual(told(sink.events), ['ADDED a/3']);
      assert.equal(store.revision, third);
      store.compact(third + 100);
      assert.equal(store.watch(PODS, undefined, third, recorder()).kind, 'ok');
    },
  },
  {
    name: 'history forgets its oldest events beyond its bounds',
    async run(subject) {
      for (const history of [
        { maxEvents: 3, maxChars: 1e9 },
        { maxEvents: 100, maxChars: 450 },
      ]) {
        const store = await subject.open({ history });
        const revisions: number[] = [];
        for (const name of ['1', '2', '3', '4', '5', '6', '7', '8']) {
          revisions.push(await okRevision(put(store, `a/${name}`, 0)));
        }
        assert.equal(store.watch(PODS, undefined, revisions[0] ?? 0, recorder()).kind, 'expired');
        const sink = recorder();
        assert.equal(store.watch(PODS, undefined, revisions[5] ?? 0, sink).kind, 'ok');
        assert.deepEqual(told(sink.events), ['ADDED a/7', 'ADDED a/8']);
      }
    },
  },
  {
    name: 'a watch replays what came after its revision and goes on with what happens, in order',
    async run(subject) {
      const store = await subject.open();
      const start = store.revision;
      const first = await okRevision(put(store, 'a/x', 0));
      await store.write({
        resource: '/nodes',
        namespace: '',
        name: 'n',
        expectedRevision: 0,
        labels: {},
        encode: () => '{"apiVersion":"v1","kind":"Node"}',
      });
      await okRevision(put(store, 'b/x', 0));
      const all = recorder();
      const inA = recorder();
      const later = recorder();
      const watching = store.watch(PODS, undefined, start, all);
      store.watch(PODS, 'a', start, inA);
      store.watch(PODS, undefined, first, later);
      assert.deepEqual(told(all.events), ['ADDED a/x', 'ADDED b/x']);
      await okRevision(put(store, 'a/x', first));
      assert.deepEqual(told(all.events), ['ADDED a/x', 'ADDED b/x', 'MODIFIED a/x']);
      assert.deepEqual(told(inA.events), ['ADDED a/x', 'MODIFIED a/x']);
      assert.deepEqual(told(later.events), ['ADDED b/x', 'MODIFIED a/x']);
      assert.equal(inA.events[1]?.previous?.revision, first);
      assert.ok(watching.kind === 'ok');
      watching.handle.stop();
      await okRevision(put(store, 'a/y', 0));
      assert.equal(all.events.length, 3);
      assert.equal(inA.events.length, 3);
    },
  },
  {
    name: 'a watch from a revision of the future is refused, because it belongs to another history',
    async run(subject) {
      const store = await subject.open();
      assert.equal(store.watch(PODS, undefined, store.revision + 1, recorder()).kind, 'expired');
      assert.equal(store.list({ resource: PODS, atRevision: store.revision + 1 }).kind, 'expired');
    },
  },
  {
    name: 'an event comes after its state can be read, and before its write is answered',
    async run(subject) {
      const store = await subject.open();
      const seen: unknown[] = [];
      store.watch(PODS, undefined, store.revision, {
        onEvent: (event) => {
          seen.push(
            event.entry.name,
            store.revision === event.revision,
            store.get(PODS, 'a', event.entry.name) === event.entry,
          );
        },
        onClose: () => undefined,
      });
      const answered = Promise.all(['1', '2'].map((name) => okRevision(put(store, `a/${name}`, 0)))).then(() =>
        seen.push('answered'),
      );
      await answered;
      assert.deepEqual(seen, ['1', true, true, '2', true, true, 'answered']);
    },
  },
  {
    name: 'who subscribes in the middle of a batch sees every event once',
    async run(subject) {
      const store = await subject.open();
      const inner = recorder();
      const start = store.revision;
      store.watch(PODS, undefined, start, {
        onEvent: (event) => {
          if (event.entry.name === '2') store.watch(PODS, undefined, start, inner);
        },
        onClose: () => undefined,
      });
      await fill(store, ['a/1', 'a/2', 'a/3']);
      assert.deepEqual(told(inner.events), ['ADDED a/1', 'ADDED a/2', 'ADDED a/3']);
    },
  },
  {
    name: 'a watcher that throws is taken out and harms nobody',
    async run(subject) {
      const store = await subject.open();
      let calls = 0;
      let closed = 0;
      const bad = {
        onEvent: () => {
          calls += 1;
          throw new Error('bad watcher');
        },
        onClose: () => {
          closed += 1;
        },
      };
      const good = recorder();
      store.watch(PODS, undefined, store.revision, bad);
      store.watch(PODS, undefined, store.revision, good);
      await fill(store, ['a/1', 'a/2']);
      assert.deepEqual([calls, closed, good.events.length], [1, 1, 2]);
    },
  },
  {
    name: 'closing finishes accepted writes, ends watches and refuses new writes',
    async run(subject) {
      const store = await subject.open();
      const sink = recorder();
      store.watch(PODS, undefined, store.revision, sink);
      const accepted = put(store, 'a/x', 0);
      const closing = store.close();
      const refused = await put(store, 'a/y', 0);
      assert.equal(refused.kind, 'unavailable');
      await okRevision(accepted);
      await closing;
      assert.equal(sink.closed, 1);
      assert.equal(sink.events.length, 1);
      assert.equal(store.watch(PODS, undefined, store.revision, sink).kind, 'expired');
      await store.close();
    },
  },
  {
    name: 'does what a simple model does, for any writes, lists and watches',
    async run(subject) {
      await checkAgainstModel(subject);
    },
  },
]);

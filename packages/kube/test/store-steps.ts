/** Small steps that the tests of the store are made of. */
import assert from 'node:assert/strict';
import type { HistoryLimits } from '../src/server/store/history.ts';
import type { ObjectStorage, StoreEvent, WatchSink, WriteResult } from '../src/server/store/index.ts';

/** One implementation under test. */
export interface StoreSubject {
  /** Opens an empty store, closed after the test. */
  open(options?: { readonly history?: HistoryLimits }): Promise<ObjectStorage>;
  /** How many random programs are worth their time on this medium. */
  readonly programs: number;
}

/** The collection that tests write to. */
export const PODS = '/pods';

/** Writes one object; `expected` 0 creates. */
export function put(store: ObjectStorage, path: string, expected: number, value: unknown = 0): Promise<WriteResult> {
  const [namespace = '', name = ''] = path.split('/');
  const labels = { value: String(value) };
  return store.write({
    resource: PODS,
    namespace,
    name,
    expectedRevision: expected,
    labels,
    encode: (revision) => {
      const metadata = { name, namespace, resourceVersion: `${revision}`, labels };
      return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata });
    },
  });
}

/** Deletes one object. */
export function remove(store: ObjectStorage, path: string, expected: number): Promise<WriteResult> {
  const [namespace = '', name = ''] = path.split('/');
  return store.write({
    resource: PODS,
    namespace,
    name,
    expectedRevision: expected,
    labels: {},
    isDelete: true,
    encode: (revision) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: `${revision}` } }),
  });
}

/** The revision of a write that must have worked. */
export async function okRevision(result: Promise<WriteResult>): Promise<number> {
  const outcome = await result;
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
  return outcome.kind === 'ok' ? outcome.entry.revision : 0;
}

/** A watcher that remembers. */
export function recorder(): WatchSink & { readonly events: StoreEvent[]; closed: number } {
  const events: StoreEvent[] = [];
  return {
    events,
    closed: 0,
    onEvent(event) {
      events.push(event);
    },
    onClose() {
      this.closed += 1;
    },
  };
}

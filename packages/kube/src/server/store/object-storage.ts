/**
 * The only writer of objects, history and revisions. A write is checked and given its revision at once, against the newest
 * state including writes that are still on their way to the medium; it becomes visible when the medium has it.
 *
 * Invariants: committed state, history and events move together, one event at a time, in revision order. Revisions are
 * never used twice, not even those of refused writes: whoever built upon a refused write then gets a conflict.
 */
import { describeError, type Logger, MeshError } from '@weft/core';
import { objectKey, parseRowKey, rowKey, StoredEntry } from './entry.ts';
import { DEFAULT_HISTORY, History, type HistoryLimits } from './history.ts';
import { listPage } from './list.ts';
import { DEFAULT_PENDING, type PendingLimits, type PendingWrite, PendingWrites, rowsOf } from './pending.ts';
import { Subscriptions } from './subscriptions.ts';
import { ObjectTables } from './table.ts';
import type {
  Entry,
  ListRequest,
  ListResult,
  Medium,
  ObjectStorage,
  ResourceId,
  StoreEvent,
  StoreRow,
  WatchResult,
  WatchSink,
  WriteRequest,
  WriteResult,
} from './types.ts';

/** What a storage is made of. */
export interface ObjectStorageOptions {
  readonly medium: Medium;
  readonly log: Logger;
  readonly history?: HistoryLimits;
  readonly pending?: PendingLimits;
}

/** Reads a medium and serves it. */
export async function loadObjectStorage(options: ObjectStorageOptions): Promise<ObjectStorage> {
  const { rows, revision } = await options.medium.load();
  const tables = new ObjectTables();
  tables.load(entriesOf(rows));
  return new GroupCommitStorage(options, tables, revision);
}

function* entriesOf(rows: Iterable<StoreRow>): Generator<Entry, void, undefined> {
  // Every object names its collection and namespace: one copy of each text is enough for all of them.
  const texts = new Map<string, string>();
  const share = (text: string): string => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
  for (const { key, revision, json } of rows) {
    const parts = parseRowKey(key);
    if (parts === undefined || json === null) {
      throw new MeshError('MESH_STORE_CORRUPT', `the store holds a row that is no object: key "${key}"`);
    }
    const { name } = parts;
    yield new StoredEntry({ resource: share(parts.resource), namespace: share(parts.namespace), name, revision, json });
  }
}

class GroupCommitStorage implements ObjectStorage {
  readonly #medium: Medium;
  readonly #log: Logger;
  readonly #tables: ObjectTables;
  readonly #history: History;
  readonly #subscriptions: Subscriptions;
  readonly #pending: PendingWrites;
  #revision: number;
  /** The newest revision handed out; above `#revision` while writes are pending or after some were refused. */
  #assigned: number;
  /** Settles when the running chain of commits has nothing left to do. */
  #committing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ObjectStorageOptions, tables: ObjectTables, revision: number) {
    this.#medium = options.medium;
    this.#log = options.log;
    this.#tables = tables;
    this.#revision = revision;
    this.#assigned = revision;
    this.#history = new History(revision, options.history ?? DEFAULT_HISTORY);
    this.#pending = new PendingWrites(options.pending ?? DEFAULT_PENDING);
    this.#subscriptions = new Subscriptions(options.log);
  }

  get revision(): number {
    return this.#revision;
  }

  get(resource: ResourceId, namespace: string, name: string): Entry | undefined {
    return this.#tables.get(resource, objectKey(namespace, name));
  }

  latest(resource: ResourceId, namespace: string, name: string): Entry | undefined {
    const pending = this.#pending.newest(rowKey(resource, namespace, name));
    if (pending === undefined) return this.get(resource, namespace, name);
    return pending.isDelete ? undefined : pending.entry;
  }

  list(request: ListRequest): ListResult {
    const table = this.#tables.of(request.resource);
    return listPage({ table, history: this.#history, revision: this.#revision }, request);
  }

  count(resource: ResourceId): number {
    return this.#tables.of(resource).size;
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    if (this.#closing !== undefined) return unavailable('the store is closed');
    const { resource, namespace, name } = request;
    const key = rowKey(resource, namespace, name);
    const current = this.latest(resource, namespace, name);
    const isDelete = request.isDelete === true;
    if ((current?.revision ?? 0) !== request.expectedRevision || (isDelete && current === undefined)) {
      return this.#conflict(key, request);
    }
    if (this.#pending.isFull) return unavailable('too many writes are waiting for the store; try again later');
    const revision = this.#assigned + 1;
    const json = request.encode(revision);
    const entry = new StoredEntry({ resource, namespace, name, revision, json, labels: request.labels });
    this.#assigned = revision;
    const outcome = Promise.withResolvers<WriteResult>();
    this.#pending.add({ key, entry, previous: current, isDelete, outcome });
    this.#committing ??= this.#commitAll();
    return outcome.promise;
  }

  watch(resource: ResourceId, namespace: string | undefined, fromRevision: number, sink: WatchSink): WatchResult {
    // A revision of the future comes from another history (the store was replaced): waiting for it would miss events.
    if (this.#closing !== undefined || fromRevision < this.#history.oldest || fromRevision > this.#revision) {
      return { kind: 'expired', oldest: this.#history.oldest };
    }
    const subscription = this.#subscriptions.add(resource, namespace, fromRevision, sink);
    this.#history.forEachAfter(fromRevision, (event) => {
      const { entry } = event;
      if (entry.resource !== resource || (namespace !== undefined && entry.namespace !== namespace)) return;
      this.#subscriptions.deliver(subscription, event);
    });
    return { kind: 'ok', handle: subscription };
  }

  compact(revision: number): void {
    this.#history.compact(Math.min(revision, this.#revision));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#committing;
    this.#subscriptions.closeAll();
    await this.#medium.close();
  }

  /**
   * Refuses a write. If the state it lost against is not durable yet, the answer waits for it: a client that hears
   * "already exists" must be able to read the object then.
   */
  async #conflict(key: string, request: WriteRequest): Promise<WriteResult> {
    const winner = await this.#pending.newest(key)?.outcome.promise;
    if (winner?.kind === 'unavailable') return winner;
    return { kind: 'conflict', current: this.latest(request.resource, request.namespace, request.name) };
  }

  /** Commits batch after batch until nothing waits; what comes in meanwhile gathers into the next batch. */
  async #commitAll(): Promise<void> {
    // One turn later, so that writes made in the same turn share a batch.
    await Promise.resolve();
    while (this.#pending.size > 0) {
      const batch = this.#pending.startBatch();
      try {
        await this.#medium.commit(rowsOf(batch));
      } catch (thrown) {
        this.#refuse(thrown);
        continue;
      }
      this.#pending.finishBatch();
      for (const write of batch) this.#apply(write);
      // Answered only when every reader sees the whole batch.
      for (const { entry, outcome } of batch) outcome.resolve({ kind: 'ok', entry });
    }
    this.#committing = undefined;
  }

  #apply(write: PendingWrite): void {
    const { entry, previous, isDelete } = write;
    const type = isDelete ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED';
    const event: StoreEvent = Object.freeze({ type, revision: entry.revision, entry, previous });
    if (isDelete) this.#tables.delete(entry);
    else this.#tables.set(entry);
    this.#revision = entry.revision;
    this.#history.append(event);
    this.#subscriptions.dispatch(event);
  }

  #refuse(thrown: unknown): void {
    const reason = describeError(thrown);
    const failed = this.#pending.failBatch();
    this.#log.error('the store refused a batch of writes', { reason, writes: failed.length });
    for (const { outcome } of failed) outcome.resolve(unavailable(reason));
  }
}

function unavailable(reason: string): WriteResult {
  return { kind: 'unavailable', reason };
}

/** A store as simple as it can be, and random programs that both must agree on. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ListRequest, ObjectStorage, StoreEvent } from '../src/server/store/index.ts';
import { put, recorder, remove, type StoreSubject } from './store-steps.ts';

interface ModelObject {
  readonly path: string;
  readonly revision: number;
}

type Step =
  | { readonly kind: 'write'; readonly path: string; readonly how: 'create' | 'update' | 'stale' | 'delete' }
  /** Lets everything become durable. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'watch'; readonly namespace: string | undefined; readonly back: number };

const path = fc.constantFrom('a/1', 'a/2', 'a/3', 'a-b/1', 'a-b/2', 'b/1', '/c');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      path,
      how: fc.constantFrom('create', 'update', 'stale', 'delete'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('watch'),
      namespace: fc.option(fc.constantFrom('a', 'b', ''), { nil: undefined }),
      back: fc.nat(6),
    }),
  },
);

/** Runs random programs on the store and on the model. */
export async function checkAgainstModel(subject: StoreSubject): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const store = await subject.open();
      await new Run(store).play(steps);
      await store.close();
    }),
    { numRuns: subject.programs },
  );
}

/** One program, played on both. */
class Run {
  readonly #store: ObjectStorage;
  readonly #start: number;
  /** The model: the state after each revision, the first one empty. */
  readonly #states: ReadonlyMap<string, ModelObject>[] = [new Map()];
  readonly #events: string[] = [];
  readonly #open: Promise<void>[] = [];
  readonly #watches: {
    readonly seen: readonly StoreEvent[];
    readonly namespace: string | undefined;
    readonly from: number;
  }[] = [];

  constructor(store: ObjectStorage) {
    this.#store = store;
    this.#start = store.revision;
  }

  async play(steps: readonly Step[]): Promise<void> {
    this.#watch(undefined, this.#start);
    for (const each of steps) {
      if (each.kind === 'settle') await Promise.all(this.#open.splice(0));
      else if (each.kind === 'watch')
        this.#watch(each.namespace, Math.max(this.#start, this.#store.revision - each.back));
      else this.#write(each.path, each.how);
    }
    await Promise.all(this.#open);
    for (const watch of this.#watches) this.#checkWatch(watch);
    for (const [age, state] of this.#states.entries()) this.#checkLists(state, this.#start + age);
  }

  #write(where: string, how: 'create' | 'update' | 'stale' | 'delete'): void {
    const state = this.#states.at(-1) ?? new Map();
    const current = state.get(where)?.revision ?? 0;
    const next = this.#start + this.#states.length;
    const expected = how === 'create' ? 0 : how === 'stale' ? current - 1 : current;
    const write = how === 'delete' ? remove(this.#store, where, expected) : put(this.#store, where, expected, next);
    const isOk = expected === current && !(how === 'delete' && current === 0);
    if (isOk) {
      const changed = new Map(state);
      if (how === 'delete') changed.delete(where);
      else changed.set(where, { path: where, revision: next });
      this.#states.push(changed);
      this.#events.push(
        `${how === 'delete' ? 'DELETED' : current === 0 ? 'ADDED' : 'MODIFIED'} ${where} ${next} ${current}`,
      );
    }
    const check = write.then((result) => {
      assert.equal(result.kind, isOk ? 'ok' : 'conflict');
      if (result.kind === 'ok') assert.equal(result.entry.revision, next);
    });
    this.#open.push(check);
  }

  #watch(namespace: string | undefined, from: number): void {
    const sink = recorder();
    assert.equal(this.#store.watch('/pods', namespace, from, sink).kind, 'ok');
    this.#watches.push({ seen: sink.events, namespace, from });
  }

  #checkWatch({
    seen,
    namespace,
    from,
  }: {
    readonly seen: readonly StoreEvent[];
    readonly namespace: string | undefined;
    readonly from: number;
  }): void {
    const expected = this.#events
      .slice(from - this.#start)
      .filter((event) => namespace === undefined || event.split(' ')[1]?.startsWith(`${namespace}/`));
    const actual = seen.map(
      ({ type, entry, revision, previous }) =>
        `${type} ${entry.namespace}/${entry.name} ${revision} ${previous?.revision ?? 0}`,
    );
    assert.deepEqual(actual, expected);
  }

  #checkLists(state: ReadonlyMap<string, ModelObject>, revision: number): void {
    for (const namespace of [undefined, 'a', 'b']) {
      const expected = [...state.values()]
        .filter((object) => namespace === undefined || object.path.startsWith(`${namespace}/`))
        .sort((x, y) => compare(x.path.split('/'), y.path.split('/')))
        .map((object) => `${object.path} ${object.revision}`);
      const request = { resource: '/pods', atRevision: revision, ...(namespace === undefined ? {} : { namespace }) };
      for (const limit of [undefined, 1, 2]) {
        assert.deepEqual(readAll(this.#store, limit === undefined ? request : { ...request, limit }), expected);
      }
    }
  }
}

function readAll(store: ObjectStorage, request: ListRequest): string[] {
  const read: string[] = [];
  let continueToken: string | undefined;
  do {
    const page = store.list(continueToken === undefined ? request : { ...request, continueToken });
    assert.ok(page.kind === 'ok');
    assert.equal(page.revision, request.atRevision);
    read.push(...page.entries.map((entry) => `${entry.namespace}/${entry.name} ${entry.revision}`));
    const rest = readRest(store, request, read.length);
    assert.equal(page.remaining, rest);
    continueToken = page.continueToken;
    assert.equal(continueToken === undefined, rest === 0);
  } while (continueToken !== undefined);
  return read;
}

function readRest(store: ObjectStorage, request: ListRequest, read: number): number {
  const { limit: _, ...whole } = request;
  const all = store.list(whole);
  return all.kind === 'ok' ? all.entries.length - read : -1;
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

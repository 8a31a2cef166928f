/** Lists a collection as it was at one revision: the current table with the events since then undone. */
import { encodeContinueToken, parseContinueToken } from './continue-token.ts';
import { type ObjectKey, objectKey } from './entry.ts';
import type { History } from './history.ts';
import { isInRange, type KeyRange, lowerBound, namespaceRange, type Table } from './table.ts';
import type { Entry, ListRequest, ListResult } from './types.ts';

/** What a list is made from. */
export interface ListSource {
  readonly table: Table;
  readonly history: History;
  /** The revision that `table` shows. */
  readonly revision: number;
}

/** One page of a collection. */
export function listPage(source: ListSource, request: ListRequest): ListResult {
  const range = namespaceRange(request.namespace);
  let revision = request.atRevision ?? source.revision;
  let after: ObjectKey | undefined;
  if (request.continueToken !== undefined) {
    const token = parseContinueToken(request.continueToken);
    if (typeof token === 'string') return { kind: 'badToken', reason: token };
    if (!isInRange(token.lastKey, range)) {
      return { kind: 'badToken', reason: 'the continue token belongs to a list of another namespace' };
    }
    revision = token.revision;
    after = token.lastKey;
  }
  // A revision of the future comes from another history (the store was replaced): the client has to start over.
  if (revision < source.history.oldest || revision > source.revision) {
    return { kind: 'expired', oldest: source.history.oldest };
  }
  const past = revision === source.revision ? NOTHING_UNDONE : undoneSince(source, request.resource, revision, range);
  return fillPage(new Cursor(source.table, past, range, after), request, revision);
}

function fillPage(cursor: Cursor, request: ListRequest, revision: number): ListResult {
  const { filter } = request;
  const limit = request.limit === undefined || request.limit <= 0 ? Number.POSITIVE_INFINITY : request.limit;
  const entries: Entry[] = [];
  let lastKey: ObjectKey = '';
  for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) {
    if (filter !== undefined && !filter(entry)) continue;
    if (entries.length === limit) {
      // One more entry is looked for, so that a token is handed out only when a further page has something to show.
      const continueToken = encodeContinueToken({ revision, lastKey });
      const rest = filter === undefined ? { remaining: cursor.countRest() + 1 } : {};
      return { kind: 'ok', entries, revision, continueToken, ...rest };
    }
    entries.push(entry);
    if (entries.length === limit) lastKey = objectKey(entry.namespace, entry.name);
  }
  return { kind: 'ok', entries, revision, ...(filter === undefined ? { remaining: 0 } : {}) };
}

/** How an older state differs from the current one. */
interface Past {
  /** Key to its entry in the older state; undefined when it did not exist then. */
  readonly changed: ReadonlyMap<ObjectKey, Entry | undefined>;
  /** Keys of the older state that the current table lacks, sorted. */
  readonly gone: readonly ObjectKey[];
}

const NOTHING_UNDONE: Past = Object.freeze({ changed: new Map<ObjectKey, Entry | undefined>(), gone: [] });

function undoneSince(source: ListSource, resource: string, revision: number, range: KeyRange): Past {
  const changed = new Map<ObjectKey, Entry | undefined>();
  source.history.forEachAfter(revision, (event) => {
    if (event.entry.resource !== resource) return;
    const key = objectKey(event.entry.namespace, event.entry.name);
    // What stood before the first change is what the older state shows.
    if (!changed.has(key) && isInRange(key, range)) changed.set(key, event.previous);
  });
  const gone: ObjectKey[] = [];
  for (const [key, entry] of changed) {
    if (entry !== undefined && source.table.get(key) === undefined) gone.push(key);
  }
  gone.sort((a, b) => (a < b ? -1 : 1));
  return { changed, gone };
}

/** Walks the older state in key order by merging the current keys with those that are gone since. */
class Cursor {
  readonly #table: Table;
  readonly #past: Past;
  #index: number;
  readonly #end: number;
  #goneIndex: number;

  constructor(table: Table, past: Past, range: KeyRange, after: ObjectKey | undefined) {
    this.#table = table;
    this.#past = past;
    // No key ends in NUL, so this is the first possible key behind `after`.
    const from = after === undefined ? range.from : `${after}\0`;
    this.#index = lowerBound(table.keys, from);
    this.#end = range.to === undefined ? table.keys.length : lowerBound(table.keys, range.to);
    this.#goneIndex = lowerBound(past.gone, from);
  }

  next(): Entry | undefined {
    const { changed, gone } = this.#past;
    for (;;) {
      const key = this.#index < this.#end ? this.#table.keys[this.#index] : undefined;
      const goneKey = gone[this.#goneIndex];
      if (goneKey !== undefined && (key === undefined || goneKey < key)) {
        this.#goneIndex += 1;
        return changed.get(goneKey);
      }
      if (key === undefined) return undefined;
      this.#index += 1;
      const entry = changed.has(key) ? changed.get(key) : this.#table.get(key);
      if (entry !== undefined) return entry;
    }
  }

  /** How many entries `next` would still return. */
  countRest(): number {
    const { changed, gone } = this.#past;
    let count = Math.max(0, this.#end - this.#index) + gone.length - this.#goneIndex;
    const nextKey = this.#index < this.#end ? this.#table.keys[this.#index] : undefined;
    if (nextKey === undefined) return count;
    for (const [key, entry] of changed) if (entry === undefined && key >= nextKey && this.#table.get(key)) count -= 1;
    return count;
  }
}

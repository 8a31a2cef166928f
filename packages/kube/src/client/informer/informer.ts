/** A live copy of a collection, with handlers that are told of every change. */
import { describeError, type Logger, MeshError } from '@weft/core';
import { isApiStatusError } from '../../shared/status.ts';
import type { NamedObject } from '../resource-client.ts';
import { freezeJson } from './freeze-json.ts';
import { type Indexers, keyOf, ObjectCache, type ObjectName, type ReadonlyObjectCache } from './object-cache.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';

/**
 * Told of changes synchronously, after the cache has them, in the order of the server. A handler that throws is logged and
 * harms nobody.
 */
export interface InformerHandler<T> {
  onAdd?(object: T): void;
  onUpdate?(object: T, previous: T): void;
  /** `isTombstone`: the deletion was missed and only noticed later, so the object may not be its last state. */
  onDelete?(object: T, isTombstone: boolean): void;
  /** The cache holds the whole collection for the first time (for this handler). */
  onSync?(): void;
}

/** How an informer works. */
export interface InformerOptions<T extends object> extends ReflectorOptions<T> {
  readonly indexers?: Indexers<T> | undefined;
  /** Makes objects smaller before they are kept. */
  readonly transform?: ((object: T) => T) | undefined;
}

/** Where an informer stands. */
export type InformerState = 'idle' | 'running' | 'stopped';

/** Keeps a collection; `start` begins, `stop` ends. */
export class Informer<T extends object> {
  readonly #options: InformerOptions<T>;
  readonly #log: Logger;
  readonly #cache: ObjectCache<T>;
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #reflector: Reflector<T>;
  readonly #synced = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isSynced = false;
  #problem: unknown;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#log = options.log.child({ resource: options.client.resource.plural });
    this.#cache = new ObjectCache(options.indexers);
    this.#reflector = new Reflector(options, {
      onReplace: (objects) => this.#replace(objects),
      onUpsert: (object) => this.#upsert(object),
      onDelete: (object) => this.#delete(object),
      onProblem: (error) => this.#noteProblem(error),
    });
    // Whoever waits gets the error; nobody has to wait.
    this.#synced.promise.catch(() => undefined);
  }

  /** What the informer knows. */
  get cache(): ReadonlyObjectCache<T> {
    return this.#cache;
  }

  get state(): InformerState {
    if (this.#stopping.signal.aborted) return 'stopped';
    return this.#running === undefined ? 'idle' : 'running';
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Why the copy may be behind, or undefined while all is well. */
  get problem(): unknown {
    return this.#problem;
  }

  /** The revision that the copy is at. */
  get resourceVersion(): string | undefined {
    return this.#reflector.resourceVersion;
  }

  start(): void {
    if (this.#stopping.signal.aborted) throw new MeshError('MESH_CLOSED', 'a stopped informer cannot be started again');
    this.#running ??= this.#reflector.run(this.#stopping.signal);
  }

  /** Ends the watch; handlers are called no more once this is called. */
  async stop(): Promise<void> {
    this.#handlers.clear();
    this.#stopping.abort(new MeshError('MESH_ABORTED', 'the informer was stopped'));
    this.#synced.reject(new MeshError('MESH_ABORTED', 'the informer was stopped before it was in sync'));
    await this.#running;
  }

  /** Resolves when the cache holds the whole collection; rejects when the signal aborts or the informer stops before. */
  async waitForSync(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => {
      const cause = signal?.reason as unknown;
      // What keeps the informer from syncing is what the user has to know.
      if (this.#problem === undefined) aborted.reject(cause);
      else aborted.reject(new MeshError('MESH_ABORTED', `not in sync: ${describeError(this.#problem)}`, { cause }));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#synced.promise, aborted.promise]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Adds a handler, which first hears of everything that is already known; returns how to take it away. */
  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of [...this.#cache.values()]) this.#call(() => handler.onAdd?.(object));
    if (this.#isSynced) this.#call(() => handler.onSync?.());
    return () => {
      this.#handlers.delete(handler);
    };
  }

  #replace(objects: readonly T[]): void {
    const gone = new Set<ObjectName>(this.#cache.keys());
    for (const object of objects) {
      gone.delete(keyOf(object));
      this.#upsert(object);
    }
    for (const key of gone) {
      const object = this.#cache.delete(key);
      if (object !== undefined) this.#tell((handler) => handler.onDelete?.(object, true));
    }
    this.#problem = undefined;
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#synced.resolve();
    this.#tell((handler) => handler.onSync?.());
  }

  #upsert(incoming: T): void {
    this.#problem = undefined;
    const key = keyOf(incoming);
    const known = this.#cache.get(key);
    // A list and a resumed watch repeat what is known already.
    if (known !== undefined && isSameState(known, incoming)) return;
    const object = this.#keep(incoming);
    const previous = this.#cache.set(key, object);
    if (previous === undefined) this.#tell((handler) => handler.onAdd?.(object));
    else this.#tell((handler) => handler.onUpdate?.(object, previous));
  }

  #delete(incoming: T): void {
    this.#problem = undefined;
    const known = this.#cache.delete(keyOf(incoming));
    if (known === undefined) return;
    const last = this.#keep(incoming);
    this.#tell((handler) => handler.onDelete?.(last, false));
  }

  #keep(object: T): T {
    return freezeJson(this.#options.transform?.(object) ?? object);
  }

  #noteProblem(error: unknown): void {
    this.#problem = error;
    const isRefusal = isApiStatusError(error, 'Forbidden', 'Unauthorized', 'NotFound');
    const level = isRefusal ? 'warning' : 'info';
    this.#log[level]('cannot follow the collection, trying again', () => ({ reason: describeError(error) }));
  }

  #tell(call: (handler: InformerHandler<T>) => void): void {
    for (const handler of [...this.#handlers]) {
      if (this.#handlers.has(handler)) this.#call(() => call(handler));
    }
  }

  #call(call: () => void): void {
    try {
      call();
    } catch (thrown) {
      this.#log.error('an informer handler failed', { reason: describeError(thrown) });
    }
  }
}

/** The same object in the same state: after a server was replaced, a revision alone says nothing. */
function isSameState(a: object, b: object): boolean {
  const [left, right] = [(a as NamedObject).metadata, (b as NamedObject).metadata] as readonly {
    readonly uid?: string;
    readonly resourceVersion?: string;
  }[];
  return (
    left?.resourceVersion !== undefined && left.resourceVersion === right?.resourceVersion && left.uid === right.uid
  );
}

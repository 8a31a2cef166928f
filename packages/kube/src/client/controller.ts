/** Informers feed a queue of keys; workers bring the world in line with each key, again and again until it works. */
import {
  type BackoffPolicy,
  type Clock,
  describeError,
  type Logger,
  MeshError,
  type Random,
  withDeadline,
} from '@weft/core';
import type { Informer, InformerHandler } from './informer/informer.ts';
import { keyOf, type ObjectName } from './informer/object-cache.ts';
import { WorkQueue, type WorkQueueObserver } from './work-queue.ts';

/** What a reconciliation asks for; nothing means that all is done. */
export interface ReconcileResult {
  /** Look at the key again after this long, though nothing failed. */
  readonly requeueAfterMs?: number;
}

/** How a controller works. */
export interface ControllerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Brings one key in line; throwing means "try again later". The signal aborts when the controller stops or time is up. */
  readonly reconcile: (key: ObjectName, signal: AbortSignal) => Promise<ReconcileResult | undefined>;
  /** Keys worked on at a time; 1 unless given. */
  readonly concurrency?: number;
  /** For one key; a minute unless given. */
  readonly timeoutMs?: number;
  readonly backoff?: BackoffPolicy;
  readonly observer?: WorkQueueObserver<ObjectName>;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** A queue with its workers. Sources are added before `start`. */
export class Controller {
  readonly queue: WorkQueue<ObjectName>;
  readonly #options: ControllerOptions;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #sources: Informer<object>[] = [];
  readonly #removeHandlers: (() => void)[] = [];
  #running: Promise<void> | undefined;

  constructor(options: ControllerOptions) {
    const { clock, random, backoff, observer } = options;
    const extras = { ...(backoff === undefined ? {} : { backoff }), ...(observer === undefined ? {} : { observer }) };
    this.queue = new WorkQueue({ clock, random, ...extras });
    this.#options = options;
    this.#log = options.log.child({ controller: options.name });
  }

  /** Works on the keys of an informer's objects, or on those that `keysOf` derives from them. */
  follow<T extends object>(informer: Informer<T>, keysOf: (object: T) => readonly ObjectName[] = ownKey): void {
    if (this.#running !== undefined)
      throw new MeshError('MESH_INVALID_ARGUMENT', 'a running controller takes no sources');
    const add = (keys: Iterable<ObjectName>) => {
      for (const key of keys) this.queue.add(key);
    };
    const handler: InformerHandler<T> = {
      onAdd: (object) => add(keysOf(object)),
      // What the object no longer points at needs a look as well; each key once, or a worker would start twice.
      onUpdate: (object, previous) => add(new Set([...keysOf(previous), ...keysOf(object)])),
      onDelete: (object) => add(keysOf(object)),
    };
    this.#removeHandlers.push(informer.addHandler(handler));
    this.#sources.push(informer as unknown as Informer<object>);
  }

  /** Starts the workers once every source is in sync: before that, a missing object means nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Takes no more keys, tells the work under way to end, and waits for it. */
  async stop(): Promise<void> {
    for (const remove of this.#removeHandlers.splice(0)) remove();
    this.#stopping.abort(new MeshError('MESH_ABORTED', `controller ${this.#options.name} stops`));
    const drained = this.queue.shutDown();
    if (this.#running === undefined) return;
    await this.#running;
    await drained;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await Promise.all(this.#sources.map((informer) => informer.waitForSync(signal)));
    } catch (thrown) {
      if (!signal.aborted) this.#log.warning('a source ended before it was in sync', { reason: describeError(thrown) });
    }
    await Promise.all(Array.from({ length: this.#options.concurrency ?? 1 }, () => this.#work()));
  }

  async #work(): Promise<void> {
    for (let key = await this.queue.take(); key !== undefined; key = await this.queue.take()) {
      // Keys that are left when the controller stops are somebody else's, or the next start's.
      if (!this.#stopping.signal.aborted) await this.#reconcile(key);
      this.queue.done(key);
    }
  }

  async #reconcile(key: ObjectName): Promise<void> {
    const { clock, timeoutMs, reconcile, name } = this.#options;
    const { signal } = this.#stopping;
    try {
      const what = `reconciling ${key} in controller ${name}`;
      const result = await withDeadline(clock, timeoutMs ?? DEFAULT_TIMEOUT_MS, { what, signal }, (inner) =>
        Promise.resolve(reconcile(key, inner)),
      );
      this.queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.queue.addAfter(key, result.requeueAfterMs);
    } catch (thrown) {
      if (signal.aborted) return;
      this.queue.addRateLimited(key);
      const failures = this.queue.failuresOf(key);
      this.#log.warning('reconciling failed, trying again', () => ({ key, failures, reason: describeError(thrown) }));
    }
  }
}

function ownKey(object: object): readonly ObjectName[] {
  return [keyOf(object)];
}

/** A folder on disk as a medium: read in this thread at start, written by a thread of its own. */
import { Worker } from 'node:worker_threads';
import { MeshError, thrownMessage } from '@weft/core';
import { sqliteError } from './sqlite-error.ts';
import { loadDatabase } from './sqlite-load.ts';
import type { WriterOptions, WriterReply, WriterRequest } from './sqlite-protocol.ts';
import { type StateFolder, takeStateFolder } from './state-folder.ts';
import type { Medium, StoreRow } from './types.ts';

/** Where the rows are kept. */
export interface SqliteMediumOptions {
  readonly folder: string;
  /** Revision that a new store starts from. */
  readonly firstRevision: number;
  /** The database refuses to grow beyond this. */
  readonly maxBytes?: number;
}

/** The medium on SQLite. `load` takes the folder, `close` gives it back. */
export class SqliteMedium implements Medium {
  readonly #options: SqliteMediumOptions;
  #folder: StateFolder | undefined;
  #worker: Worker | undefined;
  /** Why the thread is gone, once it is. */
  #gone: MeshError | undefined;
  /** Commits under way by their number; written by `commit` and the thread's replies. */
  readonly #commits = new Map<number, PromiseWithResolvers<void>>();
  #nextId = 0;

  constructor(options: SqliteMediumOptions) {
    this.#options = options;
  }

  load(): Promise<{ readonly rows: Iterable<StoreRow>; readonly revision: number }> {
    return new Promise((resolve) => {
      resolve(this.#load());
    });
  }

  commit(rows: readonly StoreRow[]): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#gone !== undefined) {
      return Promise.reject(this.#gone ?? new MeshError('MESH_CLOSED', 'the store is not open'));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const commit = Promise.withResolvers<void>();
    this.#commits.set(id, commit);
    // Only a write under way keeps the process alive.
    worker.ref();
    worker.postMessage({ kind: 'commit', id, rows } satisfies WriterRequest);
    return commit.promise;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined && this.#gone === undefined) {
      worker.ref();
      const exited = new Promise<void>((done) => {
        worker.once('exit', () => done());
      });
      worker.postMessage({ kind: 'close' } satisfies WriterRequest);
      await exited;
    }
    this.#folder?.release();
    this.#folder = undefined;
  }

  #load(): { readonly rows: Iterable<StoreRow>; readonly revision: number } {
    const { firstRevision, maxBytes } = this.#options;
    this.#folder = takeStateFolder(this.#options.folder);
    const file = this.#folder.databaseFile;
    try {
      // The thread opens the file with its first batch; until then it only comes up, beside the load.
      this.#worker = this.#startWorker({ file, maxBytes });
      const { rows, revision } = loadDatabase({ file, maxBytes, firstRevision });
      return { rows: this.#closeIfUnreadable(rows), revision };
    } catch (thrown) {
      this.#abandon();
      throw thrown;
    }
  }

  #startWorker(options: WriterOptions): Worker {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: options,
      name: 'store',
      // Flags of the program that are about its own entry point would stop the thread.
      execArgv: [],
    });
    worker.unref();
    worker.on('message', (reply: WriterReply) => this.#handleReply(options.file, reply));
    worker.on('error', (thrown) => this.#fail(`the writer of ${options.file} broke: ${thrownMessage(thrown)}`));
    worker.on('exit', () => this.#fail(`the writer of ${options.file} stopped`));
    return worker;
  }

  #handleReply(file: string, { id, failure }: WriterReply): void {
    const commit = this.#commits.get(id);
    this.#commits.delete(id);
    if (this.#commits.size === 0) this.#worker?.unref();
    if (failure === undefined) commit?.resolve();
    else commit?.reject(sqliteError(file, failure));
  }

  #fail(reason: string): void {
    this.#gone ??= new MeshError('MESH_STORE', reason, { hint: 'restart the server; what it confirmed is kept' });
    for (const commit of this.#commits.values()) commit.reject(this.#gone);
    this.#commits.clear();
  }

  *#closeIfUnreadable(rows: Iterable<StoreRow>): Generator<StoreRow, void, undefined> {
    let isRead = false;
    try {
      yield* rows;
      isRead = true;
    } finally {
      if (!isRead) this.#abandon();
    }
  }

  /** Gives up after a failed load. */
  #abandon(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    // Nothing was sent to the thread yet, so there is nothing that ending it could cut short.
    void worker?.terminate();
    this.#folder?.release();
    this.#folder = undefined;
  }
}

/** Follows the file with the roots of the mesh that the platform mounts, so that a new root is known before it signs. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, Debounce, describeError, type Logger, type ReadonlyWatch, Watch } from '@weft/core';
import { parseCertificatesPem } from '@weft/identity';
import { type FileWatcher, systemFileWatcher } from '../secrets/file-watcher.ts';

/** What a file is followed with. */
export interface RootFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The system's own unless given. */
  readonly watcher?: FileWatcher;
}

const QUIET_MS = 50;
const MAX_WAIT_MS = 1_000;

/** The roots of a file; what cannot be read leaves those that were read last. */
export class RootFile {
  readonly #options: RootFileOptions;
  readonly #pem: Watch<string | undefined> = new Watch<string | undefined>(undefined);
  readonly #debounce: Debounce<undefined>;
  #watching: { close(): void } | undefined;

  constructor(options: RootFileOptions) {
    this.#options = options;
    this.#debounce = new Debounce<undefined>({
      clock: options.clock,
      quietMs: QUIET_MS,
      maxWaitMs: MAX_WAIT_MS,
      merge: () => undefined,
      run: () => this.#read(),
    });
  }

  get pem(): ReadonlyWatch<string | undefined> {
    return this.#pem;
  }

  /** Reads the file, and again whenever something changes beside it. */
  async start(): Promise<void> {
    const { logger, path, watcher = systemFileWatcher } = this.#options;
    try {
      this.#watching = watcher.watch(dirname(path), () => this.#debounce.trigger(undefined));
    } catch (thrown: unknown) {
      logger.warning('the roots of the mesh are not followed', { path, reason: describeError(thrown) });
    }
    await this.#read();
  }

  close(): void {
    this.#watching?.close();
    this.#debounce.close();
  }

  async #read(): Promise<void> {
    const { logger, path } = this.#options;
    try {
      const pem = await readFile(path, 'utf8');
      const parsed = parseCertificatesPem(pem);
      if (parsed.kind === 'ok') this.#pem.swap(pem);
      else logger.warning('the roots of the mesh cannot be used', { path, reason: parsed.error.message });
    } catch (thrown: unknown) {
      logger.warning('the roots of the mesh cannot be read', { path, reason: describeError(thrown) });
    }
  }
}

/**
 * What is compiled from files beside its own bytes: a secret that names the files of its certificate. It is compiled again whenever something
 * changes in the directories of these files.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Clock, Debounce, type Logger, type Result, thrownMessage } from '@weft/core';
import type { ConfigSources } from '@weft/engine';
import { type FileWatcher, systemFileWatcher } from './file-watcher.ts';

/** Compiles with the given way to read files; the reasons when that cannot be done. */
export type CompileWithFiles<T> = (loadData: ConfigSources['loadData']) => Result<T, readonly string[]>;

/** What this is made of. */
export interface FileBackedParts<T> {
  readonly loadData: ConfigSources['loadData'];
  /** The system's own unless given. */
  readonly watcher?: FileWatcher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Directories to watch beside those of the files. */
  readonly directoriesOf: (compiled: T) => readonly string[];
  /** Whether anybody still wants what is known by a key. */
  readonly isWanted: (key: string) => boolean;
  /** Called when files have changed and what is made of them is good. */
  readonly onChange: (key: string, compiled: T) => void;
}

/** A pair of files is rarely changed at once: what comes within this time is one change. */
const QUIET_MS = 50;
const MAX_WAIT_MS = 1000;

interface Entry<T> {
  readonly compile: CompileWithFiles<T>;
  /** Of all that the files held when they were read last. */
  readonly digest: string;
  readonly directories: ReadonlySet<string>;
}

/** See the file's head. */
export class FileBacked<T> {
  readonly #parts: FileBackedParts<T>;
  readonly #debounce: Debounce<undefined>;
  /** Key: given by who compiles. Only what did read files is here. Sole writers: compile, forget and #reload. */
  readonly #entries = new Map<string, Entry<T>>();
  /** Key: the directory. Sole writers: #watch, #closeUnused and close. */
  readonly #watchers = new Map<string, { close(): void }>();

  constructor(parts: FileBackedParts<T>) {
    this.#parts = parts;
    this.#debounce = new Debounce({
      clock: parts.clock,
      quietMs: QUIET_MS,
      maxWaitMs: MAX_WAIT_MS,
      merge: () => undefined,
      run: () => this.#reload(),
    });
  }

  /** Compiles now, and again after each change of the files that were read, whether it was good or not. */
  compile(key: string, compile: CompileWithFiles<T>): Result<T, readonly string[]> {
    const { result, entry } = this.#run(compile);
    if (entry.directories.size === 0) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    for (const directory of entry.directories) this.#watch(directory);
    this.#closeUnused();
    return result;
  }

  /** Looks no more at the files of what nobody wants. */
  forget(key: string): void {
    if (this.#entries.delete(key)) this.#closeUnused();
  }

  /** Looks at files no more. */
  close(): void {
    this.#debounce.close();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#entries.clear();
  }

  #run(compile: CompileWithFiles<T>): {
    readonly result: Result<T, readonly string[]>;
    readonly entry: Entry<T>;
  } {
    const hash = createHash('sha256');
    const directories = new Set<string>();
    const result = compile((source, name) => {
      const loaded = this.#parts.loadData(source, name);
      if (source === 'filename') {
        directories.add(path.dirname(name));
        hash.update(loaded.kind === 'ok' ? loaded.value : `missing: ${loaded.error}`);
      }
      return loaded;
    });
    if (result.kind === 'ok')
      for (const directory of this.#parts.directoriesOf(result.value)) directories.add(directory);
    return { result, entry: { compile, digest: hash.digest('hex'), directories } };
  }

  #reload(): void {
    const { isWanted, onChange, logger } = this.#parts;
    for (const [key, { compile, digest }] of [...this.#entries]) {
      if (!isWanted(key)) {
        this.#entries.delete(key);
        continue;
      }
      const { result, entry } = this.#run(compile);
      if (entry.digest === digest) continue;
      this.#entries.set(key, entry);
      for (const directory of entry.directories) this.#watch(directory);
      if (result.kind === 'ok') onChange(key, result.value);
      else
        logger.error('changed files cannot be used: what was read before stays in use', { key, reasons: result.error });
    }
    this.#closeUnused();
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory)) return;
    const { watcher = systemFileWatcher, logger } = this.#parts;
    try {
      this.#watchers.set(
        directory,
        watcher.watch(directory, () => this.#debounce.trigger(undefined)),
      );
    } catch (thrown: unknown) {
      logger.error('a directory cannot be watched: changes in it go unseen', {
        directory,
        reason: thrownMessage(thrown),
      });
    }
  }

  #closeUnused(): void {
    const used = new Set<string>();
    for (const { directories } of this.#entries.values()) for (const directory of directories) used.add(directory);
    for (const [directory, watcher] of this.#watchers) {
      if (used.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
  }
}

/** Files with resources: read, and read again when they change. */
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Clock, type Timer, thrownMessage } from '@weft/core';
import type { FileContent, FilePlan, WatchedFile } from '@weft/xds/client';

/** Several events in a row are one change. */
const QUIET_MS = 20;

/** What files are read with. */
export interface FileWatcherParts {
  readonly clock: Clock;
  /** Parses YAML, of which JSON is a part; throws when it is none. */
  readonly parse: (text: string) => unknown;
}

/** Watches one file until it is closed. */
export function watchFile(
  plan: FilePlan,
  onContent: (content: FileContent) => void,
  parts: FileWatcherParts,
): WatchedFile {
  return new FileWatcher(plan, onContent, parts);
}

class FileWatcher implements WatchedFile {
  readonly #path: string;
  readonly #onContent: (content: FileContent) => void;
  readonly #parts: FileWatcherParts;
  readonly #watcher: FSWatcher | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(
    { path, watchedDirectory }: FilePlan,
    onContent: (content: FileContent) => void,
    parts: FileWatcherParts,
  ) {
    this.#path = path;
    this.#onContent = onContent;
    this.#parts = parts;
    // The folder is watched, not the file: a file that is moved over another one is a new file.
    this.#watcher = this.#watch(
      watchedDirectory ?? dirname(path),
      watchedDirectory === undefined ? basename(path) : '',
    );
    this.#later(0);
  }

  reload(): void {
    this.#later(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watcher?.close();
  }

  #watch(folder: string, name: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, changed) => {
        // In a folder of its own everything counts: files there are links to what is moved.
        if (name === '' || changed === null || changed === name) this.#later(QUIET_MS);
      });
      watcher.on('error', (error) => this.#onContent({ kind: 'unreadable', reason: thrownMessage(error) }));
      return watcher;
    } catch {
      // A folder that does not exist shows when the file is read.
      return undefined;
    }
  }

  #later(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.setTimer(ms, () => void this.#read());
  }

  async #read(): Promise<void> {
    const content = await this.#load();
    if (!this.#isClosed) this.#onContent(content);
  }

  async #load(): Promise<FileContent> {
    try {
      const bytes = await readFile(this.#path);
      if (this.#path.endsWith('.pb')) return { kind: 'bytes', bytes };
      return { kind: 'data', data: this.#parts.parse(bytes.toString('utf8')) };
    } catch (thrown: unknown) {
      return { kind: 'unreadable', reason: `${this.#path}: ${thrownMessage(thrown)}` };
    }
  }
}

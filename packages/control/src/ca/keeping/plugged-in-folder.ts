/** A folder with the files of an authority, such as a mounted Secret `cacerts`. */
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, Debounce, describeError, type Logger, Secret } from '@weft/core';
import { CA_FILE, type CaFiles } from './ca-files.ts';
import type { PluggedInSource } from './plugged-in.ts';

/** The four files are rarely changed at once: what comes within this time is one change. */
const QUIET_MS = 200;
const MAX_WAIT_MS = 2_000;

/** The authority in a folder; without a certificate and a key in it, there is none. */
export function pluggedInFolder(
  folder: string,
  parts: { readonly clock: Clock; readonly log: Logger },
): PluggedInSource {
  const { clock, log } = parts;
  const read = () => readFolder(folder);
  return {
    origin: 'files',
    name: `folder ${folder}`,
    read,
    watch: (onChange) => {
      const debounce = new Debounce<undefined>({
        clock,
        quietMs: QUIET_MS,
        maxWaitMs: MAX_WAIT_MS,
        merge: () => undefined,
        run: async () => onChange(await read()),
        onError: (thrown) => log.error('the folder cannot be read', { folder, reason: describeError(thrown) }),
      });
      const watcher = watchFolder(folder, log, () => debounce.trigger(undefined));
      return async () => {
        watcher?.close();
        debounce.close();
      };
    },
  };
}

function watchFolder(folder: string, log: Logger, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on('error', (error) => log.warning('the folder is watched no more', { folder, reason: error.message }));
    return watcher;
  } catch (thrown: unknown) {
    log.warning('the folder cannot be watched: changes in it go unseen', { folder, reason: describeError(thrown) });
    return undefined;
  }
}

async function readFolder(folder: string): Promise<CaFiles | undefined> {
  const [certificate, key, roots, chain] = await Promise.all(
    [CA_FILE.certificate, CA_FILE.key, CA_FILE.roots, CA_FILE.chain].map((name) => readOptional(join(folder, name))),
  );
  if (certificate === undefined && key === undefined) return undefined;
  return { certificate, key: key === undefined ? undefined : new Secret(key), roots, chain };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error: unknown) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

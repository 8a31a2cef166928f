/** Follows a folder of manifests: each change in it brings the API up to date once the writing has paused. */
import { watch } from 'node:fs';
import { type Clock, Debounce, describeError, type Logger } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { type FolderReport, FolderSync } from './folder-sync.ts';

/** What following a folder needs. */
export interface FolderWatchOptions {
  readonly folder: string;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every run that did or found something. */
  readonly onReport: (report: FolderReport) => void;
}

/** Editors write a file in several steps. */
const QUIET_MS = 100;
const MAX_WAIT_MS = 1000;
/** File systems do not tell of everything, and what the API refused once it may take later. */
const CHECK_MS = 10_000;

/** A folder that is followed. */
export interface FolderWatch {
  close(): Promise<void>;
}

/** Applies the folder, then follows it. Rejects when it cannot be read at all. */
export async function watchFolder(options: FolderWatchOptions): Promise<FolderWatch> {
  const { folder, client, clock, log, onReport } = options;
  const sync = new FolderSync(folder, client);
  let last = '';
  const run = async (): Promise<void> => {
    const report = await sync.run();
    const problems = JSON.stringify(report.problems);
    if (report.applied.length > 0 || report.deleted.length > 0 || problems !== last) onReport(report);
    last = problems;
  };
  await run();
  const debounce = new Debounce<undefined>({
    clock,
    quietMs: QUIET_MS,
    maxWaitMs: MAX_WAIT_MS,
    merge: () => undefined,
    run,
    onError: (thrown) => log.error('the folder could not be read', { folder, reason: describeError(thrown) }),
  });
  const watcher = watch(folder, { recursive: true }, () => debounce.trigger(undefined));
  watcher.on('error', (error) =>
    log.warning('the folder is not watched, and only looked at now and then', { folder, reason: error.message }),
  );
  let timer = clock.setTimer(CHECK_MS, check);
  function check(): void {
    debounce.trigger(undefined);
    timer = clock.setTimer(CHECK_MS, check);
  }
  return {
    close: async () => {
      timer.cancel();
      watcher.close();
      debounce.close();
      await debounce.flush();
    },
  };
}

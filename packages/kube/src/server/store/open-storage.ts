/** Opens a store by the name that a user gives it. */
import type { Clock, Logger } from '@weft/core';
import type { HistoryLimits } from './history.ts';
import { createMemoryMedium } from './memory-medium.ts';
import { loadObjectStorage } from './object-storage.ts';
import type { Medium, ObjectStorage } from './types.ts';

/** The state that is forgotten when the process ends. */
export const MEMORY_STATE = ':memory:';

/** Which store to open, and how. */
export interface OpenStorageOptions {
  /** A folder, made when it is missing, or `:memory:`. */
  readonly state: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly history?: HistoryLimits;
  /** The database file refuses to grow beyond this; unlimited when absent. */
  readonly maxBytes?: number;
}

/** Opens a store; rejects with an error that names the folder and what to do when that is not possible. */
export async function openStorage(options: OpenStorageOptions): Promise<ObjectStorage> {
  const { log, history } = options;
  const medium = await createMedium(options);
  return loadObjectStorage({ medium, log, ...(history === undefined ? {} : { history }) });
}

async function createMedium({ state, clock, maxBytes }: OpenStorageOptions): Promise<Medium> {
  // A store that starts anew counts from the time of day in milliseconds. Its revisions are then above all of any store
  // that stood here before, so a client with a revision from that one is told to start over instead of missing events.
  const firstRevision = Math.max(0, Math.floor(clock.now()));
  if (state === MEMORY_STATE) return createMemoryMedium(firstRevision);
  // SQLite is loaded by those who use it.
  const { SqliteMedium } = await import('./sqlite-medium.ts');
  return new SqliteMedium({ folder: state, firstRevision, ...(maxBytes === undefined ? {} : { maxBytes }) });
}

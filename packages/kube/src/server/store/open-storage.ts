/** Opens a store by the name that a user gives it. */
import { type Clock, type Logger, UserError } from '@weft/core';
import type { HistoryLimits } from './history.ts';
import { createMemoryMedium } from './memory-medium.ts';
import { loadObjectStorage } from './object-storage.ts';
import type { ObjectStorage } from './types.ts';

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
export function openStorage(options: OpenStorageOptions): Promise<ObjectStorage> {
  const { state, log, history } = options;
  if (state !== MEMORY_STATE) {
    return Promise.reject(
      new UserError(`cannot keep state in "${state}"`, { hint: `only ${MEMORY_STATE} is supported` }),
    );
  }
  // A store that starts anew counts from the time of day in milliseconds. Its revisions are then above all of any store
  // that stood here before, so a client with a revision from that one is told to start over instead of missing events.
  const firstRevision = Math.max(0, Math.floor(options.clock.now()));
  const medium = createMemoryMedium(firstRevision);
  return loadObjectStorage({ medium, log, ...(history === undefined ? {} : { history }) });
}

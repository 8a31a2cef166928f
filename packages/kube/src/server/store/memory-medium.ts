/** A medium that keeps nothing: objects live in the tables only and are gone with the process. */
import type { Medium, StoreRow } from './types.ts';

/** Makes a medium without durability; `revision` is where its history starts. */
export function createMemoryMedium(revision = 0): Medium {
  return {
    load: () => Promise.resolve({ rows: [] satisfies StoreRow[], revision }),
    commit: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

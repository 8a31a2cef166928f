import { watch } from 'node:fs';

/** Tells of changes in directories. */
export interface FileWatcher {
  /** Calls `onChange` after something in a directory has been written, moved or removed; throws when the directory cannot be watched. */
  watch(directory: string, onChange: () => void): { close(): void };
}

/** The system's own notifications. */
export const systemFileWatcher: FileWatcher = {
  watch: (directory, onChange) => {
    const watcher = watch(directory, { persistent: false }, onChange);
    // A directory that goes away ends its notifications; the secrets that were read last stay.
    watcher.on('error', () => watcher.close());
    return watcher;
  },
};

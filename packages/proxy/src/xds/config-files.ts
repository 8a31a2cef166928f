import type { ConfigSources } from '@weft/engine';
import type { FileWatcher } from '../secrets/file-watcher.ts';

/** How files with resources, and those that resources name, are read. */
export interface ConfigFiles {
  /** Reads what resources refer to. */
  readonly sources: ConfigSources;
  /** Parses JSON or YAML; throws what is wrong with it. */
  readonly parse: (text: string) => unknown;
  /** The system's own unless given. */
  readonly watcher?: FileWatcher;
}

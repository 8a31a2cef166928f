/** Where keys and certificates are kept between starts: in the state folder, or nowhere. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Named texts that survive a restart, or not. */
export interface PkiFiles {
  read(name: string): string | undefined;
  write(name: string, text: string): void;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Files in `folder`, readable by their owner only; a file is replaced as a whole or not at all. */
export function pkiFolder(folder: string): PkiFiles {
  return {
    read: (name) => {
      try {
        return readFileSync(join(folder, name), 'utf8');
      } catch (error: unknown) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (name, text) => {
      mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
      const path = join(folder, name);
      writeFileSync(`${path}.new`, text, { mode: FILE_MODE });
      renameSync(`${path}.new`, path);
    },
  };
}

/** Keeps nothing: every start makes new keys. */
export function pkiInMemory(): PkiFiles {
  const texts = new Map<string, string>();
  return { read: (name) => texts.get(name), write: (name, text) => void texts.set(name, text) };
}

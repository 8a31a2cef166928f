/** Where keys and certificates are kept between starts: in the state folder, or nowhere. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MeshError, thrownMessage } from '@weft/core';
import { makeFolder } from '@weft/core/node';

/** Named texts that survive a restart, or not. */
export interface PkiFiles {
  /** Where a text is, for messages. */
  pathOf(name: string): string;
  read(name: string): string | undefined;
  write(name: string, text: string): void;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;
const PERMISSION_HINT = 'check that the folder and its files belong to this user and can be written';

/** Files in `folder`, readable by their owner only; a file is replaced as a whole or not at all. */
export function pkiFolder(folder: string): PkiFiles {
  const pathOf = (name: string): string => join(folder, name);
  return {
    pathOf,
    read: (name) => {
      const path = pathOf(name);
      try {
        // Whoever copied the folder here may have left keys open to others.
        if ((statSync(path).mode & OTHERS) !== 0) chmodSync(path, FILE_MODE);
        return readFileSync(path, 'utf8');
      } catch (error: unknown) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw fileError(`cannot read ${path}`, error);
      }
    },
    write: (name, text) => {
      const path = pathOf(name);
      try {
        makeFolder(folder, FOLDER_MODE);
        writePrivate(`${path}.new`, text);
        renameSync(`${path}.new`, path);
      } catch (error: unknown) {
        throw fileError(`cannot write ${path}`, error);
      }
    },
  };
}

/** Never open to others, not even between two calls, and on the disk before it takes the place of what was there. */
function writePrivate(path: string, text: string): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', FILE_MODE);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function fileError(what: string, cause: unknown): MeshError {
  return new MeshError('MESH_STORE', `${what}: ${thrownMessage(cause)}`, { cause, hint: PERMISSION_HINT });
}

/** Keeps nothing: every start makes new keys. */
export function pkiInMemory(): PkiFiles {
  const texts = new Map<string, string>();
  return {
    pathOf: (name) => name,
    read: (name) => texts.get(name),
    write: (name, text) => void texts.set(name, text),
  };
}

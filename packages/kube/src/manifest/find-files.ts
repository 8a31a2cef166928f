import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '@weft/core';

const MANIFEST = /\.(ya?ml|json)$/i;
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.git']);
const MAX_FILES = 20_000;

/** The files behind `-f`: files as they are, folders with all YAML and JSON below them in order of name; `-` stays. */
export async function findManifestFiles(given: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const one of given) {
    if (one === '-') files.push(one);
    else if (await isFolder(one)) await collect(one, files);
    else files.push(one);
  }
  return files;
}

async function isFolder(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch (error: unknown) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UserError(`there is no file or folder ${file}`);
    }
    throw error;
  }
}

async function collect(folder: string, files: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) await collect(full, files);
    else if (entry.isFile() && MANIFEST.test(entry.name)) files.push(full);
    if (files.length > MAX_FILES)
      throw new UserError(`${folder} has more than ${MAX_FILES} manifests; name a smaller folder`);
  }
}

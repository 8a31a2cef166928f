import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '@weft/core/node';

const OWNER_ONLY = 0o600;

/** Writes a file that only its owner can read. Private from the first byte on: a file that was readable for a moment was readable. */
export function writeSecret(file: string, text: string): void {
  makeFolder(path.dirname(file));
  writeFileSync(file, '', { mode: OWNER_ONLY, flag: 'a' });
  chmodSync(file, OWNER_ONLY);
  writeFileSync(file, text, { mode: OWNER_ONLY });
}

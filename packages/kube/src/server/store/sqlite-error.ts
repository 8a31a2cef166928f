/** SQLite's result codes in words that say what to do. */
import { MeshError } from '@weft/core';
import type { WriterFailure } from './sqlite-protocol.ts';

const BUSY = 5;
const READONLY = 8;
const IO = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOT_A_DATABASE = 26;

/** What to do about a damaged file; the file itself is never touched. */
export const CORRUPT_HINT =
  'the file was left as it is: restore its folder from a copy, or start with another folder by --state DIR';

const PERMISSION_HINT = 'check that the folder and its files belong to this user and can be written';

/** Result code to what happened and what to do. */
const MEANINGS: ReadonlyMap<number, { readonly text: string; readonly hint: string }> = new Map([
  [BUSY, { text: 'another program holds it', hint: 'close the program that has the database open' }],
  [READONLY, { text: 'it cannot be written', hint: PERMISSION_HINT }],
  [IO, { text: 'the disk reported an error', hint: "look at the machine's log; reads go on, writes are tried again" }],
  [FULL, { text: 'the disk or the quota is full', hint: 'free some space; reads go on, writes are tried again' }],
  [CANTOPEN, { text: 'it cannot be opened', hint: PERMISSION_HINT }],
]);

/** The error for a failure on a database file. */
export function sqliteError(file: string, failure: WriterFailure): MeshError {
  const { code, message } = failure;
  if (code === CORRUPT || code === NOT_A_DATABASE) return corruptError(file, message);
  const meaning = code === undefined ? undefined : MEANINGS.get(code);
  if (meaning === undefined) return new MeshError('MESH_STORE', `the store ${file} failed: ${message}`);
  return new MeshError('MESH_STORE', `the store ${file} failed: ${meaning.text}: ${message}`, { hint: meaning.hint });
}

/** The error for a file whose content cannot be trusted. */
export function corruptError(file: string, reason: string): MeshError {
  return new MeshError('MESH_STORE_CORRUPT', `the store ${file} is damaged: ${reason}`, { hint: CORRUPT_HINT });
}

/** Turns what `node:sqlite` throws into such an error; other errors keep what they say. */
export function fromSqlite(file: string, thrown: unknown): MeshError {
  const { errcode } = thrown as { readonly errcode?: unknown };
  if (typeof errcode !== 'number') return MeshError.from(thrown, 'MESH_STORE');
  return sqliteError(file, { code: errcode & 0xff, message: (thrown as Error).message });
}

/**
 * The folder that holds a store: readable by its owner only, and used by one process at a time. The lock is a file lock
 * that the kernel drops with the process, so a killed server leaves nothing behind that somebody would have to remove.
 */
import { chmodSync, closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MeshError, thrownMessage } from '@weft/core';
import { makeFolder } from '@weft/core/node';
import { fromSqlite } from './sqlite-error.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;

/** A folder that this process holds. */
export interface StateFolder {
  /** The database file in it. */
  readonly databaseFile: string;
  /** Lets another process have it. */
  release(): void;
}

/** Makes the folder if needed and takes it; throws with the other process's id when it is in use. */
export function takeStateFolder(state: string): StateFolder {
  const folder = resolve(state);
  const databaseFile = join(folder, 'weft.db');
  try {
    makeFolder(folder, FOLDER_MODE);
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    const lockFile = join(folder, 'lock');
    makePrivate(lockFile);
    const lock = takeLock(lockFile, folder);
    try {
      writeFileSync(pidFileOf(folder), `${process.pid}\n`, { mode: FILE_MODE });
      makePrivate(databaseFile);
      return { databaseFile, release: () => lock.close() };
    } catch (thrown) {
      lock.close();
      throw thrown;
    }
  } catch (thrown) {
    if (thrown instanceof MeshError) throw thrown;
    throw new MeshError('MESH_STORE', `cannot keep state in ${folder}: ${thrownMessage(thrown)}`, {
      cause: thrown,
      hint: 'name a folder that this user can write to by --state DIR, or keep no state with --state :memory:',
    });
  }
}

/** SQLite's lock on a file of its own, because the kernel's file locks cannot be had from Node directly. */
function takeLock(lockFile: string, folder: string): DatabaseSync {
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (thrown) {
    lock.close();
    if ((thrown as { readonly errcode?: unknown }).errcode !== 5) throw fromSqlite(lockFile, thrown);
    throw new MeshError('MESH_STORE', `the state folder ${folder} is in use by process ${holderOf(folder)}`, {
      cause: thrown,
      hint: 'stop that process, or name another folder by --state DIR',
    });
  }
}

function holderOf(folder: string): string {
  try {
    return readFileSync(pidFileOf(folder), 'utf8').trim();
  } catch (thrown) {
    return `of unknown id (${thrownMessage(thrown)})`;
  }
}

function pidFileOf(folder: string): string {
  return join(folder, 'pid');
}

/**
 * Makes a file that only its owner can read, or takes others' rights to it away. A file that exists is never opened:
 * closing it would drop the locks that SQLite holds on it in this process.
 */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'ax', FILE_MODE));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    if ((statSync(file).mode & OTHERS) !== 0) chmodSync(file, FILE_MODE);
  }
}

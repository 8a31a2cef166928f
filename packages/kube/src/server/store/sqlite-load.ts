/** Opens a database file at start: makes it or proves it sound, and reads everything out of it. */
import type { DatabaseSync } from 'node:sqlite';
import { MeshError } from '@weft/core';
import { APPLICATION_ID, CREATE_LAYOUT, LAYOUT_VERSION, openConnection, rowChecksum } from './sqlite-connection.ts';
import { corruptError, fromSqlite } from './sqlite-error.ts';
import type { StoreRow } from './types.ts';

/** What a file is opened with. */
export interface LoadOptions {
  readonly file: string;
  readonly maxBytes: number | undefined;
  /** Revision that a new file starts from. */
  readonly firstRevision: number;
}

/** Opens the file; the rows must be read to their end, which closes it again. */
export function loadDatabase(options: LoadOptions): { readonly rows: Iterable<StoreRow>; readonly revision: number } {
  const { file } = options;
  let db: DatabaseSync | undefined;
  try {
    db = openConnection(file, options.maxBytes);
    checkLayout(db, options);
    const revision = readRevision(db, file);
    return { rows: readRows(db, file), revision };
  } catch (thrown) {
    if (db?.isOpen) db.close();
    throw fromSqlite(file, thrown);
  }
}

function checkLayout(db: DatabaseSync, { file, firstRevision }: LoadOptions): void {
  const isNew = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']) === 0;
  if (isNew) {
    db.exec('BEGIN IMMEDIATE');
    db.exec(CREATE_LAYOUT);
    db.prepare(`INSERT INTO meta (name, value) VALUES ('revision', ?)`).run(firstRevision);
    db.exec('COMMIT');
    return;
  }
  const layout = pragma(db, 'user_version');
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new MeshError('MESH_STORE', `${file} is the database of another program`, {
      hint: 'name another folder by --state DIR',
    });
  }
  if (layout !== LAYOUT_VERSION) {
    throw new MeshError('MESH_STORE', `the store ${file} has layout ${layout}; this version reads ${LAYOUT_VERSION}`, {
      hint: 'use the version of the program that wrote it, or name another folder by --state DIR',
    });
  }
  const problem = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (problem !== 'ok') throw corruptError(file, String(problem));
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function readRevision(db: DatabaseSync, file: string): number {
  const revision = db.prepare(`SELECT value FROM meta WHERE name = 'revision'`).get()?.['value'];
  if (typeof revision !== 'number') throw corruptError(file, 'it does not say its revision');
  return revision;
}

function* readRows(db: DatabaseSync, file: string): Generator<StoreRow, void, undefined> {
  try {
    const statement = db.prepare('SELECT key, revision, checksum, json FROM objects');
    statement.setReturnArrays(true);
    for (const row of statement.iterate() as unknown as Iterable<[string, number, number, string]>) {
      const [key, revision, checksum, json] = row;
      if (rowChecksum(key, revision, json) !== checksum) {
        throw corruptError(file, `object "${key}" differs from its checksum`);
      }
      yield { key, revision, json };
    }
  } catch (thrown) {
    throw fromSqlite(file, thrown);
  } finally {
    db.close();
  }
}

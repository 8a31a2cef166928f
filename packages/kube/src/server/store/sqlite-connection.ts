/**
 * The database file: its layout, how it is opened, and the checksum of a row. Imported by the writer's thread, whose start
 * delays the first write, so nothing else is imported here.
 */
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** Marks a database as one of ours (`weft` in ASCII), so that another program's file is never written to. */
export const APPLICATION_ID = 0x77656674;

/** Layout of the tables; a file with a higher one was written by a newer version of the program. */
export const LAYOUT_VERSION = 1;

/** Makes the tables of a new file; runs within one transaction. */
export const CREATE_LAYOUT = `
  CREATE TABLE objects (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, checksum INTEGER NOT NULL, json TEXT NOT NULL);
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${LAYOUT_VERSION};
`;

/** Opens a database so that a finished transaction survives a power cut. */
export function openConnection(file: string, maxBytes: number | undefined): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
    // The log is written back every 4 MB, and a log that a burst made longer is cut again.
    db.exec('PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 16777216');
    if (maxBytes !== undefined) {
      const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
      db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
    }
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Detects a row that changed on the disk: SQLite itself checks its structure only. */
export function rowChecksum(key: string, revision: number, json: string): number {
  return crc32(json, crc32(`${revision} ${key}`));
}

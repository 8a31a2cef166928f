/**
 * The thread that writes: one transaction for each batch, with the disk's own latency, while the main thread serves.
 * A connection that failed in a way it could not take back is closed; the next batch opens a new one.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openConnection, rowChecksum } from './sqlite-connection.ts';
import type { WriterFailure, WriterOptions, WriterReply, WriterRequest } from './sqlite-protocol.ts';
import type { StoreRow } from './types.ts';

interface Connection {
  readonly db: DatabaseSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly setRevision: StatementSync;
  readonly getRevision: StatementSync;
}

const options = workerData as WriterOptions;
const port = parentPort as MessagePort;
let connection: Connection | undefined;

port.on('message', (request: WriterRequest) => {
  if (request.kind === 'close') {
    connection?.db.close();
    port.close();
    return;
  }
  port.postMessage({ id: request.id, failure: commit(request.rows) } satisfies WriterReply);
});

function commit(rows: readonly StoreRow[]): WriterFailure | undefined {
  const revision = rows.reduce((highest, row) => Math.max(highest, row.revision), 0);
  try {
    connection ??= connect();
    write(connection, rows, revision);
    return undefined;
  } catch (thrown) {
    // The error may have come after the point of no return: then the batch is in the file and must not be refused.
    return isWritten(revision) ? undefined : failureOf(thrown);
  }
}

function write({ db, put, remove, setRevision }: Connection, rows: readonly StoreRow[], revision: number): void {
  db.exec('BEGIN IMMEDIATE');
  for (const row of rows) {
    if (row.json === null) remove.run(row.key);
    else put.run(row.key, row.revision, rowChecksum(row.key, row.revision, row.json), row.json);
  }
  setRevision.run(revision);
  db.exec('COMMIT');
}

function connect(): Connection {
  const db = openConnection(options.file, options.maxBytes);
  return {
    db,
    put: db.prepare(
      'INSERT INTO objects (key, revision, checksum, json) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE ' +
        'SET revision = excluded.revision, checksum = excluded.checksum, json = excluded.json',
    ),
    remove: db.prepare('DELETE FROM objects WHERE key = ?'),
    setRevision: db.prepare(`UPDATE meta SET value = ? WHERE name = 'revision'`),
    getRevision: db.prepare(`SELECT value FROM meta WHERE name = 'revision'`),
  };
}

/** Takes back what is open, then looks whether the batch arrived; a connection that cannot even do that is given up. */
function isWritten(revision: number): boolean {
  if (connection === undefined) return false;
  try {
    if (connection.db.isTransaction) connection.db.exec('ROLLBACK');
    return Number(connection.getRevision.get()?.['value']) >= revision;
  } catch {
    // What matters to the caller is the first error; this one only says that the connection is of no more use.
    const { db } = connection;
    connection = undefined;
    if (db.isOpen) db.close();
    return false;
  }
}

function failureOf(thrown: unknown): WriterFailure {
  const code = (thrown as { readonly errcode?: unknown }).errcode;
  return {
    code: typeof code === 'number' ? code & 0xff : undefined,
    message: thrown instanceof Error ? thrown.message : String(thrown),
  };
}

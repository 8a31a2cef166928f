/** Puts a case to a subject and writes down everything that became visible. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, within } from '@weft/testkit';
import { AccessLog, withMarks } from './access-log.ts';
import { startBackend } from './backend/backend.ts';
import { type Backend, Journal } from './backend/journal.ts';
import type { EnvoyCase, Exchange, Observed, Received } from './case.ts';
import { openConnection } from './client/connect.ts';
import { converse } from './client/converse.ts';
import { requestHttp2 } from './client/http2.ts';
import { createFiles, type TestFiles } from './files.ts';
import { Masker } from './mask.ts';
import type { RunningSubject, Subject } from './subject/subject.ts';

/** What a case made visible. */
export interface CaseObservations {
  readonly exchanges: readonly Observed[];
  readonly stats: Readonly<Record<string, number | string>>;
}

interface Run {
  readonly subject: RunningSubject;
  readonly files: TestFiles;
  readonly journal: Journal;
  readonly log: AccessLog;
  readonly masker: Masker;
}

/** Runs a case from start to end. */
export async function runCase(subject: Subject, given: EnvoyCase): Promise<CaseObservations> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-envoy-'));
  const files = await createFiles(folder);
  const journal = new Journal();
  const backends = new Map<string, Backend>();
  let running: RunningSubject | undefined;
  try {
    for (const [name, spec] of Object.entries(given.backends))
      backends.set(name, await startBackend(name, spec, journal, files));
    const logFile = join(folder, 'access.log');
    const file = join(folder, 'bootstrap.yaml');
    writeFileSync(file, withMarks(fillIn(given.bootstrap, backends, folder, logFile), logFile));
    running = await subject.start(file, folder);
    const masker = new Masker(given, backends, running, folder);
    const run: Run = { subject: running, files, journal, log: new AccessLog(logFile, running), masker };
    const exchanges: Observed[] = [];
    for (const exchange of given.exchanges) {
      exchanges.push(
        await runExchange(run, exchange).catch((error: unknown) => {
          throw new Error(`${given.name}: ${exchange.name}:\n${running?.output()}`, { cause: error });
        }),
      );
    }
    return { exchanges, stats: await readStats(running, given.stats ?? []) };
  } finally {
    await running?.stop();
    for (const backend of backends.values()) await backend.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fillIn(text: string, backends: ReadonlyMap<string, Backend>, folder: string, logFile: string): string {
  return text
    .replace(/\$PORT_(\w+)/g, (_, name: string) => {
      const backend = backends.get(name);
      if (backend === undefined) throw new Error(`the bootstrap names the backend ${name}, which does not exist`);
      return String(backend.port);
    })
    .replaceAll('$FILES', folder)
    .replaceAll('$LOG', logFile);
}

async function runExchange(run: Run, exchange: Exchange): Promise<Observed> {
  const port = run.subject.port(exchange.listener ?? 'main');
  if (port === 0) throw new Error(`there is no listener ${exchange.listener ?? 'main'}`);
  const others: Socket[] = [];
  for (let i = 0; i < (exchange.beside ?? 0); i += 1) others.push(await openConnection(exchange, port, run.files));
  const received = await say(run, exchange, port);
  await within('the connections beside it to end', Promise.all(others.map(endInOrder)));
  const log = await run.log.take();
  await eventually(() => run.journal.open === 0, { what: 'the backends to have read all' });
  return {
    received: run.masker.mask(received),
    arrived: run.masker.mask(run.journal.take()),
    log: run.masker.mask(log),
  };
}

/** Reads to the end, since a connection with something unread is reset, which proxies log. */
async function endInOrder(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.resume().end();
  await closed;
}

async function say(run: Run, exchange: Exchange, port: number): Promise<readonly Received[]> {
  let socket: Socket;
  try {
    socket = await openConnection(exchange, port, run.files);
  } catch {
    // Only TLS can fail here: the listener is there.
    return [{ kind: 'closed', isFailed: true, left: 'handshake' }];
  }
  try {
    if (exchange.http2 !== undefined) return await requestHttp2(socket, exchange.http2);
    return await converse(socket, exchange.steps ?? []);
  } finally {
    socket.destroy();
  }
}

async function readStats(running: RunningSubject, names: readonly string[]): Promise<CaseObservations['stats']> {
  if (names.length === 0) return {};
  const text = await (await fetch(`http://127.0.0.1:${running.adminPort}/stats`)).text();
  const all = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  );
  return Object.fromEntries(names.map((name) => [name, all.has(name) ? Number(all.get(name)) : 'none']));
}

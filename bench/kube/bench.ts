import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { type BenchContext, defineBenchmark } from '../lib/benchmark.ts';
import { memoryOf } from '../lib/process-stats.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import { measureCreates } from './creates.ts';
import { measureFanOut } from './fanout.ts';
import { COLLECTION } from './objects.ts';
import { RawClient } from './raw-client.ts';
import { type BenchServer, startServer, stateFolder } from './server.ts';
import { measureValidation } from './validation.ts';

const ROUNDS = 5;
const CREATES = 4000;
const OBJECTS = 50_000;
const LISTED = 10_000;
const WATCHERS = 1000;
const CHANGES = 20;
const MB = 1024 * 1024;

type Row = [what: string, wanted: string, measured: string, spread: string];

/** What the API server must reach. */
export default defineBenchmark({
  name: 'kube',
  summary: 'The API server: start, durable creates, watch fan-out, memory, lists, validation',
  async run(context) {
    const rows: Row[] = [];
    rows.push(await freshStart(context));
    rows.push(await laterStarts(context));
    const { folder, remove } = stateFolder();
    try {
      const server = await startServer(folder);
      try {
        rows.push(...(await underLoad(context, server)));
      } finally {
        await server.stop();
      }
    } finally {
      remove();
    }
    context.log('validation');
    const validation = spreadOf(measureValidation());
    rows.push([
      'validate a VirtualService of 100 routes',
      '< 1 ms',
      formatSpread(validation, 'ms', 2),
      `best ${validation.min.toFixed(2)} ms`,
    ]);
    context.report.paragraph(
      'One server process over TLS with client certificates; load and server share the machine.',
    );
    context.report.table(['what', 'wanted', 'median', 'spread'], rows);
  },
});

/** A clean clone, `npm ci` from a warm cache, until the API answers. */
async function freshStart({ log }: BenchContext): Promise<Row> {
  log('fresh clone');
  const { folder, remove } = stateFolder();
  const root = path.join(import.meta.dirname, '..', '..');
  try {
    const clone = path.join(folder, 'clone');
    run('git', ['clone', '--quiet', root, clone], folder);
    const startedAt = performance.now();
    const script =
      "import { spawn } from 'node:child_process';" +
      "const c = spawn('npm', ['start', '--', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });" +
      "let t = ''; c.stdout.on('data', (d) => { t += d; if (/serving/.test(t)) { process.kill(-c.pid, 'SIGTERM'); } }); c.on('exit', () => process.exit(/serving/.test(t) ? 0 : 1));";
    run(process.execPath, ['--input-type=module', '-e', script], clone);
    const seconds = (performance.now() - startedAt) / 1000;
    rmSync(clone, { recursive: true, force: true });
    return ['fresh clone to a serving API, warm npm cache', '< 20 s', `${seconds.toFixed(1)} s`, 'one run'];
  } finally {
    remove();
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, [...args], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
}

async function laterStarts({ log, signal }: BenchContext): Promise<Row> {
  log('later starts');
  const { folder, remove } = stateFolder();
  try {
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      signal.throwIfAborted();
      const server = await startServer(folder);
      // The first start makes keys and certificates and fills the compile cache.
      if (round > 0) times.push(server.startMs);
      await server.stop();
    }
    const spread = spreadOf(times);
    return [
      'later start to a serving API',
      '< 700 ms',
      formatSpread(spread, 'ms', 0),
      `best ${spread.min.toFixed(0)} ms`,
    ];
  } finally {
    remove();
  }
}

async function underLoad({ log, signal }: BenchContext, server: BenchServer): Promise<Row[]> {
  const rows: Row[] = [];
  log('creates');
  const rates: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    signal.throwIfAborted();
    const { perSecond, cpuMicros } = await measureCreates(server, `r${round}`, CREATES);
    rates.push(perSecond);
    cpu.push(cpuMicros);
  }
  const rate = spreadOf(rates);
  rows.push(['durable creates, 32 clients', '≥ 3,000/s', formatSpread(rate, '/s', 0), `best ${rate.max.toFixed(0)}/s`]);
  const micros = spreadOf(cpu);
  rows.push(['server CPU for one create', '', formatSpread(micros, 'µs', 0), `best ${micros.min.toFixed(0)} µs`]);
  log('watchers');
  const { p50Ms, p99Ms, maxMs } = await measureFanOut(server, WATCHERS, CHANGES);
  rows.push([
    `one change to ${WATCHERS} watchers`,
    'p99 ≤ 50 ms',
    `p99 ${p99Ms.toFixed(1)} ms`,
    `p50 ${p50Ms.toFixed(1)}, max ${maxMs.toFixed(1)} ms`,
  ]);
  log('objects');
  await measureCreates(server, 'fill', OBJECTS - ROUNDS * CREATES - CHANGES);
  rows.push([
    `memory with ${OBJECTS} objects`,
    '< 400 MB',
    `${(memoryOf(server.pid).rssBytes / MB).toFixed(0)} MB`,
    'RSS',
  ]);
  rows.push(await lists(server));
  return rows;
}

async function lists(server: BenchServer): Promise<Row> {
  const client = await RawClient.open(server.credentials);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS * 2; round++) {
    const startedAt = performance.now();
    const { status } = await client.request('GET', `${COLLECTION}?limit=${LISTED}`);
    if (status !== 200) throw new Error(`list answered ${status}`);
    times.push(performance.now() - startedAt);
  }
  client.close();
  const spread = spreadOf(times);
  return [`list of ${LISTED} objects`, '< 250 ms', formatSpread(spread, 'ms', 0), `max ${spread.max.toFixed(0)} ms`];
}

// Writes the pack of the proxy into the folder that is named: a program of its own, started in the background by a proxy that had to do without.
// The folder appears whole, or stays as it was; what went wrong stands in a file beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { askForTraining } from './client/ask.ts';
import { packProgram } from './pack-program.ts';
import { trainingBootstrap } from './training-bootstrap.ts';

const CLI = path.join(import.meta.dirname, '..', '..');
const ENTRY = path.join(CLI, 'src', 'process.ts');
const COMMAND = path.join(CLI, 'src', 'commands', 'proxy.ts');
const BIN = path.join(CLI, 'bin', 'weft.js');

/** Who wrote the lock so long ago has been killed. */
const LOCK_EXPIRES_MS = 60_000;
const TRAINING_MS = 30_000;

async function main(folder: string): Promise<void> {
  setPriority(constants.priority.PRIORITY_LOW);
  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
  const lock = `${folder}.lock`;
  if (!takeLock(lock)) return;
  const next = `${folder}.${process.pid}`;
  try {
    mkdirSync(next, { mode: 0o700 });
    writeProgram(next);
    await train(next);
    rmSync(folder, { recursive: true, force: true });
    renameSync(next, folder);
    rmSync(`${folder}.error`, { force: true });
  } catch (thrown) {
    writeFileSync(`${folder}.error`, `${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** One writer at a time. */
function takeLock(lock: string): boolean {
  const before = statSync(lock, { throwIfNoEntry: false });
  if (before !== undefined && Date.now() - before.mtimeMs > LOCK_EXPIRES_MS) rmSync(lock, { force: true });
  try {
    closeSync(openSync(lock, 'wx'));
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

function writeProgram(folder: string): void {
  const { script, inputs, lines } = packProgram(ENTRY, (file) => file === COMMAND);
  const stats = inputs.map((file) => {
    const { mtimeMs, size } = statSync(file);
    return [file, mtimeMs, size];
  });
  writeFileSync(path.join(folder, 'proxy.js'), script);
  writeFileSync(
    path.join(folder, 'manifest.json'),
    JSON.stringify({ scriptBytes: script.length, inputs: stats, lines }),
  );
}

/** Lets a proxy run from the pack and do a bit of everything, so that V8 has compiled what is needed at a start and for first requests. */
async function train(folder: string): Promise<void> {
  const config = path.join(folder, 'training.json');
  const sockets = { front: path.join(folder, 'front'), admin: path.join(folder, 'admin') };
  writeFileSync(config, JSON.stringify(trainingBootstrap(sockets)));
  const env = { ...process.env, WEFT_PACK_RECORD: folder, WEFT_LOG: 'error' };
  const proxy = spawn(process.execPath, [...process.execArgv, BIN, 'proxy', '-c', config, '--drain-time-s', '1'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: TRAINING_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(proxy, 'exit');
  for await (const chunk of proxy.stdout as AsyncIterable<Buffer>) {
    if (!chunk.includes('front listens')) continue;
    await askForTraining(sockets);
    proxy.kill('SIGTERM');
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`the proxy that was to run once from ${folder} ended with ${code}`);
  for (const file of [config, sockets.front, sockets.admin]) rmSync(file, { force: true });
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: write-pack.ts FOLDER');
await main(path.resolve(folder));

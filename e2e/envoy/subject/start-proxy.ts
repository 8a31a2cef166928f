/** Starting a proxy as a process of its own, until its admin interface says that it serves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, within } from '@weft/testkit';
import type { RunningSubject } from './subject.ts';

/** A config of a hundred routes is ready in half a second; a busy machine may take long. */
const START_MS = 20_000;

/** A command line; the file for the address of the admin interface is added to it. */
export interface ProxyCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** A folder for files of the run. */
  readonly folder: string;
}

/** Starts a proxy; resolves when it serves, and rejects with what it printed when it ends before. */
export async function startProxy({ program, args, folder }: ProxyCommand): Promise<RunningSubject> {
  const adminFile = join(folder, 'admin-address');
  const child = spawn(program, [...args, '--admin-address-path', adminFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const exited = once(child, 'exit');
  const stop = () => stopProcess(child, exited);
  const ended = exited.then(() => {
    throw new Error('it ended');
  });
  try {
    const { adminPort, ports } = await Promise.race([askUntilReady(adminFile), ended]);
    return { adminPort, port: (name) => ports.get(name) ?? 0, output: () => printed, stop };
  } catch (error) {
    await stop();
    throw new Error(`the proxy did not start:\n${printed.replaceAll(/^.*Deprecated field.*$/gm, '')}`, {
      cause: error,
    });
  }
}

async function stopProcess(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await within('the proxy to end', exited);
}

async function askUntilReady(adminFile: string): Promise<{ adminPort: number; ports: ReadonlyMap<string, number> }> {
  const wait = { withinMs: START_MS, what: 'the proxy to be ready' };
  const adminPort = await eventually(() => readAdminPort(adminFile), wait);
  await eventually(async () => (await fetch(`http://127.0.0.1:${adminPort}/ready`)).ok, wait);
  return { adminPort, ports: await readPorts(adminPort) };
}

function readAdminPort(file: string): number | undefined {
  return existsSync(file) ? Number(/:(\d+)$/.exec(readFileSync(file, 'utf8'))?.[1]) : undefined;
}

async function readPorts(adminPort: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/listeners`)).text();
  return new Map([...text.matchAll(/^(.*)::127\.0\.0\.1:(\d+)$/gm)].map(([, name, port]) => [name!, Number(port)]));
}

/** Starts `weft apiserver` as users do, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';
import { parse, stringify } from 'yaml';

/** A running server. */
export interface RunningServer {
  readonly kubeconfig: string;
  readonly url: string;
  readonly pid: number;
  /** Everything that it has printed. */
  readonly output: () => string;
  /** Ends it and waits until it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');
const READY = /serving .* on (https:\/\/[^\s,]+)/;
const START_MS = 20_000;

/** Starts a server on a free port; it ends with the test. */
export async function startServer(
  t: TestContext,
  options: { readonly state?: string; readonly args?: readonly string[] } = {},
): Promise<RunningServer> {
  const folder = tempDir(t);
  const kubeconfig = join(folder, 'kubeconfig');
  const args = [
    'apiserver',
    '--listen',
    '127.0.0.1:0',
    '--state',
    options.state ?? ':memory:',
    '--kubeconfig-out',
    kubeconfig,
    ...(options.args ?? []),
  ];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${text}`)), START_MS);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      const match = READY.exec(text);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1]!);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${text}`));
    });
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  t.after(() => stop('SIGKILL'));
  return { kubeconfig, url, pid: child.pid!, output: () => text, stop };
}

/** The kubeconfig's text. */
export function readKubeconfig(server: RunningServer): string {
  return readFileSync(server.kubeconfig, 'utf8');
}

/** The server's kubeconfig with a token in place of the owner's certificate. */
export function kubeconfigWithToken(server: RunningServer, token: string): string {
  const config = parse(readKubeconfig(server)) as { users: { user: object }[] };
  config.users[0]!.user = { token };
  return stringify(config);
}

/** Starts `weft control` on a folder as users do, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';

/** A running control plane. */
export interface RunningControl {
  readonly xdsPort: number;
  readonly debugPort: number;
  readonly kubeconfig: string;
  /** Writes a file of the folder. */
  write(name: string, text: string): void;
  /** Everything that it has printed. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');
const START_MS = 30_000;
const XDS = /^ {2}proxies {2}\S+:(\d+)/m;
const DEBUG = /^ {2}debug {4}http:\/\/\S+:(\d+)/m;

/** Starts a control plane on a folder with this one file; it ends with the test. */
export async function startControl(
  t: TestContext,
  mesh: string,
  args: readonly string[] = [],
): Promise<RunningControl> {
  const base = tempDir(t);
  const folder = join(base, 'mesh');
  const kubeconfig = join(base, 'kubeconfig');
  mkdirSync(folder);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('mesh.yaml', mesh);
  const ports = [
    '--xds',
    '127.0.0.1:0',
    '--secure-xds',
    '127.0.0.1:0',
    '--debug',
    '127.0.0.1:0',
    '--kubeconfig-out',
    kubeconfig,
  ];
  const child = spawn(process.execPath, [MAIN, 'control', '--config', folder, ...ports, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let text = '';
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await exited;
    return code;
  };
  t.after(() => stop());
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the control plane did not start:\n${text}`)), START_MS);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!/^Ctrl-C ends it$/m.test(text)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the control plane ended with ${code}:\n${text}`));
    });
  });
  return {
    xdsPort: Number(XDS.exec(text)?.[1]),
    debugPort: Number(DEBUG.exec(text)?.[1]),
    kubeconfig,
    write,
    output: () => text,
    stop,
  };
}

/** Starts `weft` as users do, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A process that has started. */
export interface WeftProcess {
  readonly pid: number;
  /** Everything that it has printed. */
  output(): string;
  /** Sends a signal and waits until it is gone; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');
const START_MS = 30_000;

/** Resolves when the output says that it has started; the process ends with the test. */
export async function startWeft(t: TestContext, args: readonly string[], started: RegExp): Promise<WeftProcess> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    // No pack is written: the sources may change from test to test.
    env: { ...process.env, WEFT_PACK: 'off' },
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
    const timer = setTimeout(() => reject(new Error(`weft ${args[0]} did not start:\n${text}`)), START_MS);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!started.test(text)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`weft ${args[0]} ended with ${code}:\n${text}`));
    });
  });
  return { pid: child.pid ?? 0, output: () => text, stop };
}

/** Starts `weft proxy` as users do, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';

/** A running proxy. */
export interface RunningProxy {
  readonly pid: number;
  /** Its bootstrap. */
  readonly file: string;
  /** The port of a listener. */
  port(listener: string): number;
  /** What its admin interface says. */
  admin(path: string, method?: 'GET' | 'POST'): Promise<string>;
  /** Everything that it has printed. */
  output(): string;
  /** Sends a signal and waits until it is gone; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');
const START_MS = 20_000;
/** The same for all processes that follow each other. */
const ADMIN_LISTENS = /^admin interface listens on \S+:(\d+)$/m;
const LISTENS = /^(\S+) listens on \S+:(\d+)$/gm;

/** Starts a proxy from a bootstrap whose listeners take port 0; it ends with the test. */
export async function startProxy(
  t: TestContext,
  bootstrap: string,
  args: readonly string[] = [],
): Promise<RunningProxy> {
  const file = join(tempDir(t), 'envoy.yaml');
  writeFileSync(file, bootstrap);
  const child = spawn(process.execPath, [MAIN, 'proxy', '-c', file, ...args], {
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
    const timer = setTimeout(() => reject(new Error(`the proxy did not start:\n${text}`)), START_MS);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!/^\S+ listens on .*\n/m.test(text)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the proxy ended with ${code}:\n${text}`));
    });
  });
  return {
    pid: child.pid ?? 0,
    file,
    port: (listener) => Number([...text.matchAll(LISTENS)].find(([, name]) => name === listener)?.[2] ?? 0),
    admin: async (path, method = 'GET') => {
      const port = ADMIN_LISTENS.exec(text)?.[1];
      // A connection that stays would belong to a process that may be replaced.
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: 'close' } });
      return answer.text();
    },
    output: () => text,
    stop,
  };
}

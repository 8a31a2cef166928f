/** Starts `weft proxy`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';
import { startWeft, type WeftProcess } from './weft-process.ts';

/** A running proxy. */
export interface RunningProxy extends WeftProcess {
  /** Its bootstrap. */
  readonly file: string;
  /** The port of a listener. */
  port(listener: string): number;
  /** What its admin interface says. */
  admin(path: string, method?: 'GET' | 'POST'): Promise<string>;
}

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
  const running = await startWeft(t, ['proxy', '-c', file, ...args], /^\S+ listens on .*\n/m);
  return {
    ...running,
    file,
    port: (listener) => Number([...running.output().matchAll(LISTENS)].find(([, name]) => name === listener)?.[2] ?? 0),
    admin: async (path, method = 'GET') => {
      const port = ADMIN_LISTENS.exec(running.output())?.[1];
      // A connection that stays would belong to a process that may be replaced.
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: 'close' } });
      return answer.text();
    },
  };
}

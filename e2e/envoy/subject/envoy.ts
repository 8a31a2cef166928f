import { execFileSync } from 'node:child_process';
import { startProxy } from './start-proxy.ts';
import type { Subject } from './subject.ts';

/** The Envoy of `ENVOY_BIN`, or undefined. */
export function envoySubject(program: string | undefined = process.env['ENVOY_BIN']): Subject | undefined {
  if (program === undefined || program === '') return undefined;
  const version =
    /\/(\d+\.\d+\.\d+)[^/]*\//.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';
  const options = ['--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'];
  return {
    name: `envoy ${version}`,
    start: (file, folder) =>
      startProxy({ program, args: ['-c', file, ...options, '--file-flush-interval-msec', '5'], folder }),
  };
}

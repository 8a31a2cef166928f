/** The programs that make the load. Each function sends requests for some seconds and returns how many were answered; it throws when one was not. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram, runPinned } from './programs.ts';

/** Load and application run here; the proxies have the other core. */
export const LOAD_CORE = 1;

/** The reason why the load cannot be made here; undefined when it can. */
export function missingPrograms(): string | undefined {
  const missing = ['taskset', 'nginx', 'wrk', 'h2load'].filter((name) => findProgram(name) === undefined);
  return missing.length === 0 ? undefined : `not on the PATH: ${missing.join(', ')}`;
}

/** How HTTP/1.1 is sent. */
export interface Http1Load {
  readonly connections?: number;
  readonly isTls?: boolean;
  readonly headers?: readonly string[];
  /** A file for wrk that makes the requests. */
  readonly script?: string;
}

/** HTTP/1.1, a request after the other on each connection. */
export function sendHttp1(port: number, seconds: number, load: Http1Load = {}): number {
  const { connections = 64, isTls = false, headers = [], script } = load;
  const text = runPinned(LOAD_CORE, 'wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    // A machine that is busy with something else should not spoil a run that took long to come to.
    '--timeout',
    '30s',
    ...headers.flatMap((header) => ['-H', header]),
    ...(script === undefined ? [] : ['-s', script]),
    `${isTls ? 'https' : 'http'}://127.0.0.1:${port}/`,
  ]);
  if (/Socket errors|Non-2xx/.test(text)) throw new Error(`requests failed:\n${text}`);
  return Number(/(\d+) requests in/.exec(text)?.[1]);
}

/** HTTP/2, 16 connections with 10 streams each. */
export function sendHttp2(port: number, seconds: number): number {
  return h2load([`-D${seconds}`, '-c16', '-m10', `http://127.0.0.1:${port}/`]);
}

/** Unary calls of gRPC, 16 connections with 10 streams each; a file with the request is left in `folder`. As many in a thousand may fail. */
export function sendGrpc(port: number, seconds: number, folder: string, maxFailedPerMille: number): number {
  const message = Buffer.alloc(5 + 128, 'm');
  message.fill(0, 0, 5).writeUInt32BE(128, 1);
  const file = path.join(folder, 'grpc-request');
  writeFileSync(file, message);
  const headers = ['content-type: application/grpc', 'te: trailers', 'grpc-timeout: 5S', 'user-agent: grpc-go/1.60'];
  const options = [`-D${seconds}`, '-c16', '-m10', '-d', file, ...headers.flatMap((header) => ['-H', header])];
  return h2load([...options, `http://127.0.0.1:${port}/bench.Echo/Unary`], maxFailedPerMille);
}

/** HTTP/1.1 at a steady rate over 16 connections; how long each answer took, in microseconds. */
export function sendSteadily(port: number, seconds: number, ratePerSecond: number, folder: string): readonly number[] {
  const log = path.join(folder, 'steady.log');
  rmSync(log, { force: true });
  const count = ratePerSecond * seconds;
  const options = [`-n${count}`, '-c16', '--h1', `--rps=${ratePerSecond / 16}`, `--log-file=${log}`];
  const text = runPinned(LOAD_CORE, 'h2load', ['-t1', ...options, `http://127.0.0.1:${port}/`]);
  // What has a status line without a reason, as from HAProxy, it takes for an answer without a status, and counts as failed.
  if (!text.includes(`${count} done`) || !/ 0 errored, 0 timeout\n.* 0 4xx, 0 5xx\n/.test(text))
    throw new Error(`requests failed:\n${text}`);
  // A line is: when it was sent, status, microseconds.
  return readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split('\t')[2]));
}

function h2load(options: readonly string[], maxFailedPerMille = 0): number {
  const text = runPinned(LOAD_CORE, 'h2load', ['-t1', ...options]);
  const [, succeeded, failed] = /(\d+) succeeded, (\d+) failed/.exec(text) ?? [];
  if (!(Number(failed) * 1000 <= Number(succeeded) * maxFailedPerMille)) throw new Error(`requests failed:\n${text}`);
  return Number(succeeded);
}

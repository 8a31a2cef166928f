/** What is on both ends of the proxies: the load, and an application. To a TCP proxy their requests and answers are messages like any others. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram, type Running, runPinned, startPinned } from '../proxy/programs.ts';
import { LOAD_CORE } from './hop.ts';

/** Bytes of the answer to a small message. */
export const SMALL_BYTES = 128;
/** Bytes of a large answer. */
export const LARGE_BYTES = 4 * 1024 * 1024;

/** The reason why nothing can be measured here; undefined when it can. */
export function missingPrograms(): string | undefined {
  const missing = ['taskset', 'nginx', 'wrk'].filter((name) => findProgram(name) === undefined);
  return missing.length === 0 ? undefined : `not on the PATH: ${missing.join(', ')}`;
}

/** Starts the application. */
export function startApplication(folder: string, port: number): Promise<Running> {
  const files = path.join(folder, 'files');
  mkdirSync(files);
  writeFileSync(path.join(files, 'large'), Buffer.alloc(LARGE_BYTES, 'x'));
  const config = path.join(folder, 'application.conf');
  writeFileSync(
    config,
    `user root;
daemon off; master_process off; worker_processes 1; pid ${folder}/application.pid; error_log ${folder}/application.err error;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; default_type text/plain; sendfile on;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 "${'x'.repeat(SMALL_BYTES)}"; }
    location /large { root ${files}; }
  }
}
`,
  );
  return startPinned(LOAD_CORE, 'nginx', ['-c', config], port);
}

/** Sends requests for some seconds, one after the other on each connection; how many were answered. Throws when one was not. */
export function sendLoad(port: number, seconds: number, connections: number, target: string): number {
  const url = `http://127.0.0.1:${port}${target}`;
  // A machine that is busy with something else should not spoil a run.
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', url];
  const text = runPinned(LOAD_CORE, 'wrk', args);
  if (/Socket errors|Non-2xx/.test(text)) throw new Error(`requests failed:\n${text}`);
  return Number(/(\d+) requests in/.exec(text)?.[1]);
}

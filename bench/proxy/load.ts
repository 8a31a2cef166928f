/** The load, and the application behind the proxies. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Protocol } from './peers.ts';
import { findProgram, type Running, runPinned, startPinned } from './programs.ts';

const LOAD_CORE = 1;
const BODY = 'x'.repeat(1024);

/** The programs that make the load; the reason when one is missing. */
export function missingPrograms(): string | undefined {
  const missing = ['taskset', 'nginx', 'wrk', 'h2load'].filter((name) => findProgram(name) === undefined);
  return missing.length === 0 ? undefined : `not on the PATH: ${missing.join(', ')}`;
}

/** Starts an application that answers every request with 1 KB, over HTTP/1 on `port` and HTTP/2 on the next one. */
export function startApplication(folder: string, port: number): Promise<Running> {
  const file = path.join(folder, 'application.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/application.pid; error_log ${folder}/application.err error;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; default_type text/plain;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port} backlog=4096; listen 127.0.0.1:${port + 1} http2 backlog=4096; location / { return 200 "${BODY}"; } }
}
`,
  );
  return startPinned(LOAD_CORE, 'nginx', ['-c', file], port);
}

/** Sends requests for some seconds, over as many connections of HTTP/1 or sixteen of HTTP/2; how many were answered. Throws when some were not, or not with 2xx. */
export function sendLoad(protocol: Protocol, port: number, seconds: number, connections = 64): number {
  const url = `http://127.0.0.1:${port}/`;
  if (protocol === 'http1') {
    const text = runPinned(LOAD_CORE, 'wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, url]);
    if (/Socket errors|Non-2xx/.test(text)) throw new Error(`requests failed:\n${text}`);
    return Number(/(\d+) requests in/.exec(text)?.[1]);
  }
  const text = runPinned(LOAD_CORE, 'h2load', ['-c16', '-m10', '-t1', `-D${seconds}`, url]);
  const [, succeeded, failed] = /(\d+) succeeded, (\d+) failed/.exec(text) ?? [];
  if (failed !== '0') throw new Error(`requests failed:\n${text}`);
  return Number(succeeded);
}

/** The application behind the proxies: it answers every request with 1 KB. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOAD_CORE } from './load.ts';
import { type Running, startPinned } from './programs.ts';

const BODY_BYTES = 1024;
const BODY = 'x'.repeat(BODY_BYTES);
/** Not compressed, and the length in front. */
const GRPC_PREFIX = String.fromCharCode(0, 0, 0, BODY_BYTES >> 8, BODY_BYTES & 0xff);

/** What ends the answer to a request that is not gRPC. */
export const ANSWER_END: string = BODY;

/** A running application. */
export interface Application extends Running {
  readonly http1Port: number;
  /** HTTP/2, and gRPC for `application/grpc`. */
  readonly http2Port: number;
}

/** Starts it, on `port` and the next one. */
export async function startApplication(folder: string, port: number): Promise<Application> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'application.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/application.pid; error_log ${folder}/application.err error;
events { worker_connections 16384; multi_accept on; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; default_type text/plain;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port} backlog=4096; location / { return 200 "${BODY}"; } }
  server {
    listen 127.0.0.1:${port + 1} http2 backlog=4096;
    location / { return 200 "${BODY}"; }
    location /bench.Echo/ { default_type application/grpc; add_trailer grpc-status 0; return 200 "${GRPC_PREFIX}${BODY}"; }
  }
}
`,
  );
  const running = await startPinned(LOAD_CORE, 'nginx', ['-c', file], port);
  return { ...running, http1Port: port, http2Port: port + 1 };
}

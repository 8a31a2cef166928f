/** Serves the debug interface, health and metrics over plain HTTP. Reads only: whoever reaches it can change nothing. */
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeError, type Logger } from '@weft/core';
import { answerDebug } from '../answer-debug.ts';
import type { DebugSubject } from '../debug-page.ts';

// As an ES module it would load a whole HTTP client with it, some 12 MB.
const { createServer } = process.getBuiltinModule('node:http');

/** What is served beside the pages. */
export interface DebugServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Undefined before the mesh has been read. */
  readonly subject: () => DebugSubject | undefined;
  /** Why the control plane is not ready; undefined when it is. */
  readonly notReady: () => string | undefined;
  /** In Prometheus' text form. */
  readonly metrics: () => string;
  readonly version: string;
  readonly log: Logger;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A debug interface that listens. */
export interface DebugServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts to listen; rejects with the system's error when it cannot. */
export async function startDebugServer(options: DebugServerOptions): Promise<DebugServer> {
  const { host, port, log } = options;
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5000, requestTimeout: 10_000 },
    (request, response) => {
      // Bodies are of no use here.
      request.resume();
      try {
        answer(request.method ?? '', request.url ?? '/', response, options);
      } catch (thrown) {
        log.error('a page could not be made', { page: request.url ?? '', reason: describeError(thrown) });
        send(response, 500, TEXT_TYPE, 'the page could not be made; the log says why\n');
      }
    },
  );
  server.maxConnections = 100;
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(method: string, target: string, response: ServerResponse, options: DebugServerOptions): void {
  if (method !== 'GET' && method !== 'HEAD') {
    send(response, 405, TEXT_TYPE, 'pages can only be read: use GET\n');
    return;
  }
  const problem = options.notReady();
  const [path = ''] = target.split('?', 1);
  switch (path) {
    case '/ready':
      send(response, problem === undefined ? 200 : 503, TEXT_TYPE, `${problem ?? 'ready'}\n`);
      return;
    case '/healthz':
    case '/healthz/ready':
      send(response, 200, TEXT_TYPE, 'ok\n');
      return;
    case '/version':
      send(response, 200, TEXT_TYPE, `${options.version}\n`);
      return;
    case '/metrics':
      send(response, 200, METRICS_TYPE, options.metrics());
      return;
    default:
      page(target, response, options.subject());
  }
}

function page(target: string, response: ServerResponse, subject: DebugSubject | undefined): void {
  if (subject === undefined) {
    send(response, 503, TEXT_TYPE, 'the mesh has not been read yet\n');
    return;
  }
  const found = answerDebug(target, subject);
  if (found === undefined) send(response, 404, TEXT_TYPE, 'there is nothing here; /debug lists the pages\n');
  else if (found.kind === 'refusal') send(response, found.status, TEXT_TYPE, `${found.message}\n`);
  else send(response, 200, JSON_TYPE, `${JSON.stringify(found.value, undefined, 2)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

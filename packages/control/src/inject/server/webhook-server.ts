/** The HTTPS server that API servers ask: injection and validation. What it answers is decided elsewhere. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Clock,
  type Logger,
  MeshError,
  parseJson,
  type ReadonlyWatch,
  type Secret,
  thrownMessage,
} from '@weft/core';
import { formatVerdict, readQuestion } from '../webhooks/admission-review.ts';
import { type InjectionState, type JudgedInjection, judgeInjection } from '../webhooks/judge-injection.ts';
import { judgeObject } from '../webhooks/judge-object.ts';
import { parseWebhookPath } from '../webhooks/webhook-path.ts';
import { BodyBudget, readBody } from './request-body.ts';

/** Certificate and key of the server. */
export interface WebhookCertificate {
  /** The certificate and the authorities up to the root, PEM. */
  readonly chainPem: string;
  readonly keyPem: Secret<string>;
}

/** How to serve. */
export interface WebhookServerOptions {
  readonly host: string;
  /** 0 takes a free port; Istio's is 15017. */
  readonly port: number;
  /** Connections from now on get the newest one. */
  readonly certificate: ReadonlyWatch<WebhookCertificate>;
  /** What injection looks at, asked for each pod. */
  readonly injection: () => InjectionState;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every judged pod. */
  readonly onInjection?: (judged: JudgedInjection) => void;
  /** Bytes of one body; twice the largest object of Kubernetes, new and old, unless given. */
  readonly maxBodyBytes?: number;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const MAX_BODIES_BYTES = 64 * 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 1_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 90_000;
const DRAIN_MS = 5_000;

/** A server that listens from `start` to `close`. */
export class WebhookServer {
  readonly #options: WebhookServerOptions;
  readonly #server: Server;
  readonly #budget = new BodyBudget(MAX_BODIES_BYTES);
  /** Every open connection; written by the connection's own events. */
  readonly #sockets = new Set<Socket>();
  readonly #unsubscribe: () => void;

  constructor(options: WebhookServerOptions) {
    this.#options = options;
    const { certificate, log } = options;
    this.#server = createServer({
      ...secureOptions(certificate.get()),
      ALPNProtocols: ['http/1.1'],
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      handshakeTimeout: HEADERS_MS,
      noDelay: true,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    this.#server.on('tlsClientError', (error: Error) => log.debug('tls handshake failed', { error: error.message }));
    this.#unsubscribe = certificate.subscribe((next) => this.#useCertificate(next));
  }

  /** Starts to listen and returns the address. */
  start(): Promise<AddressInfo> {
    const { host, port, log } = this.#options;
    return new Promise((resolve, reject) => {
      const refuse = (cause: Error): void =>
        reject(new MeshError('MESH_LISTEN', `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
      this.#server.once('error', refuse);
      this.#server.listen(port, host, () => {
        this.#server.off('error', refuse);
        this.#server.on('error', (error) => log.error('cannot accept', { error: error.message }));
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Accepts nothing more, lets requests under way finish for a moment, then ends what is left. */
  async close(): Promise<void> {
    this.#unsubscribe();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = this.#options.clock.setTimer(DRAIN_MS, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await closed;
    timer.cancel();
  }

  #useCertificate(certificate: WebhookCertificate): void {
    const { log } = this.#options;
    try {
      this.#server.setSecureContext(secureOptions(certificate));
    } catch (error: unknown) {
      // Whatever made it, the one before still serves.
      log.error('a new certificate cannot be used', { error: thrownMessage(error) });
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#options;
    try {
      send(response, await this.#answer(request));
    } catch (error: unknown) {
      log.error('a webhook request failed', { url: request.url, error: thrownMessage(error) });
      send(response, text(500, 'internal error'));
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (path === '/httpsReady' && request.method === 'GET') return text(200, 'ready');
    const env = parseWebhookPath(path);
    if (env === undefined && path !== '/validate' && !path.startsWith('/validate/')) {
      return text(404, 'there is /inject and /validate');
    }
    if (request.method !== 'POST') return text(405, 'expected POST', { allow: 'POST' });
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
    if (type !== 'application/json') return text(415, 'expected content-type application/json');
    const body = await readBody(request, this.#options.maxBodyBytes ?? MAX_BODY_BYTES, this.#budget);
    if (body.kind === 'err') return text(body.error.status, body.error.message);
    try {
      return this.#judge(body.value.bytes, env);
    } finally {
      body.value.release();
    }
  }

  /** Injection when there are variables, validation without. */
  #judge(bytes: Uint8Array, env: Readonly<Record<string, string>> | undefined): Answer {
    const document = parseJson(bytes);
    if (document.kind === 'err') return text(400, `the body is not JSON: ${document.error.message}`);
    const read = readQuestion(document.value);
    if (read.kind === 'err') return text(400, read.error);
    const question = read.value;
    if (env === undefined) return json(formatVerdict(question, judgeObject(question)));
    const { injection, log, onInjection } = this.#options;
    const judged = judgeInjection(question, injection(), env);
    onInjection?.(judged);
    const { metadata } = question.object ?? {};
    log.debug('injection', () => ({
      outcome: judged.outcome,
      namespace: metadata?.namespace ?? question.namespace,
      pod: metadata?.name ?? metadata?.generateName ?? '',
      why: judged.why,
    }));
    return json(formatVerdict(question, judged.verdict));
  }
}

/** What is sent for a request. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

function secureOptions({ chainPem, keyPem }: WebhookCertificate) {
  return { cert: chainPem, key: keyPem.reveal(), minVersion: 'TLSv1.2' as const };
}

function json(document: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, text: JSON.stringify(document) };
}

function text(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, text: `${message}\n` };
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  // Bytes of a body that nobody reads would be taken for the next request.
  const close = response.req.complete ? {} : { connection: 'close' };
  const length = Buffer.byteLength(answer.text);
  response.writeHead(answer.status, { ...answer.headers, ...close, 'content-length': length });
  response.end(answer.text);
}

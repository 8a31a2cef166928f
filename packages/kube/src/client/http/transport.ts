/** Requests to one API server over HTTP/1.1 with kept-alive connections. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Backoff, type Clock, MeshError, type Random, sleep, thrownMessage, withDeadline } from '@weft/core';
import { isApiStatusError, statusErrorOf } from '../../shared/status.ts';
import type { ClusterConnection, Credentials } from '../connection.ts';
import { AgentPool } from './agents.ts';
import { connectionError } from './connection-error.ts';
import { http, https } from './node-http.ts';
import { decodedBody, parseBody, readText } from './read-body.ts';
import type { ApiRequest, ApiStream, ApiTransport } from './request.ts';
import { decideRetry, MAX_ATTEMPTS, RETRY_BACKOFF } from './retry.ts';

/** What a transport is made of. */
export interface HttpTransportOptions {
  readonly connection: ClusterConnection;
  readonly clock: Clock;
  readonly random: Random;
  /** Names the program to the server, such as `weft/0.1.0`. */
  readonly userAgent: string;
  /** Told of each warning that the server attaches to an answer. */
  readonly onWarning?: (text: string) => void;
  readonly defaultTimeoutMs?: number;
  readonly maxResponseBytes?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** A list of tens of thousands of objects in one piece. */
const DEFAULT_MAX_RESPONSE_BYTES = 256 * 2 ** 20;

/** Sends requests; makes connections when they are needed. */
export class HttpTransport implements ApiTransport {
  readonly origin: string;
  readonly server: string;
  readonly namespace: string;
  readonly #options: HttpTransportOptions;
  readonly #agents: AgentPool;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.origin = options.connection.origin;
    this.server = options.connection.server.origin;
    this.namespace = options.connection.namespace;
    this.#agents = new AgentPool(options.connection);
  }

  async request(request: ApiRequest): Promise<unknown> {
    const text = await this.requestText(request);
    if (text === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch (thrown) {
      const problem = `the answer to ${nameOf(request)} is not JSON: ${thrownMessage(thrown)}`;
      throw new MeshError('MESH_PROTOCOL', problem, { cause: thrown });
    }
  }

  requestText(request: ApiRequest): Promise<string> {
    const maxBytes = this.#options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const run = (signal: AbortSignal) =>
      this.#attempt({ request, body, signal, isStream: false }, (response) => readText(response, maxBytes));
    return this.#withTimeout(request, run);
  }

  stream(request: ApiRequest): Promise<ApiStream> {
    return this.#withTimeout(request, (signal) =>
      this.#attempt({ request, body: undefined, signal, isStream: true }, (response) => {
        // The deadline was for the head; from here on only the caller ends the stream.
        const onAbort = () => response.destroy();
        request.signal?.addEventListener('abort', onAbort, { once: true });
        response.once('close', () => request.signal?.removeEventListener('abort', onAbort));
        return Promise.resolve({ body: decodedBody(response), close: () => response.destroy() });
      }),
    );
  }

  close(): void {
    this.#agents.close();
  }

  #withTimeout<T>(request: ApiRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ms = request.timeoutMs ?? this.#options.defaultTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { signal } = request;
    const what = `${nameOf(request)} at ${this.server}`;
    return withDeadline(this.#options.clock, ms, signal === undefined ? { what } : { what, signal }, work);
  }

  /** Sends until an answer is good, or the failure is one that sending again does not cure. */
  async #attempt<T>(sending: Sending, read: (response: IncomingMessage) => Promise<T>): Promise<T> {
    const { clock, random, connection } = this.#options;
    const backoff = new Backoff(RETRY_BACKOFF, clock, random);
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      let retryAfter: string | undefined;
      try {
        const response = await this.#send(sending);
        this.#passWarnings(response);
        if (isGood(response)) return await read(response);
        retryAfter = response.headers['retry-after'];
        throw await refusalOf(response);
      } catch (thrown) {
        sending.signal.throwIfAborted();
        const error = isApiStatusError(thrown) ? thrown : connectionError(this.server, thrown);
        if (isApiStatusError(error, 'Unauthorized') && !isRenewed) {
          // Tokens are replaced while they are in use: one more try with what the source has now.
          isRenewed = true;
          connection.credentials.invalidate();
          continue;
        }
        const decision = decideRetry(sending.request.method, error, retryAfter);
        if (decision.kind === 'fail' || attempt >= MAX_ATTEMPTS) throw error;
        await sleep(clock, decision.afterMs ?? backoff.next(), sending.signal);
      }
    }
  }

  async #send(sending: Sending): Promise<IncomingMessage> {
    const { connection } = this.#options;
    const { request, body, signal, isStream } = sending;
    const credentials = await connection.credentials.get(signal);
    const agents = await this.#agents.get(credentials);
    signal.throwIfAborted();
    const { server } = connection;
    const outgoing = (server.protocol === 'https:' ? https : http).request({
      agent: isStream ? agents.streams : agents.requests,
      method: request.method,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (server.protocol === 'https:' ? 443 : 80) : Number(server.port),
      path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
      headers: this.#headers(sending, credentials),
    });
    return exchange(outgoing, body, signal);
  }

  #headers({ request, body, isStream }: Sending, { token }: Credentials): OutgoingHttpHeaders {
    const { connection, userAgent } = this.#options;
    const { impersonation } = connection;
    const headers: OutgoingHttpHeaders = {
      accept: request.accept ?? 'application/json',
      'user-agent': userAgent,
      // Events must come one by one: a compressing proxy would hold them back.
      'accept-encoding': isStream || !connection.isCompressed ? 'identity' : 'gzip',
    };
    if (token !== undefined) headers['authorization'] = `Bearer ${token.reveal()}`;
    if (body !== undefined) {
      headers['content-type'] = request.contentType ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    if (impersonation !== undefined) {
      headers['impersonate-user'] = impersonation.user;
      if (impersonation.uid !== undefined) headers['impersonate-uid'] = impersonation.uid;
      if (impersonation.groups.length > 0) headers['impersonate-group'] = [...impersonation.groups];
      for (const [name, values] of Object.entries(impersonation.extra)) {
        headers[`impersonate-extra-${encodeURIComponent(name)}`] = [...values];
      }
    }
    return headers;
  }

  #passWarnings(response: IncomingMessage): void {
    const { onWarning } = this.#options;
    const header = response.headers['warning'];
    if (onWarning === undefined || header === undefined) return;
    // 299 - "text", joined by commas when there are several.
    for (const [, text = ''] of header.matchAll(/299 [^ ]+ "((?:[^"\\]|\\.)*)"/g))
      onWarning(text.replaceAll(/\\(.)/g, '$1'));
  }
}

interface Sending {
  readonly request: ApiRequest;
  /** Encoded once for all attempts. */
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  readonly isStream: boolean;
}

function exchange(outgoing: ClientRequest, body: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const onAbort = () => outgoing.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    outgoing.once('response', resolve);
    // Not once: a later error has nobody else to hear it.
    outgoing.on('error', reject);
    // The signal ends the reading of the answer too, so it is let go only with the connection.
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort));
    outgoing.end(body);
  });
}

function isGood(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status >= 200 && status < 300;
}

/** Refusals are short; a longer one is cut by its bound and told as far as it goes. */
const MAX_REFUSAL_BYTES = 4 * 2 ** 20;

async function refusalOf(response: IncomingMessage): Promise<Error> {
  const text = await readText(response, MAX_REFUSAL_BYTES);
  return statusErrorOf(response.statusCode ?? 0, parseBody(text));
}

function nameOf({ method, path }: ApiRequest): string {
  return `${method} ${path.split('?')[0]}`;
}

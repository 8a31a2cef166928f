/** Stands between a client and the server, without TLS on the client's side, and writes down what passes. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RawApi } from '../support/raw-api.ts';

/** A request and its answer as they were. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly status: number;
  readonly contentType: string;
  /** What has been answered so far; an answer that goes on grows. */
  readonly answer: Buffer[];
  /** How far the recording was when the answer was complete; undefined while it goes on. */
  isComplete: boolean;
}

/** Headers that say what the client wants; the others are the connection's or the machine's. */
const KEPT = /^(?:accept|content-type|user-agent|impersonate-.+)$/;

/** A server for one client. */
export class Recorder {
  private readonly api: RawApi;
  private readonly server: Server;
  private readonly recorded: Recorded[] = [];
  private underWay = 0;

  constructor(api: RawApi) {
    this.api = api;
    this.server = createServer((request, response) => {
      this.pass(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** Starts, and returns the address. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Requests that have no complete answer yet, watches included. */
  get open(): number {
    return this.underWay;
  }

  /** Watches that have begun and not ended. */
  get watches(): readonly Recorded[] {
    return this.recorded.filter(({ path, isComplete }) => /[?&]watch=(?:true|1)/.test(path) && !isComplete);
  }

  /** Hands out what was recorded since the last time. */
  take(): readonly Recorded[] {
    return this.recorded.splice(0);
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.underWay++;
    try {
      const body = await bytesOf(request);
      const headers = keptHeaders(request.headers);
      const sent = { method: request.method ?? '', path: request.url ?? '', headers };
      const answer = await this.api.open({ ...sent, ...(body.length === 0 ? {} : { body }) });
      const { status, stream } = answer;
      const contentType = answer.headers['content-type'] ?? '';
      const entry: Recorded = { ...sent, body, status, contentType, answer: [], isComplete: false };
      this.recorded.push(entry);
      response.writeHead(status, withoutConnection(answer.headers));
      // A watch of which nothing is told has begun all the same.
      response.flushHeaders();
      response.on('close', () => stream.destroy());
      await copy(stream, response, entry.answer);
      entry.isComplete = true;
    } finally {
      this.underWay--;
    }
  }
}

async function copy(from: IncomingMessage, to: ServerResponse, kept: Buffer[]): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      kept.push(chunk);
      to.write(chunk);
    }
  } catch (error) {
    // The client has gone, which is how watches end.
    if (!to.destroyed) throw error;
  }
  to.end();
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => KEPT.test(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _encoding, ...rest } = headers;
  return rest;
}

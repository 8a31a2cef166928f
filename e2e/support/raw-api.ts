/** Requests as bytes, with nothing done for the caller: what was sent, what came back, and when the connection broke. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { parse } from 'yaml';

/** What to send. */
export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The start of an answer that goes on. */
export interface RawStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: IncomingMessage;
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

/** A client with the owner's certificate. Requests share kept-alive connections; it never sends one twice. */
export class RawApi {
  private readonly server: URL;
  private readonly agent: Agent;

  /** Takes the text of a kubeconfig that `weft apiserver` wrote. */
  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    this.server = new URL(cluster['server'] ?? '');
    this.agent = new Agent({
      keepAlive: true,
      ca: pem(cluster['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    });
  }

  /** Sends a request and reads the whole answer; rejects when the connection breaks before its end. */
  async send(request: RawRequest): Promise<RawAnswer> {
    const { status, headers, stream } = await this.open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status, headers, body: Buffer.concat(chunks) };
  }

  /** Sends a request and answers with its start. */
  open(request: RawRequest): Promise<RawStream> {
    return new Promise((resolve, reject) => {
      const { method, path, body } = request;
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const headers = { ...request.headers, ...length };
      const { hostname: host, port } = this.server;
      const outgoing = httpsRequest({ agent: this.agent, host, port, method, path, headers }, (stream) =>
        resolve({ status: stream.statusCode ?? 0, headers: stream.headers, stream }),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Ends all connections. */
  close(): void {
    this.agent.destroy();
  }
}

function pem(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}

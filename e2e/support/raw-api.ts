/** Requests as bytes, with nothing done for the caller: what was sent, what came back, and when the connection broke. */
import { readFileSync } from 'node:fs';
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

/** A client with the owner's certificate or token. Requests share kept-alive connections; it never sends one twice. */
export class RawApi {
  private readonly kubeconfig: string;
  private readonly server: URL;
  private readonly agent: Agent;
  private readonly authorization: Readonly<Record<string, string>>;
  private unknown: RawApi | undefined;

  /** Takes the text of a kubeconfig with one cluster and one user, whose secrets stand in it or in files; a stranger has none. */
  constructor(kubeconfig: string, options: { readonly isStranger?: boolean } = {}) {
    this.kubeconfig = kubeconfig;
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const [{ cluster }] = clusters;
    const user = options.isStranger === true ? {} : users[0].user;
    this.server = new URL(cluster['server'] ?? '');
    this.agent = new Agent({
      keepAlive: true,
      ca: pem(cluster, 'certificate-authority'),
      cert: pem(user, 'client-certificate'),
      key: pem(user, 'client-key'),
    });
    this.authorization = user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` };
  }

  /** A client of the same server that shows nothing of who it is. */
  get stranger(): RawApi {
    this.unknown ??= new RawApi(this.kubeconfig, { isStranger: true });
    return this.unknown;
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
      const headers = { ...this.authorization, ...request.headers, ...length };
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
    this.unknown?.close();
  }
}

function pem(holder: Readonly<Record<string, string>>, field: string): string | undefined {
  const [data, path] = [holder[`${field}-data`], holder[field]];
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

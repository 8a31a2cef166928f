/** A whole server on a loopback port, and clients that speak TLS by hand. */
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { systemClock, systemRandom } from '@weft/core';
import {
  type CapturedLog,
  captureLogger,
  headerValue,
  RawHttp1Client,
  type RawResponse,
  ScriptedPeer,
  within,
} from '@weft/testkit';
import { parse } from 'yaml';
import { ApiServer, type ApiServerOptions } from '../../src/server/index.ts';

/** What a client shows at the TLS level. */
export interface ClientFiles {
  readonly cert: string;
  readonly key: string;
}

/** A server under test. */
export interface TestServer {
  readonly api: ApiServer;
  readonly port: number;
  readonly ca: string;
  readonly owner: ClientFiles;
  readonly log: CapturedLog;
  /** A new connection with the owner's certificate unless told otherwise; closed after the test. */
  connect(client?: ClientFiles | 'anonymous'): Promise<RawHttp1Client>;
  /** One request on a connection of its own. */
  ask(method: string, url: string, ask?: RawAsk): Promise<RawAnswer>;
}

/** One request. */
export interface RawAsk {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: ClientFiles | 'anonymous';
  readonly on?: RawHttp1Client;
  /** Address of this machine to connect to. */
  readonly host?: string;
}

/** One answer. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly bytes: Buffer;
  /** Tests look into answers of every kind. */
  readonly json: ReturnType<typeof JSON.parse>;
  header(name: string): string | undefined;
}

/** Starts a server that ends with the test. */
export async function startTestServer(t: TestContext, options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const log = captureLogger();
  const api = await ApiServer.start({
    host: '127.0.0.1',
    port: 0,
    state: ':memory:',
    version: 'test',
    clock: systemClock,
    random: systemRandom,
    log: log.logger,
    ...options,
  });
  t.after(() => api.close());
  const config = parse(api.ownerKubeconfig()) as Kubeconfig;
  const decode = (text: string): string => Buffer.from(text, 'base64').toString();
  const ca = decode(config.clusters[0]!.cluster['certificate-authority-data']);
  const user = config.users[0]!.user;
  const owner = { cert: decode(user['client-certificate-data']), key: decode(user['client-key-data']) };
  const port = Number(new URL(api.url).port);
  const connectAs = (client: ClientFiles | 'anonymous' = owner, host = '127.0.0.1'): Promise<RawHttp1Client> =>
    connectTls(t, { host, port, ca }, client === 'anonymous' ? undefined : client);
  return {
    api,
    port,
    ca,
    owner,
    log,
    connect: connectAs,
    ask: async (method, url, ask = {}) => {
      const client = ask.on ?? (await connectAs(ask.client, ask.host));
      await client.send(requestText(method, url, ask));
      const answer = readAnswer(await client.readResponse(method));
      if (ask.on === undefined) await client.peer.close();
      return answer;
    },
  };
}

interface Kubeconfig {
  readonly clusters: {
    readonly cluster: Readonly<Record<string, string>> & { 'certificate-authority-data': string };
  }[];
  readonly users: {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

/** The bytes of a request. */
export function requestText(method: string, url: string, { body, headers = {} }: RawAsk = {}): string {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const all: Record<string, string> = { Host: 'api', 'Content-Type': 'application/json', ...headers };
  if (body !== undefined) all['Content-Length'] = String(Buffer.byteLength(text));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

/** Takes an answer apart. */
export function readAnswer(response: RawResponse): RawAnswer {
  const text = response.body.toString();
  return {
    status: response.statusCode,
    text,
    bytes: response.body,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
    header: (name) => headerValue(response.headers, name),
  };
}

async function connectTls(
  t: TestContext,
  to: { readonly host: string; readonly port: number; readonly ca: string },
  client: ClientFiles | undefined,
): Promise<RawHttp1Client> {
  const socket: TLSSocket = connect({ servername: 'localhost', ...to, ...client });
  await within('a TLS connection', once(socket, 'secureConnect'));
  // A reset is what some tests are about; the peer tells it.
  socket.on('error', () => undefined);
  socket.setNoDelay(true);
  const peer = new ScriptedPeer(socket);
  t.after(() => peer.close());
  return new RawHttp1Client(peer);
}

/** How many watches the server holds now, as its metrics tell. */
export async function openWatches(server: TestServer): Promise<number> {
  const { text } = await server.ask('GET', '/metrics');
  return Number(/^weft_apiserver_watches (\d+)$/m.exec(text)?.[1]);
}

/** Clients of every kind that send one request after the other. */
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { TestContext } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';

const WORKERS = 4;

/** What clients have seen. */
export interface Load {
  answered: number;
  readonly failures: string[];
  /** Set at the end, and by whoever finds that nobody listens any more. */
  isOver: boolean;
}

function fail(load: Load, reason: string): void {
  load.failures.push(reason);
  if (reason.includes('ECONNREFUSED')) load.isOver = true;
}

/** Lets events come: a client that fails at once would otherwise be the only thing that runs. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A failure, and whether it was on a connection that had answered before. */
function describe(kind: string, isReused: boolean, thrown: unknown): string {
  return `${kind} on a ${isReused ? 'used' : 'fresh'} connection: ${String(thrown)}`;
}

function requestHttp1(port: number, agent: Agent | false): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
      response.resume();
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))));
      response.on('error', reject);
    });
    request.on('error', (error) => reject(new Error(describe('HTTP/1', request.reusedSocket, error))));
  });
}

async function loadHttp1(port: number, load: Load, keepsAlive: boolean): Promise<void> {
  const agent = keepsAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
  while (!load.isOver) {
    try {
      await requestHttp1(port, agent);
      load.answered++;
    } catch (thrown) {
      fail(load, String(thrown));
      await nextTurn();
    }
  }
  if (agent !== false) agent.destroy();
}

function requestHttp2(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': '/' });
    let status: number | undefined;
    stream.on('response', (headers) => {
      status = headers[':status'];
    });
    stream.on('error', reject);
    stream.on('end', () => (status === 200 ? resolve() : reject(new Error(`${status}`))));
    stream.resume();
    stream.end();
  });
}

/** A client that opens another session when it is told to leave, as HTTP/2 clients do. */
async function loadHttp2(port: number, load: Load): Promise<void> {
  const used = new WeakSet<ClientHttp2Session>();
  const open = (): ClientHttp2Session => {
    const next = connect(`http://127.0.0.1:${port}`);
    next.on('error', (error) => fail(load, describe('HTTP/2', used.has(next), error)));
    next.on('goaway', () => {
      if (session === next) session = undefined;
    });
    return next;
  };
  let session: ClientHttp2Session | undefined;
  while (!load.isOver) {
    const current: ClientHttp2Session = session === undefined || session.closed ? open() : session;
    session = current;
    try {
      await requestHttp2(current);
      load.answered++;
      used.add(current);
    } catch (thrown) {
      // Nobody has seen such a request (RFC 9113, 8.7): Node refuses by itself what it has not sent when it is told to leave.
      const isUnsent = String(thrown).includes('NGHTTP2_REFUSED_STREAM');
      if (!isUnsent) fail(load, describe('HTTP/2', used.has(current), thrown));
      await nextTurn();
    }
    if (session !== current) current.close();
  }
  session?.close();
}

/** Clients of every kind, which end with the test; what they have seen once they are told to end. */
export function startLoad(t: TestContext, port: number): { readonly load: Load; readonly end: () => Promise<Load> } {
  const load: Load = { answered: 0, failures: [], isOver: false };
  t.after(() => {
    load.isOver = true;
  });
  const clients: Promise<void>[] = [];
  for (let i = 0; i < WORKERS; i++) {
    clients.push(loadHttp1(port, load, true), loadHttp1(port, load, false), loadHttp2(port, load));
  }
  const end = async () => {
    load.isOver = true;
    await Promise.all(clients);
    return load;
  };
  return { load, end };
}

/** Waits until so many more requests have been answered. */
export async function served(load: Load, more: number): Promise<void> {
  const until = load.answered + more;
  await eventuallyPasses(() => assert.ok(load.answered >= until || load.failures.length > 0), { withinMs: 20_000 });
}

import { once } from 'node:events';
import { connect, createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MeshError } from '@weft/core';
import { within } from '../eventually.ts';
import type { TestHooks } from '../hooks.ts';
import { ByteInbox } from './byte-inbox.ts';

/** Plays one side of a byte protocol by hand: expect, send, half-close, close, reset. */
export class ScriptedPeer {
  readonly stream: Duplex;
  readonly #inbox: ByteInbox;

  constructor(stream: Duplex) {
    this.stream = stream;
    this.#inbox = new ByteInbox(stream);
  }

  /** What has come and was not expected yet. */
  get pending(): Buffer {
    return this.#inbox.pending;
  }

  /** Why the stream broke, if it did. */
  get error(): Error | undefined {
    return this.#inbox.error;
  }

  /** Waits for exactly these bytes to come next; a first wrong byte is reported at once. */
  async expect(expected: string | Uint8Array, withinMs?: number): Promise<void> {
    const wanted = typeof expected === 'string' ? Buffer.from(expected) : Buffer.from(expected);
    const isStart = (bytes: Buffer) => wanted.subarray(0, bytes.length).equals(bytes);
    const match = (bytes: Buffer) => {
      const next = bytes.subarray(0, wanted.length);
      return next.length === wanted.length || !isStart(next) ? next.length : undefined;
    };
    const what = quote(wanted);
    const taken = await this.#inbox.take(what, match, withinMs);
    if (!taken.equals(wanted)) throw new MeshError('MESH_TEST', `expected ${what}, but the peer sent ${quote(taken)}`);
  }

  /** Waits until what has come, read as Latin-1, matches; takes everything up to the end of the match. */
  async expectMatch(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray> {
    const search = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
    let found: RegExpExecArray | null = null;
    const match = (bytes: Buffer) => {
      found = search.exec(bytes.toString('latin1'));
      return found === null ? undefined : found.index + found[0].length;
    };
    await this.#inbox.take(String(pattern), match, withinMs);
    return found as unknown as RegExpExecArray;
  }

  /** Waits for this many bytes and takes them. */
  read(length: number, withinMs?: number): Promise<Buffer> {
    return this.#inbox.take(`${length} bytes`, (bytes) => (bytes.length >= length ? length : undefined), withinMs);
  }

  /** Waits for bytes up to and including the mark and takes them. */
  readUntil(mark: string, withinMs?: number): Promise<Buffer> {
    const match = (bytes: Buffer) => {
      const at = bytes.indexOf(mark, 0, 'latin1');
      return at < 0 ? undefined : at + mark.length;
    };
    return this.#inbox.take(`bytes up to ${JSON.stringify(mark)}`, match, withinMs);
  }

  /** Waits until the other side ends the stream, and takes all that came before. */
  async readToEnd(withinMs?: number): Promise<Buffer> {
    await this.#inbox.ended(withinMs);
    return this.#inbox.take('the rest', (bytes) => bytes.length, withinMs);
  }

  /** Waits until the other side ends the stream; fails when it sent something that was not expected. */
  async expectEnd(withinMs?: number): Promise<void> {
    const rest = await this.readToEnd(withinMs);
    if (rest.length === 0) return;
    throw new MeshError('MESH_TEST', `expected the end of the stream, but the peer sent ${quote(rest)}`);
  }

  /** Sends and waits until the stream took it; text is sent as UTF-8. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Sends no more but still listens. */
  end(): void {
    this.stream.end();
  }

  /** Ends both directions and waits until the stream is closed. */
  async close(): Promise<void> {
    if (this.stream.closed) return;
    const closed = once(this.stream, 'close');
    this.stream.destroy();
    await within('the stream to close', closed);
  }

  /** Breaks a TCP connection with a reset, as a crashed peer would. */
  reset(): void {
    if (this.stream instanceof Socket) this.stream.resetAndDestroy();
    else this.stream.destroy();
  }
}

/** A TCP server whose connections the test plays by hand. */
export class ScriptedTcpServer {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #accepted: ScriptedPeer[] = [];
  readonly #peers: ScriptedPeer[] = [];
  #wake: () => void = () => undefined;

  private constructor(server: Server, host: string, port: number) {
    this.#server = server;
    this.host = host;
    this.port = port;
    server.on('connection', (socket) => {
      const peer = new ScriptedPeer(socket);
      this.#accepted.push(peer);
      this.#peers.push(peer);
      this.#wake();
    });
  }

  /** Listens on a free loopback port until the test ends. */
  static async listen(hooks: TestHooks, host: string = '127.0.0.1'): Promise<ScriptedTcpServer> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, host);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const scripted = new ScriptedTcpServer(server, host, port);
    hooks.after(() => scripted.close());
    return scripted;
  }

  /** The next connection somebody makes. */
  async accept(withinMs?: number): Promise<ScriptedPeer> {
    const waitForOne = async () => {
      while (this.#accepted.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    await within('a connection', waitForOne(), withinMs);
    return this.#accepted.shift() as ScriptedPeer;
  }

  /** Stops listening and closes every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await closed;
  }
}

/** Connects to a server as a hand-played client; the connection is closed after the test. */
export async function connectScripted(
  hooks: TestHooks,
  to: { readonly port: number; readonly host?: string },
): Promise<ScriptedPeer> {
  const socket = connect({ port: to.port, host: to.host ?? '127.0.0.1', allowHalfOpen: true });
  await within(`a connection to port ${to.port}`, once(socket, 'connect'));
  const peer = new ScriptedPeer(socket);
  hooks.after(() => peer.close());
  return peer;
}

function quote(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 500));
}

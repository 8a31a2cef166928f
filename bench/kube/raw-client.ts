/** A client that costs next to nothing, so that the server is what is measured: one request at a time on one connection. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Credentials } from './server.ts';

/** An answer. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** Nothing in JSON looks like this. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** One keep-alive connection. */
export class RawClient {
  private readonly socket: TLSSocket;
  private readonly host: string;
  /** What has come of the answer so far; joined only when it is complete. */
  private chunks: Buffer[] = [];
  private received = 0;
  /** Bytes of the whole answer, once its head has come. */
  private wanted = Number.POSITIVE_INFINITY;
  private isChunked = false;
  private waiting: { resolve(answer: RawAnswer): void; reject(error: Error): void } | undefined;
  /** Where chunks go once a request was answered with a stream. */
  private onStream: ((chunk: Buffer) => void) | undefined;

  private constructor(socket: TLSSocket, host: string) {
    this.socket = socket;
    this.host = host;
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('error', (error) => this.waiting?.reject(error));
  }

  static async open(credentials: Credentials): Promise<RawClient> {
    const { host, port, ca, cert, key } = credentials;
    const socket = connect({ host, port, ca, cert, key });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new RawClient(socket, `${host}:${port}`);
  }

  request(method: string, path: string, body = '', contentType = 'application/json'): Promise<RawAnswer> {
    const head = `${method} ${path} HTTP/1.1\r\nHost: ${this.host}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(head + body);
    });
  }

  /** Starts a watch; `onChunk` gets everything behind the head. */
  watch(path: string, onChunk: (chunk: Buffer) => void): void {
    this.onStream = onChunk;
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.host}\r\n\r\n`);
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    if (this.onStream !== undefined) {
      this.onStream(chunk);
      return;
    }
    this.chunks.push(chunk);
    this.received += chunk.length;
    if (this.wanted === Number.POSITIVE_INFINITY && !this.isChunked) this.readHead();
    if (this.isChunked ? !chunk.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) : this.received < this.wanted) return;
    const answer = Buffer.concat(this.chunks);
    const end = answer.indexOf(HEAD_END);
    const status = Number(answer.toString('latin1', 9, 12));
    const body = answer.toString('utf8', end + 4);
    this.chunks = [];
    this.received = 0;
    this.wanted = Number.POSITIVE_INFINITY;
    this.isChunked = false;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve({ status, body });
  }

  /** Learns from the head how long the answer is, once the head is complete. */
  private readHead(): void {
    const start = Buffer.concat(this.chunks);
    const end = start.indexOf(HEAD_END);
    if (end < 0) return;
    const head = start.toString('latin1', 0, end);
    this.isChunked = /transfer-encoding: chunked/i.test(head);
    if (!this.isChunked) this.wanted = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  }
}

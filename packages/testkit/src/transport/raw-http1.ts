import { MeshError } from '@weft/core';
import type { TestHooks } from '../hooks.ts';
import { connectScripted, type ScriptedPeer } from './scripted-peer.ts';

/** A response as it came over the wire. */
export interface RawResponse {
  readonly statusCode: number;
  readonly statusText: string;
  /** In the order and spelling of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** An HTTP/1.1 client that sends exactly what the test says: whole requests, pieces, halves, or garbage. */
export class RawHttp1Client {
  /** The connection, for everything that is not a response. */
  readonly peer: ScriptedPeer;

  /** Takes any connected stream, such as a TLS socket; see `connect` for plain text. */
  constructor(peer: ScriptedPeer) {
    this.peer = peer;
  }

  /** Connects in plain text; the connection is closed after the test. */
  static async connect(
    hooks: TestHooks,
    to: { readonly port: number; readonly host?: string },
  ): Promise<RawHttp1Client> {
    return new RawHttp1Client(await connectScripted(hooks, to));
  }

  /** Sends these bytes as they are; text is sent as UTF-8, and line ends are not added. */
  send(data: string | Uint8Array): Promise<void> {
    return this.peer.send(data);
  }

  /** Sends a head made of lines, with the line ends HTTP wants. */
  sendHead(...lines: readonly string[]): Promise<void> {
    return this.peer.send(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Reads one whole response; says `HEAD` when the request was one, because its response has no body. */
  async readResponse(method: string = 'GET', withinMs?: number): Promise<RawResponse> {
    const head = (await this.peer.readUntil('\r\n\r\n', withinMs)).toString('latin1');
    const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n');
    const status = /^HTTP\/1\.[01] ([0-9]{3}) ?(.*)$/.exec(statusLine);
    if (status === null)
      throw new MeshError('MESH_TEST', `expected a status line, but have ${JSON.stringify(statusLine)}`);
    const headers = lines.map(parseHeader);
    const statusCode = Number(status[1]);
    const hasBody = method !== 'HEAD' && statusCode >= 200 && statusCode !== 204 && statusCode !== 304;
    const body = hasBody ? await this.#readBody(headers, withinMs) : Buffer.alloc(0);
    return { statusCode, statusText: status[2] ?? '', headers, body };
  }

  async #readBody(headers: RawResponse['headers'], withinMs: number | undefined): Promise<Buffer> {
    const length = headerValue(headers, 'content-length');
    if (headerValue(headers, 'transfer-encoding')?.toLowerCase() === 'chunked') return this.#readChunks(withinMs);
    return length === undefined ? this.peer.readToEnd(withinMs) : this.peer.read(Number(length), withinMs);
  }

  async #readChunks(withinMs: number | undefined): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const line = (await this.peer.readUntil('\r\n', withinMs)).toString('latin1');
      const size = Number.parseInt(line, 16);
      if (!(size >= 0)) throw new MeshError('MESH_TEST', `expected a chunk size, but have ${JSON.stringify(line)}`);
      if (size === 0) {
        await this.#skipTrailers(withinMs);
        return Buffer.concat(chunks);
      }
      chunks.push(await this.peer.read(size, withinMs));
      await this.peer.expect('\r\n', withinMs);
    }
  }

  async #skipTrailers(withinMs: number | undefined): Promise<void> {
    let line: Buffer;
    do line = await this.peer.readUntil('\r\n', withinMs);
    while (line.length > 2);
  }
}

/** The value of the first header of this name, in whatever spelling. */
export function headerValue(headers: RawResponse['headers'], name: string): string | undefined {
  return headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
}

function parseHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new MeshError('MESH_TEST', `expected a header, but have ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

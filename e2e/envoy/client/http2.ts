import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { within } from '@weft/testkit';
import type { Fields, Http2Request, Received } from '../case.ts';
import { showBody } from '../show-body.ts';

/** Error names by their number. */
const ERRORS = new Map(
  Object.entries(constants)
    .filter(
      ([name]) => /^NGHTTP2_[A-Z_]+$/.test(name) && !/FLAG|SETTINGS|DEFAULT|SESSION|HCAT|NV|STREAM_STATE/.test(name),
    )
    .map(([name, code]) => [code as number, name.replace('NGHTTP2_', '')]),
);

/** Sends requests over one HTTP/2 connection, one after the other. */
export async function requestHttp2(socket: Socket, requests: readonly Http2Request[]): Promise<readonly Received[]> {
  const session = connect('http://proxy', { createConnection: () => socket });
  session.on('error', () => undefined);
  const received: Received[] = [];
  try {
    for (const request of requests) {
      const part = await within('an answer over HTTP/2', ask(session, request), 10_000);
      received.push(...part);
    }
  } finally {
    session.destroy();
  }
  return received;
}

function ask(session: ClientHttp2Session, request: Http2Request): Promise<readonly Received[]> {
  const { headers, body, trailers } = request;
  const isTunnel = headers[':method'] === 'CONNECT';
  const stream = session.request({ ...headers } as Record<string, string | string[]>, {
    endStream: !isTunnel && body === undefined && trailers === undefined,
    waitForTrailers: trailers !== undefined,
  });
  const received: Received[] = [];
  let answer: { status: number; headers: Fields } | undefined;
  let trailing: Fields = [];
  const chunks: Buffer[] = [];
  stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
  stream.on('headers', (interim: IncomingHttpHeaders, _: number, rawFields: string[]) => {
    received.push({ kind: 'response', status: Number(interim[':status']), headers: pairsOf(rawFields) });
  });
  stream.on('response', (head: IncomingHttpHeaders, _: number, rawFields: string[]) => {
    answer = { status: Number(head[':status']), headers: pairsOf(rawFields) };
  });
  stream.on('trailers', (_: IncomingHttpHeaders, __: number, rawFields: string[]) => {
    trailing = pairsOf(rawFields);
  });
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    // A tunnel has no end of its own: what was said has come back, and that is all.
    if (isTunnel && Buffer.concat(chunks).includes(body ?? '\n')) stream.emit('close');
  });
  stream.on('error', () => undefined);
  const bytes = Buffer.from(body ?? '', 'latin1');
  if (isTunnel) stream.write(bytes);
  else if (body !== undefined || trailers !== undefined) stream.end(bytes);
  return new Promise((resolve) => {
    stream.on('close', () => {
      const broken =
        stream.rstCode === 0 ? {} : { broken: ERRORS.get(stream.rstCode ?? 0) ?? `error ${stream.rstCode}` };
      const shown = showBody(Buffer.concat(chunks), answer?.headers);
      if (answer === undefined) received.push({ kind: 'closed', left: broken.broken ?? 'connection' });
      else
        received.push({
          kind: 'response',
          ...answer,
          ...(shown === undefined ? {} : { body: shown }),
          ...(trailing.length === 0 ? {} : { trailers: trailing }),
          ...broken,
        });
      resolve(received);
    });
  });
}

function pairsOf(raw: readonly string[]): Fields {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) if (!raw[i]!.startsWith(':')) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
}

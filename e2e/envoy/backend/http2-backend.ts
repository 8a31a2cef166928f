import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from 'node:http2';
import type { Server } from 'node:net';
import type { Fields } from '../case.ts';
import type { TestFiles } from '../files.ts';
import { fieldValue } from '../http1-message.ts';
import { showBody } from '../show-body.ts';
import { type Answer, planAnswer, withoutPlan } from './answer-plan.ts';
import type { Backend, Journal } from './journal.ts';
import { listen } from './tcp-backend.ts';

/** An HTTP/2 server that writes down every request and answers as it is asked. */
export function startHttp2Backend(name: string, journal: Journal, tls: TestFiles | undefined): Promise<Backend> {
  const settings = { enableConnectProtocol: true };
  const server =
    tls === undefined
      ? createServer({ settings })
      : createSecureServer({
          settings,
          cert: tls.server.certificatePem,
          key: tls.server.keyPem,
          ca: tls.caPem,
          requestCert: true,
          rejectUnauthorized: false,
        });
  server.on('stream', (stream: ServerHttp2Stream, _: IncomingHttpHeaders, __: number, raw: string[]) => {
    stream.on('error', () => undefined);
    serve(name, journal, stream, pairsOf(raw)).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  server.on('sessionError', () => undefined);
  return listen(server as unknown as Server);
}

async function serve(name: string, journal: Journal, stream: ServerHttp2Stream, headers: Fields): Promise<void> {
  const pseudo = (key: string): string => headers.find(([field]) => field === key)?.[1] ?? '-';
  const answer = planAnswer(headers, journal.nextAttempt(), name);
  const line = `${pseudo(':method')} ${pseudo(':path')} HTTP/2`;
  const isTunnel = pseudo(':method') === 'CONNECT' || fieldValue(headers, 'x-answer-tunnel') !== undefined;
  if (isTunnel && (answer.kind !== 'status' || answer.status !== 200)) {
    journal.write({ backend: name, line, headers: withoutPlan(headers) });
    stream.resume();
    respond(stream, answer);
    return;
  }
  if (isTunnel) {
    journal.write({ backend: name, line, headers: withoutPlan(headers) });
    stream.respond({ ':status': 200, ...Object.fromEntries(answer.fields) });
    stream.write(`hello from ${name}\n`);
    stream.pipe(stream);
    return;
  }
  let trailers: Fields = [];
  stream.on('trailers', (_: IncomingHttpHeaders, __: number, raw: string[]) => {
    trailers = pairsOf(raw);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const shown = showBody(Buffer.concat(chunks), headers);
  journal.write({
    backend: name,
    line,
    headers: withoutPlan(headers),
    ...(shown === undefined ? {} : { body: shown }),
    ...(trailers.length === 0 ? {} : { trailers }),
  });
  respond(stream, answer);
}

function respond(stream: ServerHttp2Stream, answer: Answer): void {
  if (answer.kind === 'hang') return;
  if (answer.kind === 'reset') {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  if (answer.kind === 'refuse') {
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
    return;
  }
  if (answer.kind === 'early') stream.additionalHeaders({ ':status': 103, link: '</style.css>' });
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of answer.fields) fields[name] = value;
  stream.respond(
    { ':status': answer.status, ...fields, [sensitiveHeaders]: [] },
    { waitForTrailers: answer.trailers.length > 0 },
  );
  stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(answer.trailers)));
  if (answer.kind === 'cut') {
    // `close` would end the body properly first.
    stream.write('half of it', () => stream.destroy(new Error('cut')));
    return;
  }
  stream.end(answer.body);
}

/** Names and values in the order of the wire. */
function pairsOf(raw: readonly string[]): Fields {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
}

import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ByteInbox } from '@weft/testkit';
import type { Fields } from '../case.ts';
import type { TestFiles } from '../files.ts';
import { fieldValue, readBody, readHead } from '../http1-message.ts';
import { showBody } from '../show-body.ts';
import { type Answer, planAnswer, withoutPlan } from './answer-plan.ts';
import type { Backend, Journal } from './journal.ts';
import { listen } from './tcp-backend.ts';

/** An HTTP/1.1 server that writes down every request as it came over the wire and answers as it is asked. */
export function startHttp1Backend(name: string, journal: Journal, tls: TestFiles | undefined): Promise<Backend> {
  const onSocket = (socket: Socket): void => {
    socket.on('error', () => socket.destroy());
    serve(name, journal, socket).catch(() => socket.destroy());
  };
  if (tls === undefined) return listen(createServer({ allowHalfOpen: true }, onSocket));
  const { certificatePem: cert, keyPem: key } = tls.server;
  return listen(
    createTlsServer(
      { cert, key, ca: tls.caPem, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      onSocket,
    ),
  );
}

async function serve(name: string, journal: Journal, socket: Socket): Promise<void> {
  const inbox = new ByteInbox(socket);
  for (let head = await readNext(inbox); head !== undefined; head = await readNext(inbox)) {
    const { line, headers } = head;
    const answer = planAnswer(headers, journal.nextAttempt(), name);
    const isUpgrade = fieldValue(headers, 'upgrade') !== undefined || line.startsWith('CONNECT ');
    if (isUpgrade && answer.kind === 'status' && answer.status === 200) {
      journal.write({ backend: name, line, headers: withoutPlan(headers) });
      return tunnel(name, socket, inbox, line.startsWith('CONNECT ') ? answer.fields : undefined);
    }
    if (fieldValue(headers, 'expect') !== undefined) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    const write = journal.expect();
    const { body, trailers, isCut } = await readBody(inbox, headers, false);
    if (isCut) {
      // How much of a request that the proxy gave up has been sent by then is chance.
      write(undefined);
      return;
    }
    const shown = showBody(body, headers);
    write({
      backend: name,
      line,
      headers: withoutPlan(headers),
      ...(shown === undefined ? {} : { body: shown }),
      ...(trailers.length === 0 ? {} : { trailers }),
    });
    if (!respond(socket, answer, line.startsWith('HEAD ') || answer.status === 204 || answer.status === 304)) return;
    if (fieldValue(headers, 'connection') === 'close') socket.end();
  }
  socket.end();
}

/** Waits for the next request as long as the connection lives. */
async function readNext(inbox: ByteInbox): ReturnType<typeof readHead> {
  await inbox.take('the first byte', (seen) => (seen.length > 0 || inbox.isEnded ? 0 : undefined), 2 ** 30);
  return readHead(inbox);
}

/** Writes the answer; false when the connection takes no more requests. */
function respond(socket: Socket, answer: Answer, isBodyless: boolean): boolean {
  switch (answer.kind) {
    case 'reset':
    case 'refuse':
      socket.resetAndDestroy();
      return false;
    case 'hang':
      return false;
    case 'raw':
      socket.write(answer.raw);
      if (!/connection: close/.test(answer.raw.toString('latin1'))) return true;
      socket.end();
      return false;
    case 'cut':
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it');
      return false;
    case 'early':
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n');
      break;
    case 'status':
      break;
  }
  socket.write(encode(answer, isBodyless));
  return true;
}

function encode({ status, fields, body, trailers }: Answer, isBodyless: boolean): Buffer {
  const lines = [`HTTP/1.1 ${status} Planned`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const has = (name: string): boolean => (fields as Fields).some(([key]) => key.toLowerCase() === name);
  const isChunked = trailers.length > 0;
  if (isChunked) lines.push('transfer-encoding: chunked');
  else if (!has('content-length') && !has('transfer-encoding') && status !== 204 && status !== 304)
    lines.push(`content-length: ${Buffer.byteLength(body)}`);
  const head = `${lines.join('\r\n')}\r\n\r\n`;
  if (isBodyless) return Buffer.from(head, 'latin1');
  if (!isChunked) return Buffer.from(head + body, 'latin1');
  const last = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n${last}\r\n`, 'latin1');
}

/** After an upgrade or CONNECT: greets with its name and echoes. */
async function tunnel(
  name: string,
  socket: Socket,
  inbox: ByteInbox,
  connectFields: Fields | undefined,
): Promise<void> {
  socket.write(
    connectFields !== undefined
      ? `HTTP/1.1 200 OK\r\n${connectFields.map(([field, value]) => `${field}: ${value}\r\n`).join('')}\r\n`
      : 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  socket.write(`hello from ${name}\n`);
  while (!inbox.isEnded) {
    socket.write(
      await inbox.take('bytes', (seen) => (seen.length > 0 || inbox.isEnded ? seen.length : undefined), 2 ** 30),
    );
  }
  socket.end();
}

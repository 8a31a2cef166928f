/** The sessions against Node's own HTTP/2 (nghttp2), in both roles, over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import type net from 'node:net';
import { after, describe, it } from 'node:test';
import { CoarseTimers, systemClock, systemRandom } from '@weft/core';
import { eventuallyPasses } from '@weft/testkit';
import { FieldHead } from '../../src/http/field-head.ts';
import { RequestFields } from '../../src/http/request-fields.ts';
import { ResponseFields } from '../../src/http/response-fields.ts';
import { Http2Client } from '../../src/http2/http2-client.ts';
import { Http2Server } from '../../src/http2/http2-server.ts';
import { type Http2Options, http2Options } from '../../src/http2/options.ts';
import { createHttp2Stats } from '../../src/http2/stats.ts';
import {
  ClientExchange,
  ClientLog,
  fieldsText,
  type ServerExchange,
  ServerLog,
} from '../../src/http2/testing-handlers.ts';
import type { ByteStream } from '../../src/transport/byte-stream.ts';
import { TRANSPORTS, type Transport } from './support/transports.ts';

const timers = new CoarseTimers({ clock: systemClock, tickMs: 20 });
after(() => timers.close());

function common(stream: ByteStream, given: Partial<Http2Options>) {
  const options = http2Options({ delayedCloseMs: 200, ...given });
  return { stream, options, stats: createHttp2Stats(), clock: systemClock, timers, random: systemRandom };
}

/** Our server on a port, and Node's client of it. */
async function withNodeClient(
  transport: Transport,
  given: Partial<Http2Options>,
  onRequest: (exchange: ServerExchange, endStream: boolean) => void,
  run: (client: http2.ClientHttp2Session, log: ServerLog, server: () => Http2Server) => Promise<void>,
): Promise<void> {
  const log = new ServerLog(onRequest);
  let session: Http2Server | undefined;
  const listener = await transport.listen((stream) => {
    session = new Http2Server({ ...common(stream, given), handler: log });
    session.start();
  });
  const client = http2.connect(`http://127.0.0.1:${listener.port}`);
  try {
    await run(client, log, () => session!);
  } finally {
    client.destroy();
    listener.close();
    await eventuallyPasses(() => assert.ok(log.end));
  }
}

/** Node's server on a port, and our client of it. */
async function withNodeServer(
  transport: Transport,
  given: Partial<Http2Options>,
  settings: http2.Settings,
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  run: (client: Http2Client, log: ClientLog, sessions: http2.ServerHttp2Session[]) => Promise<void>,
): Promise<void> {
  const server = http2.createServer({ settings });
  const sessions: http2.ServerHttp2Session[] = [];
  server.on('session', (each) => sessions.push(each));
  server.on('stream', onStream);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const log = new ClientLog();
  const client = new Http2Client({ ...common(await transport.connect(port), given), handler: log });
  client.start();
  try {
    await eventuallyPasses(() => assert.ok(log.events.includes('available')));
    await run(client, log, sessions);
  } finally {
    client.close();
    await eventuallyPasses(() => assert.ok(log.end));
    for (const each of sessions) each.destroy();
    server.close();
  }
}

async function bodyOf(stream: http2.Http2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Writes a body that may not fit, as its user would: stopping when told to. */
class Writer {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  write(stream: { sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean }): void {
    while (this.#at < this.#bytes.length) {
      const end = Math.min(this.#at + 50_000, this.#bytes.length);
      const mayGoOn = stream.sendData(this.#bytes, this.#at, end, end === this.#bytes.length);
      this.#at = end;
      if (!mayGoOn) return;
    }
  }
}

const LARGE = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));
const LINE = { scheme: 'http', authority: 'a.example:80' };

for (const transport of TRANSPORTS) {
  describe(`our server and the client of node:http2, over ${transport.name}`, () => {
    it('exchange heads, bodies and trailers', () =>
      withNodeClient(
        transport,
        {},
        ({ stream, head }, endStream) => {
          assert.equal(endStream, false);
          stream.sendInformational(ResponseFields.of(103, [['link', '</a>; rel=preload']]));
          stream.sendHead(ResponseFields.of(201, [['x-got', fieldsText(head!)]]), false);
          stream.sendTrailers(FieldHead.fromPairs([['x-trailer', 'yes']]));
        },
        async (client, log) => {
          const stream = client.request(
            { ':method': 'POST', ':path': '/a?b=c', 'x-a': ['1', '2'] },
            { waitForTrailers: true },
          );
          const early = once(stream, 'headers');
          const trailers = once(stream, 'trailers');
          stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '5' }));
          stream.end('hello');
          const [[interim], [headers]] = await Promise.all([early, once(stream, 'response')]);
          assert.equal((interim as http2.IncomingHttpHeaders)[':status'], 103);
          assert.equal((headers as http2.IncomingHttpHeaders)[':status'], 201);
          assert.match(String((headers as http2.IncomingHttpHeaders)['x-got']), /x-a=1 x-a=2/);
          stream.resume();
          assert.equal(((await trailers) as [http2.IncomingHttpHeaders])[0]['x-trailer'], 'yes');
          await eventuallyPasses(() => assert.deepEqual(log.exchanges[0]?.events.slice(-1), ['trailers x-sum=5']));
          assert.equal(log.exchanges[0]?.text, 'hello');
        },
      ));

    it('move large bodies both ways within small windows', () =>
      withNodeClient(
        transport,
        { initialStreamWindowSize: 65_535, initialConnectionWindowSize: 65_535 },
        (exchange) => {
          const writer = new Writer(LARGE);
          exchange.stream.sendHead(ResponseFields.of(200), false);
          exchange.onDrain = () => writer.write(exchange.stream);
          writer.write(exchange.stream);
        },
        async (client, log) => {
          const stream = client.request({ ':method': 'POST', ':path': '/' });
          stream.end(LARGE);
          assert.ok((await bodyOf(stream)).equals(LARGE));
          await eventuallyPasses(() => assert.ok(Buffer.concat(log.exchanges[0]!.body).equals(LARGE)));
        },
      ));

    it('run many streams at once', () =>
      withNodeClient(
        transport,
        { maxConcurrentStreams: 200 },
        ({ stream, head }) => {
          const text = Buffer.from(head!.path.repeat(100));
          stream.sendHead(ResponseFields.of(200), false);
          stream.sendData(text, 0, text.length, true);
        },
        async (client, _log, server) => {
          await once(client, 'remoteSettings');
          const bodies = Array.from({ length: 200 }, (_, i) => bodyOf(client.request({ ':path': `/${i}` })));
          const texts = await Promise.all(bodies);
          assert.deepEqual(
            texts.map(String),
            Array.from({ length: 200 }, (_, i) => `/${i}`.repeat(100)),
          );
          await eventuallyPasses(() => assert.equal(server().activeStreams, 0));
        },
      ));

    it('reset streams in both directions', () =>
      withNodeClient(
        transport,
        {},
        ({ stream, head }) => {
          if (head!.path === '/refuse') stream.reset('refusedStream');
        },
        async (client, log) => {
          const refused = client.request({ ':path': '/refuse' });
          const [error] = (await once(refused, 'error')) as [Error];
          assert.match(error.message, /REFUSED_STREAM/);
          const cancelled = client.request({ ':path': '/wait' });
          await eventuallyPasses(() => assert.equal(log.exchanges.length, 2));
          cancelled.on('error', () => cancelled.destroy());
          cancelled.close(http2.constants.NGHTTP2_CANCEL);
          await eventuallyPasses(() => assert.equal(log.exchanges[1]?.reset?.kind, 'remoteReset'));
        },
      ));

    it('drain without losing a request', () =>
      withNodeClient(
        transport,
        { drainDelayMs: 50 },
        () => undefined,
        async (client, log, server) => {
          const stream = client.request({ ':path': '/' });
          await eventuallyPasses(() => assert.equal(log.exchanges.length, 1));
          const goaway = once(client, 'goaway');
          server().drain();
          await goaway;
          log.exchanges[0]!.stream.sendHead(ResponseFields.of(204), true);
          const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
          assert.equal(headers[':status'], 204);
          stream.resume();
          await eventuallyPasses(() => assert.deepEqual(log.end?.details, ''));
        },
      ));

    it('answer pings and do extended CONNECT', () =>
      withNodeClient(
        transport,
        { allowConnect: true },
        (exchange) => {
          assert.equal(exchange.head!.protocol, 'websocket');
          exchange.stream.sendHead(ResponseFields.of(200), false);
          exchange.onData = (bytes, start, end, endStream) => exchange.stream.sendData(bytes, start, end, endStream);
        },
        async (client) => {
          await once(client, 'remoteSettings');
          assert.equal(client.remoteSettings.enableConnectProtocol, true);
          await new Promise<void>((resolve, reject) => {
            client.ping((error) => (error === null ? resolve() : reject(error)));
          });
          const stream = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
          stream.end('echo me');
          assert.equal(String(await bodyOf(stream)), 'echo me');
        },
      ));
  });

  describe(`our client and the server of node:http2, over ${transport.name}`, () => {
    it('exchange heads, bodies and trailers', () =>
      withNodeServer(
        transport,
        {},
        {},
        (stream, headers) => {
          stream.additionalHeaders({ ':status': 103, link: '</a>' });
          stream.respond({ ':status': 200, 'x-path': String(headers[':path']) }, { waitForTrailers: true });
          stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
          stream.pipe(stream);
        },
        async (client) => {
          const exchange = new ClientExchange();
          const stream = client.open(exchange);
          stream.sendHead(RequestFields.of({ ...LINE, method: 'POST', path: '/x' }, [['te', 'trailers']]), false);
          stream.sendData(Buffer.from('hello'), 0, 5, false);
          stream.sendTrailers(FieldHead.fromPairs([['x-sum', '5']]));
          await eventuallyPasses(() => assert.ok(exchange.isEnded));
          assert.equal(exchange.text, 'hello');
          assert.equal(exchange.head?.get('x-path'), '/x');
          assert.equal(exchange.events[0], 'informational 103 link=</a>');
          assert.equal(exchange.events.at(-1), 'trailers grpc-status=0');
          await eventuallyPasses(() => assert.equal(client.activeStreams, 0));
        },
      ));

    it('move large bodies both ways within small windows', () =>
      withNodeServer(
        transport,
        { initialStreamWindowSize: 65_535, initialConnectionWindowSize: 65_535 },
        { initialWindowSize: 20_000 },
        (stream) => {
          stream.respond({ ':status': 200 });
          stream.pipe(stream);
        },
        async (client) => {
          const exchange = new ClientExchange();
          const stream = client.open(exchange);
          const writer = new Writer(LARGE);
          exchange.onDrain = () => writer.write(stream);
          stream.sendHead(RequestFields.of({ ...LINE, method: 'POST', path: '/' }), false);
          writer.write(stream);
          await eventuallyPasses(() => assert.ok(exchange.isEnded));
          assert.ok(Buffer.concat(exchange.body).equals(LARGE));
        },
      ));

    it('keep to the number of streams that the server allows', () =>
      withNodeServer(
        transport,
        {},
        { maxConcurrentStreams: 3 },
        (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
        async (client, log) => {
          const exchanges = Array.from({ length: 50 }, () => new ClientExchange());
          const waiting = [...exchanges];
          const fill = () => {
            while (client.freeStreams > 0 && waiting.length > 0) {
              const head = RequestFields.of({ ...LINE, method: 'GET', path: '/' });
              client.open(waiting.shift()!).sendHead(head, true);
            }
          };
          assert.equal(client.freeStreams, 3);
          log.onAvailable = fill;
          fill();
          await eventuallyPasses(() => assert.ok(exchanges.every(({ isEnded }) => isEnded)));
          assert.ok(exchanges.every(({ events }) => events.join() === 'head 204 end'));
        },
      ));

    it('hear of resets and of the end of the server', () =>
      withNodeServer(
        transport,
        {},
        {},
        (stream, headers) => {
          stream.on('error', () => stream.destroy());
          if (headers[':path'] === '/reset') stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
          if (headers[':path'] === '/refuse') stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
        },
        async (client, log, sessions) => {
          const asked = ['/reset', '/refuse', '/wait'].map((path) => {
            const exchange = new ClientExchange();
            client.open(exchange).sendHead(RequestFields.of({ ...LINE, method: 'GET', path }), true);
            return exchange;
          });
          await eventuallyPasses(() => assert.ok(asked[0]!.reset && asked[1]!.reset));
          assert.deepEqual(
            asked.slice(0, 2).map(({ reset }) => reset?.kind),
            ['remoteReset', 'remoteRefused'],
          );
          sessions[0]!.goaway(0, 1);
          await eventuallyPasses(() => assert.equal(asked[2]!.reset?.kind, 'remoteRefused'));
          assert.ok(log.events.includes('draining'));
          await eventuallyPasses(() => assert.ok(log.end));
        },
      ));
  });
}

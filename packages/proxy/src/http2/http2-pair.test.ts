/** Both roles of the session against each other, over a pipe in memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { FieldHead } from '../http/field-head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { Http2Client } from './http2-client.ts';
import { Http2Server } from './http2-server.ts';
import type { Http2Options } from './options.ts';
import { manualPipe, only, sessionParts } from './testing.ts';
import { ClientExchange, ClientLog, fieldsText, type ServerExchange, ServerLog } from './testing-handlers.ts';

const LINE = { method: 'GET', scheme: 'http', path: '/x?q=1', authority: 'a.example' };

function connect(given: { client?: Partial<Http2Options>; server?: Partial<Http2Options> } = {}) {
  const pipe = manualPipe({ highWaterMark: 256 * 1024 });
  const clientLog = new ClientLog();
  const serverLog = new ServerLog();
  const clientParts = sessionParts(pipe.first, new FakeClock(), given.client);
  const serverParts = sessionParts(pipe.second, new FakeClock(), given.server);
  const client = new Http2Client({ ...clientParts, handler: clientLog });
  const server = new Http2Server({ ...serverParts, handler: serverLog });
  client.start();
  server.start();
  pipe.run();
  return { pipe, client, server, clientLog, serverLog, clientParts, serverParts };
}

type Pair = ReturnType<typeof connect>;

function send(pair: Pair, head: RequestFields, endStream: boolean) {
  const exchange = new ClientExchange();
  const stream = pair.client.open(exchange);
  exchange.stream = stream;
  stream.sendHead(head, endStream);
  pair.pipe.run();
  return { exchange, stream, served: pair.serverLog.exchanges.at(-1) as ServerExchange };
}

describe('an exchange between client and server', () => {
  it('carries heads, bodies and trailers both ways', () => {
    const pair = connect();
    const head = RequestFields.of({ ...LINE, method: 'POST' }, [
      ['x-a', '1'],
      ['cookie', 'a=b'],
      ['cookie', 'c=d'],
    ]);
    const { exchange, stream, served } = send(pair, head, false);
    assert.equal(served.head?.get('cookie'), 'a=b; c=d');
    assert.equal(served.head?.get('host'), 'a.example');
    assert.equal(served.head?.authority, 'a.example');
    stream.sendData(Buffer.from('hello'), 0, 5, false);
    stream.sendTrailers(FieldHead.fromPairs([['x-sum', '5']]));
    pair.pipe.run();
    assert.deepEqual(served.events, ['head POST /x?q=1', 'data 5', 'trailers x-sum=5']);
    served.stream.sendInformational(ResponseFields.of(103, [['link', '</a>']]));
    served.stream.sendHead(ResponseFields.of(200, [['x-b', '2']]), false);
    served.stream.sendData(Buffer.from('world!'), 0, 6, true);
    pair.pipe.run();
    assert.deepEqual(exchange.events, ['informational 103 link=</a>', 'head 200', 'data 6 end']);
    assert.equal(exchange.text, 'world!');
    assert.equal(pair.client.activeStreams + pair.server.activeStreams, 0);
    assert.equal(pair.serverParts.stats.streamsActive, 0);
  });

  it('moves a body larger than both windows without loss', () => {
    const pair = connect({
      server: { initialStreamWindowSize: 65_535, initialConnectionWindowSize: 65_535 },
      client: { initialStreamWindowSize: 70_000, initialConnectionWindowSize: 80_000 },
    });
    const body = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7) & 255));
    const { exchange, stream, served } = send(pair, RequestFields.of({ ...LINE, method: 'PUT' }), false);
    assert.equal(stream.sendData(body, 0, body.length, true), false);
    pair.pipe.run();
    assert.ok(Buffer.concat(served.body).equals(body));
    assert.ok(served.isEnded);
    served.stream.sendHead(ResponseFields.of(200), false);
    assert.equal(served.stream.sendData(body, 0, body.length, false), false);
    served.stream.sendTrailers(FieldHead.fromPairs([['grpc-status', '0']]));
    pair.pipe.run();
    assert.ok(Buffer.concat(exchange.body).equals(body));
    assert.equal(exchange.events.at(-1), 'trailers grpc-status=0');
    assert.equal(pair.serverParts.stats.pendingSendBytes, 0);
  });

  it('says when a stream may be written again', () => {
    const pair = connect({ server: { initialStreamWindowSize: 65_535 } });
    const { exchange, stream, served } = send(pair, RequestFields.of({ ...LINE, method: 'PUT' }), false);
    served.stream.pause();
    assert.equal(stream.sendData(Buffer.alloc(65_535), 0, 65_535, false), true);
    assert.equal(stream.sendData(Buffer.alloc(10), 0, 10, false), false);
    pair.pipe.run();
    assert.equal(exchange.drains, 0);
    assert.equal(pair.clientParts.stats.pendingSendBytes, 10);
    served.stream.resume();
    pair.pipe.run();
    assert.equal(exchange.drains, 1);
    assert.equal(pair.clientParts.stats.pendingSendBytes, 0);
  });

  it('ends at once with a reset from either side', () => {
    const pair = connect();
    const first = send(pair, RequestFields.of(LINE), true);
    first.stream.reset('cancel');
    pair.pipe.run();
    assert.deepEqual(first.served.events, ['head GET /x?q=1 end', 'reset remoteReset http2.remote_reset']);
    const second = send(pair, RequestFields.of(LINE), true);
    second.served.stream.reset('refusedStream');
    pair.pipe.run();
    assert.deepEqual(second.exchange.events, ['reset remoteRefused http2.remote_refuse']);
    assert.equal(pair.client.activeStreams + pair.server.activeStreams, 0);
  });

  it('takes header lists larger than a frame', () => {
    const pair = connect({ server: { maxHeaderListSize: 100_000 } });
    const head = RequestFields.of(LINE, [
      ['x-large', 'v'.repeat(40_000)],
      ['x-other', 'w'.repeat(30_000)],
    ]);
    const { served } = send(pair, head, true);
    assert.equal(served.head?.get('x-large')?.length, 40_000);
    assert.equal(served.head?.get('x-other')?.length, 30_000);
  });

  it('does extended CONNECT only with a server that takes it', () => {
    const head = () => RequestFields.of({ ...LINE, method: 'CONNECT', protocol: 'websocket' });
    const pair = connect({ server: { allowConnect: true } });
    assert.ok(pair.client.allowsExtendedConnect);
    const { exchange, served } = send(pair, head(), false);
    assert.equal(served.head?.protocol, 'websocket');
    // What an HTTP/1 upstream answers.
    served.stream.sendHead(ResponseFields.of(101), false);
    pair.pipe.run();
    assert.deepEqual(exchange.events, ['head 200']);
    const refusing = connect();
    const refused = new ClientExchange();
    const stream = refusing.client.open(refused);
    stream.sendHead(head(), false);
    assert.ok(stream.sendData(Buffer.from('x'), 0, 1, true));
    stream.sendTrailers(FieldHead.fromPairs([]));
    assert.deepEqual(refused.events, []);
    return Promise.resolve().then(() => {
      assert.deepEqual(refused.events, ['reset localReset http2.extended_connect_unsupported']);
      assert.equal(refusing.client.activeStreams, 0);
      refusing.pipe.run();
      assert.equal(refusing.clientLog.end, undefined);
    });
  });

  it('passes fields on by identity', () => {
    const pair = connect();
    const { served } = send(pair, RequestFields.of(LINE, [['x-tenant', 'blue']]), true);
    const again = send(pair, RequestFields.of(LINE, [['x-tenant', 'blue']]), true);
    const [one, two] = [served.head, again.served.head] as [RequestFields, RequestFields];
    assert.equal(one.fields[0], two.fields[0]);
    assert.equal(fieldsText(two), 'x-tenant=blue');
  });
});

describe('the life of a connection', () => {
  it('tells the client how many streams are free', () => {
    const pair = connect({ server: { maxConcurrentStreams: 2 } });
    assert.equal(pair.client.freeStreams, 2);
    const first = send(pair, RequestFields.of(LINE), true);
    send(pair, RequestFields.of(LINE), true);
    assert.equal(pair.client.freeStreams, 0);
    assert.throws(() => pair.client.open(new ClientExchange()), /none free/);
    pair.clientLog.events.length = 0;
    first.served.stream.sendHead(ResponseFields.of(204), true);
    pair.pipe.run();
    assert.deepEqual(pair.clientLog.events, ['available']);
    assert.equal(pair.client.freeStreams, 1);
  });

  it('drains a server: what is on the way is served, then both close in order', () => {
    const pair = connect({ server: { drainDelayMs: 100 } });
    const first = send(pair, RequestFields.of(LINE), true);
    pair.server.drain();
    const onTheWay = new ClientExchange();
    pair.client.open(onTheWay).sendHead(RequestFields.of(LINE), true);
    pair.pipe.run();
    assert.ok(pair.client.isDraining);
    assert.equal(pair.client.freeStreams, 0);
    assert.deepEqual(pair.clientLog.events.slice(-1), ['draining']);
    pair.serverParts.clock.advance(200);
    for (const { stream } of pair.serverLog.exchanges) stream.sendHead(ResponseFields.of(200), true);
    pair.pipe.run();
    assert.deepEqual(first.exchange.events, ['head 200 end']);
    assert.deepEqual(onTheWay.events, ['head 200 end']);
    assert.deepEqual(pair.clientLog.end, { details: '', isRemote: false });
    assert.deepEqual(pair.serverLog.end, { details: '', isRemote: false });
  });

  it('drains a client after its last exchange', () => {
    const pair = connect();
    const { served, exchange } = send(pair, RequestFields.of(LINE), true);
    pair.client.drain();
    pair.pipe.run();
    assert.equal(pair.clientLog.end, undefined);
    served.stream.sendHead(ResponseFields.of(200), true);
    pair.pipe.run();
    assert.deepEqual(exchange.events, ['head 200 end']);
    assert.ok(pair.clientLog.end && pair.serverLog.end);
  });

  it('drains a client whose last exchange has not sent its head yet', () => {
    const pair = connect();
    const exchange = new ClientExchange();
    const stream = pair.client.open(exchange);
    pair.client.drain();
    stream.sendHead(RequestFields.of(LINE), true);
    pair.pipe.run();
    assert.equal(pair.serverLog.exchanges.length, 1);
    const unused = connect();
    const given = unused.client.open(new ClientExchange());
    unused.client.drain();
    given.reset('cancel');
    unused.pipe.run();
    assert.ok(unused.clientLog.end);
  });

  it('gives a request back that the server would not look at any more', () => {
    const pair = connect();
    send(pair, RequestFields.of(LINE), true);
    const exchange = new ClientExchange();
    const stream = pair.client.open(exchange);
    pair.server.drain();
    pair.pipe.run();
    assert.deepEqual(exchange.events, ['reset remoteRefused http2.goaway']);
    stream.sendHead(RequestFields.of(LINE), true);
    pair.pipe.run();
    assert.equal(pair.serverLog.exchanges.length, 1);
    assert.equal(pair.client.activeStreams, 1);
  });

  it('tells every exchange when the other side goes away', () => {
    const pair = connect();
    const { served, exchange } = send(pair, RequestFields.of(LINE), true);
    pair.client.close();
    pair.pipe.run();
    assert.deepEqual(exchange.events, ['reset connectionClosed http2.connection_closed']);
    assert.equal(only(served.events.slice(1)), 'reset connectionClosed http2.connection_closed');
    assert.deepEqual(pair.serverLog.end, { details: '', isRemote: true });
    assert.equal(pair.server.activeStreams, 0);
  });

  it('pings a silent server and gives up on it', () => {
    const keepalive = { intervalMs: 1000, timeoutMs: 500, jitterPct: 0, connectionIdleIntervalMs: 0 };
    const pair = connect({ client: { keepalive } });
    const { exchange } = send(pair, RequestFields.of(LINE), true);
    pair.clientParts.clock.advance(1010);
    pair.pipe.run();
    pair.clientParts.clock.advance(900);
    assert.equal(pair.clientParts.stats.keepaliveTimeout, 0);
    // The next PING stays unanswered, since nothing moves the pipe.
    pair.clientParts.clock.advance(1000);
    assert.equal(pair.clientParts.stats.keepaliveTimeout, 1);
    assert.deepEqual(exchange.events, ['reset connectionClosed http2.keepalive_timeout']);
  });

  it('pings ahead of a stream on a connection that was idle', () => {
    const keepalive = { intervalMs: 0, timeoutMs: 500, jitterPct: 15, connectionIdleIntervalMs: 10_000 };
    const pair = connect({ client: { keepalive } });
    const before = pair.pipe.first.bytesWritten;
    pair.clientParts.clock.advance(5000);
    send(pair, RequestFields.of(LINE), true);
    assert.ok(pair.pipe.first.bytesWritten - before < 60);
    pair.clientParts.clock.advance(10_000);
    const { exchange } = send(pair, RequestFields.of(LINE), true);
    // The answer came: nothing happens when the time is up.
    pair.clientParts.clock.advance(1000);
    assert.equal(exchange.reset, undefined);
    pair.clientParts.clock.advance(10_000);
    const lost = new ClientExchange();
    pair.client.open(lost).sendHead(RequestFields.of(LINE), true);
    pair.clientParts.clock.advance(1000);
    assert.equal(lost.reset?.details, 'http2.keepalive_timeout');
  });

  it('resets a stream whose peer gives no window for too long', () => {
    const pair = connect({ client: { flushTimeoutMs: 1000 }, server: { initialStreamWindowSize: 65_535 } });
    const { exchange, stream, served } = send(pair, RequestFields.of({ ...LINE, method: 'PUT' }), false);
    served.stream.pause();
    stream.sendData(Buffer.alloc(70_000), 0, 70_000, true);
    pair.pipe.run();
    pair.clientParts.clock.advance(900);
    assert.deepEqual(exchange.events, []);
    pair.clientParts.clock.advance(120);
    pair.pipe.run();
    assert.deepEqual(exchange.events, ['reset localReset http2.tx_flush_timeout']);
    assert.equal(pair.clientParts.stats.txFlushTimeout, 1);
    assert.equal(pair.clientParts.stats.pendingSendBytes, 0);
    assert.match(served.events.at(-1)!, /^reset remoteReset/);
  });

  it('takes over a connection that was upgraded from HTTP/1.1', () => {
    const pipe = manualPipe();
    const log = new ServerLog();
    const upgrade = {
      settings: Buffer.from('AAMAAABkAAQAoAAAAAIAAAAA', 'base64url'),
      head: RequestFields.of({ ...LINE, method: 'POST' }),
      body: Buffer.from('abc'),
    };
    const server = new Http2Server({ ...sessionParts(pipe.second, new FakeClock()), handler: log, upgrade });
    server.start();
    const exchange = only(log.exchanges);
    assert.deepEqual(exchange.events, ['head POST /x?q=1', 'data 3 end']);
    exchange.stream.sendHead(ResponseFields.of(200), true);
    assert.equal(server.activeStreams, 0);
  });
});

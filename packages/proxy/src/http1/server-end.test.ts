import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CoarseTimers } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { ResponseFields } from '../http/response-fields.ts';
import type { ServerExchange } from '../http2/testing-handlers.ts';
import type { Http1ServerOptions } from './server-session.ts';
import { createHttp1Stats } from './stats.ts';
import { inTurn, sendText, serve } from './testing.ts';

/** A server with a clock that the test moves. */
function serveInTime(
  options: Partial<Http1ServerOptions>,
  ...rest: Parameters<typeof serve> extends [unknown?, ...infer R] ? R : never
) {
  const clock = new FakeClock();
  const made = serve({ timers: new CoarseTimers({ clock, tickMs: 10 }), ...options }, ...rest);
  const passMs = (ms: number): void => {
    clock.advance(ms);
    made.run();
  };
  return { ...made, passMs, clock };
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nhost: a\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Answers every complete request with `ok`. */
function answer(exchange: ServerExchange): void {
  exchange.stream.sendHead(ResponseFields.of(200, [['content-length', '2']]), false);
  sendText(exchange.stream, 'ok', true);
}

function answerAtOnce(exchange: ServerExchange, endStream: boolean): void {
  if (endStream) answer(exchange);
}

describe('the end of a connection', () => {
  it('by the client, in every state', () => {
    for (const [sent, events] of [
      ['', []],
      ['GET / HT', []],
      [GET, ['head GET / end', 'reset connectionClosed connection_closed']],
      [`${POST}content-length: 9\r\n\r\nab`, ['head POST /', 'data 2', 'reset connectionClosed connection_closed']],
      [
        `${POST}transfer-encoding: chunked\r\n\r\n5\r\na`,
        ['head POST /', 'data 1', 'reset connectionClosed connection_closed'],
      ],
    ] as const) {
      for (const isAbrupt of [true, false]) {
        const { ask, log, peer, run, heads } = serve();
        ask(sent);
        if (isAbrupt) peer.stream.destroy(true);
        else peer.stream.end();
        run();
        const seen = (log.exchanges[0]?.events ?? []).map((event) =>
          event.replace('connection reset by peer', 'connection_closed'),
        );
        assert.deepEqual(seen, events, `${JSON.stringify(sent)} ${isAbrupt}`);
        assert.deepEqual(log.end?.isRemote, true);
        assert.equal(heads.unusedCount, sent === '' ? 0 : 1, 'a head is lost');
      }
    }
  });

  it('by this side, in the middle of a response, shows that it is not complete', () => {
    for (const version of ['1.0', '1.1']) {
      const { ask, last, peer, run, log } = serve();
      ask(`GET / HTTP/${version}\r\nhost: a\r\n\r\n`);
      inTurn(() => {
        last().stream.sendHead(ResponseFields.of(200), false);
        sendText(last().stream, 'half', false);
      });
      run();
      last().stream.reset('internalError');
      run();
      assert.equal(last().reset, undefined, 'who resets hears nothing more');
      assert.ok(log.end !== undefined);
      assert.ok(!peer.received.includes('0\r\n\r\n'));
      if (version === '1.0') assert.equal(peer.fault?.kind, 'reset');
    }
  });

  it('comes with the answer after drain()', () => {
    const { ask, server, peer } = serve({}, answerAtOnce);
    assert.equal(ask(GET), OK);
    server.drain();
    assert.ok(ask(GET).includes('connection: close\r\n'));
    assert.ok(peer.hasEnded);
  });

  it('comes when it is idle, and only then', () => {
    const { ask, server, peer, run, last, log } = serve();
    ask(GET);
    server.closeIdle();
    inTurn(() => answer(last()));
    run();
    assert.equal(peer.take(), OK);
    server.closeIdle();
    run();
    assert.ok(peer.hasEnded);
    assert.equal(log.end, undefined, 'the client has not closed');
    peer.stream.end();
    run();
    assert.deepEqual(log.end, { details: '', isRemote: false });
  });

  it('does not wait for ever for the client', () => {
    const { ask, passMs, peer, log } = serveInTime({ delayedCloseMs: 100 }, answerAtOnce);
    ask('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    passMs(90);
    assert.equal(log.end, undefined);
    ask('what a client goes on to send is dropped');
    passMs(30);
    assert.ok(peer.isClosed || log.end !== undefined);
  });

  it('leaves no timer behind', () => {
    for (const text of ['GET / HT', 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', GET]) {
      const { ask, peer, run, log, clock } = serveInTime({ headTimeoutMs: 50 }, answerAtOnce);
      ask(text);
      peer.stream.destroy(true);
      run();
      assert.ok(log.end !== undefined);
      assert.equal(clock.pendingTimers, 0);
    }
  });

  it('does not wait at all if told so', () => {
    const { ask, log } = serve({ delayedCloseMs: 0 }, answerAtOnce);
    const text = ask('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    assert.ok(text.endsWith('ok'));
    assert.ok(log.end !== undefined);
  });

  it('does not cut off a response that the client is still taking', () => {
    const body = 'x'.repeat(200_000);
    const { ask, passMs, peer, run, log } = serveInTime(
      { delayedCloseMs: 100 },
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200, [['content-length', String(body.length)]]), false);
        for (let at = 0; at < body.length; at += 50_000) sendText(stream, body.slice(at, at + 50_000), at === 150_000);
      },
      { wireCapacity: 0 },
    );
    peer.stream.pause();
    ask('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    passMs(60);
    peer.stream.resume();
    run();
    passMs(60);
    assert.equal(peer.received.length, body.length + peer.received.indexOf('\r\n\r\n') + 4);
    assert.equal(log.end, undefined);
    passMs(120);
    assert.ok(log.end !== undefined);
  });
});

describe('heads that are refused', () => {
  it('because they are late', () => {
    const { ask, passMs, log, peer, run, heads } = serveInTime({ headTimeoutMs: 50 });
    ask('GET / HTTP/1.1\r\n');
    passMs(30);
    ask('host: a\r\n');
    passMs(40);
    assert.deepEqual([log.refusals, log.invalid], [['408 request_header_timeout'], []]);
    run();
    assert.match(peer.take(), /^HTTP\/1\.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n$/);
    assert.equal(heads.unusedCount, 1);
  });

  it('but not when they come in time', () => {
    const { ask, passMs, log } = serveInTime({ headTimeoutMs: 50 }, answerAtOnce);
    ask('GET / HTTP/1.1\r\n');
    assert.equal(ask('host: a\r\n\r\n'), OK);
    passMs(500);
    assert.deepEqual(log.refusals, []);
  });

  const stats = createHttp1Stats();
  const refused: readonly (readonly [string, string, Parameters<typeof serve>[0]])[] = [
    ['426 low_version', 'GET / HTTP/1.0\r\nhost: a\r\n\r\n', { acceptsHttp10: false }],
    ['400 missing_host_header', 'GET / HTTP/1.0\r\n\r\n', {}],
    ['404 absolute_path_rejected', 'GET http://a/ HTTP/1.1\r\nhost: a\r\n\r\n', { allowsAbsoluteUrl: false }],
    [
      '400 http1.unexpected_underscore',
      'GET / HTTP/1.1\r\nhost: a\r\nx_y: 1\r\n\r\n',
      { underscores: 'reject', stats },
    ],
    ['431 http1.headTooLarge', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(70_000)}\r\n\r\n`, {}],
    ['431 http1.tooManyFields', `GET / HTTP/1.1\r\nhost: a\r\n${'x: 1\r\n'.repeat(101)}\r\n`, {}],
  ];
  for (const [expected, request, options] of refused) {
    it(`because of ${expected}`, () => {
      const { ask, log, peer } = serve(options, answerAtOnce);
      const text = ask(request + GET);
      assert.deepEqual([log.refusals, log.exchanges.length], [[expected], 0]);
      assert.match(text, new RegExp(`^HTTP/1.1 ${log.refusals[0]?.slice(0, 3)} .*connection: close\r\n\r\n$`, 's'));
      assert.ok(peer.hasEnded);
    });
  }

  it('and underscores are counted', () => {
    const dropping = createHttp1Stats();
    const { ask, log } = serve({ underscores: 'drop', stats: dropping }, answerAtOnce);
    ask(`GET / HTTP/1.1\r\nhost: a\r\nx_y: 1\r\nx-y: 2\r\nx_y: 3\r\n\r\n`);
    assert.deepEqual([log.fields, dropping.droppedHeadersWithUnderscores], [['x-y=2'], 2]);
    assert.equal(stats.requestsRejectedWithUnderscoresInHeaders, 1);
    ask(`${POST}transfer-encoding: chunked\r\n\r\n0\r\nt_t: 1\r\nt: 2\r\n\r\n`);
    assert.equal(log.exchanges[1]!.events.at(-1), 'trailers t=2');
  });

  it('has the host of HTTP/1.0 filled in', () => {
    const { ask, last } = serve({ http10Host: 'fallback' }, answerAtOnce);
    ask('GET / HTTP/1.0\r\n\r\n');
    assert.equal(last().head?.authority, 'fallback');
  });
});

/** What the sessions answer to input that breaks RFC 9113, rule by rule. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { ErrorCode } from './error-code.ts';
import type { Pair } from './hpack/testing.ts';
import { Http2Client } from './http2-client.ts';
import { Http2Server } from './http2-server.ts';
import type { Http2Options } from './options.ts';
import { frame, GET, HELLO, manualPipe, RawPeer, sessionParts, settingsPayload, word } from './testing.ts';
import { ClientExchange, ClientLog, ServerLog } from './testing-handlers.ts';

const POST: readonly Pair[] = [[':method', 'POST'], ...GET.slice(1)];

function serve(given: Partial<Http2Options> = {}) {
  const pipe = manualPipe();
  const log = new ServerLog();
  const parts = sessionParts(pipe.second, new FakeClock(), given);
  const server = new Http2Server({ ...parts, handler: log });
  server.start();
  const peer = new RawPeer(pipe.first, () => pipe.run());
  return { pipe, log, parts, server, peer };
}

function greeted(given: Partial<Http2Options> = {}) {
  const made = serve(given);
  made.peer.send(HELLO);
  made.peer.seen();
  return made;
}

/** GOAWAY or RST_STREAM with a code; a comma separates several. */
type Answer = string;
const goaway = (code: keyof typeof ErrorCode): Answer => `GOAWAY code=${ErrorCode[code]}`;
const reset = (id: number, code: keyof typeof ErrorCode): Answer => `RST_STREAM@${id} ${ErrorCode[code]}`;

/** What the first handler of a server was told. */
function toldOf(log: ServerLog): string {
  return log.exchanges[0]!.events.join(', ');
}

function answers(peer: RawPeer): string {
  const seen = peer.seen('GOAWAY', 'RST_STREAM');
  return seen.map((text) => text.replace(/ last=\d+/, '')).join(', ');
}

/** Frames, section of RFC 9113, answer. */
const FRAMES: ReadonlyArray<readonly [string, string, (peer: RawPeer) => Buffer[], Answer]> = [
  ['DATA on stream 0', '6.1', () => [frame(0, 0, 0, [1])], goaway('protocolError')],
  ['DATA on an idle stream', '5.1', () => [frame(0, 0, 1, [1])], goaway('protocolError')],
  [
    'DATA on a stream the client ended',
    '5.1',
    (p) => [p.headers(1, GET, 5), frame(0, 0, 1, [1])],
    reset(1, 'streamClosed'),
  ],
  ['DATA with too much padding', '6.1', (p) => [p.headers(1, POST), frame(0, 8, 1, [2, 0])], goaway('protocolError')],
  ['HEADERS on stream 0', '6.2', (p) => [p.headers(0, GET, 5)], goaway('protocolError')],
  ['HEADERS on an even stream', '5.1.1', (p) => [p.headers(2, GET, 5)], goaway('protocolError')],
  ['HEADERS on a lower id', '5.1.1', (p) => [p.headers(5, GET, 5), p.headers(3, GET, 5)], goaway('protocolError')],
  ['HEADERS with too much padding', '6.2', () => [frame(1, 13, 1, [5, 0x82])], goaway('protocolError')],
  ['HEADERS too short for its priority', '6.2', () => [frame(1, 0x25, 1, [0, 0])], goaway('frameSizeError')],
  ['HEADERS that depends on itself', '5.3', () => [frame(1, 0x25, 1, [0, 0, 0, 1, 0])], goaway('protocolError')],
  ['HEADERS that cannot be decoded', '4.3', () => [frame(1, 5, 1, [0xff, 0xff, 0xff])], goaway('compressionError')],
  [
    'a frame within a header block',
    '6.10',
    () => [frame(1, 1, 1, [0x82]), frame(6, 0, 0, Buffer.alloc(8))],
    goaway('protocolError'),
  ],
  [
    'an unknown frame within a header block',
    '5.5',
    () => [frame(1, 1, 1, [0x82]), frame(99, 0, 0)],
    goaway('protocolError'),
  ],
  [
    'CONTINUATION of another stream',
    '6.10',
    () => [frame(1, 1, 1, [0x82]), frame(9, 4, 3, [0x82])],
    goaway('protocolError'),
  ],
  ['CONTINUATION without HEADERS', '6.10', () => [frame(9, 4, 1, [0x82])], goaway('protocolError')],
  ['PRIORITY on stream 0', '6.3', () => [frame(2, 0, 0, Buffer.alloc(5))], goaway('protocolError')],
  ['PRIORITY of a wrong length', '6.3', () => [frame(2, 0, 1, Buffer.alloc(4))], goaway('frameSizeError')],
  ['RST_STREAM on stream 0', '6.4', () => [frame(3, 0, 0, word(8))], goaway('protocolError')],
  ['RST_STREAM on an idle stream', '6.4', () => [frame(3, 0, 1, word(8))], goaway('protocolError')],
  ['RST_STREAM of a wrong length', '6.4', (p) => [p.headers(1, POST), frame(3, 0, 1, [0])], goaway('frameSizeError')],
  ['SETTINGS on a stream', '6.5', () => [frame(4, 0, 1)], goaway('protocolError')],
  ['SETTINGS of a wrong length', '6.5', () => [frame(4, 0, 0, [0, 1, 0])], goaway('frameSizeError')],
  ['SETTINGS ack with a payload', '6.5', () => [frame(4, 1, 0, Buffer.alloc(6))], goaway('frameSizeError')],
  ['ENABLE_PUSH of 2', '6.5.2', () => [frame(4, 0, 0, settingsPayload({ 2: 2 }))], goaway('protocolError')],
  [
    'INITIAL_WINDOW_SIZE of 2^31',
    '6.5.2',
    () => [frame(4, 0, 0, settingsPayload({ 4: 2 ** 31 }))],
    goaway('flowControlError'),
  ],
  ['MAX_FRAME_SIZE of 16383', '6.5.2', () => [frame(4, 0, 0, settingsPayload({ 5: 16_383 }))], goaway('protocolError')],
  ['MAX_FRAME_SIZE of 2^24', '6.5.2', () => [frame(4, 0, 0, settingsPayload({ 5: 2 ** 24 }))], goaway('protocolError')],
  ['PUSH_PROMISE of a client', '8.4', () => [frame(5, 4, 1, [0, 0, 0, 2, 0x82])], goaway('protocolError')],
  ['PING on a stream', '6.7', () => [frame(6, 0, 1, Buffer.alloc(8))], goaway('protocolError')],
  ['PING of a wrong length', '6.7', () => [frame(6, 0, 0, Buffer.alloc(7))], goaway('frameSizeError')],
  ['GOAWAY on a stream', '6.8', () => [frame(7, 0, 1, Buffer.alloc(8))], goaway('protocolError')],
  ['GOAWAY that is too short', '6.8', () => [frame(7, 0, 0, Buffer.alloc(7))], goaway('frameSizeError')],
  ['WINDOW_UPDATE of a wrong length', '6.9', () => [frame(8, 0, 0, [0, 0, 1])], goaway('frameSizeError')],
  ['WINDOW_UPDATE of 0', '6.9', () => [frame(8, 0, 0, word(0))], goaway('protocolError')],
  [
    'WINDOW_UPDATE of 0 on a stream',
    '6.9',
    (p) => [p.headers(1, POST), frame(8, 0, 1, word(0))],
    reset(1, 'protocolError'),
  ],
  ['WINDOW_UPDATE on an idle stream', '6.9', () => [frame(8, 0, 1, word(1))], goaway('protocolError')],
  ['a connection window beyond 2^31-1', '6.9.1', () => [frame(8, 0, 0, word(2 ** 31 - 1))], goaway('flowControlError')],
  [
    'a stream window beyond 2^31-1',
    '6.9.1',
    (p) => [p.headers(1, POST), frame(8, 0, 1, word(2 ** 31 - 1))],
    reset(1, 'flowControlError'),
  ],
  [
    'a setting that makes a stream window too large',
    '6.9.2',
    (p) => [p.headers(1, POST), frame(8, 0, 1, word(2 ** 31 - 70_000)), frame(4, 0, 0, settingsPayload({ 4: 80_000 }))],
    goaway('flowControlError'),
  ],
  ['a frame that is too large', '4.2', () => [frame(6, 0, 0, Buffer.alloc(16_385))], goaway('frameSizeError')],
  ['PRIORITY_UPDATE on a stream', 'RFC 9218 7.1', () => [frame(16, 0, 1, Buffer.alloc(4))], goaway('protocolError')],
  [
    'a second HEADERS that does not end',
    '8.1',
    (p) => [p.headers(1, POST), p.headers(1, [['x', 'y']])],
    goaway('protocolError'),
  ],
  [
    'a pseudo-header in trailers',
    '8.1',
    (p) => [p.headers(1, POST), p.headers(1, [[':path', '/']], 5)],
    goaway('protocolError'),
  ],
];

const without = (name: string, ...more: readonly Pair[]): readonly Pair[] => [
  ...GET.filter(([each]) => each !== name),
  ...more,
];
const CONNECT: readonly Pair[] = [
  [':method', 'CONNECT'],
  [':authority', 'a:80'],
];

/** Heads that are malformed (RFC 9113 §8.2 and §8.3). */
const HEADS: ReadonlyArray<readonly [string, readonly Pair[]]> = [
  ['no :method', without(':method')],
  ['no :path', without(':path')],
  ['no :scheme', without(':scheme')],
  ['neither :authority nor host', without(':authority')],
  ['an empty host', without(':authority', ['host', ''])],
  ['an empty :path', without(':path', [':path', ''])],
  ['a :path without a slash', without(':path', [':path', 'x'])],
  ['a :path of * with GET', without(':path', [':path', '*'])],
  ['a fragment in :path', without(':path', [':path', '/a#b'])],
  ['a space in :path', without(':path', [':path', '/a b'])],
  ['a line end in :path', without(':path', [':path', '/a\r\nx: y'])],
  ['an empty :method', without(':method', [':method', ''])],
  ['a space in :method', without(':method', [':method', 'GET /x'])],
  ['user information in :authority', without(':authority', [':authority', 'user@a.example'])],
  ['a path in :authority', without(':authority', [':authority', 'a.example/x'])],
  ['a bad :scheme', without(':scheme', [':scheme', 'ht tp'])],
  [':status in a request', [...GET, [':status', '200']]],
  ['an unknown pseudo-header', [...GET, [':color', 'red']]],
  ['a pseudo-header twice', [...GET, [':path', '/']]],
  ['a pseudo-header behind a field', [[':method', 'GET'], ['x', 'y'], ...GET.slice(1)]],
  ['an upper-case name', [...GET, ['X-a', 'b']]],
  ['an empty name', [...GET, ['', 'b']]],
  ['a space in a name', [...GET, ['x a', 'b']]],
  ['a colon in a name', [...GET, ['x:a', 'b']]],
  ['NUL in a value', [...GET, ['x', 'a\0b']]],
  ['a line feed in a value', [...GET, ['x', 'a\nb']]],
  ['a carriage return in a value', [...GET, ['x', 'a\rb']]],
  ['a space before a value', [...GET, ['x', ' b']]],
  ['a tab behind a value', [...GET, ['x', 'b\t']]],
  ['connection', [...GET, ['connection', 'close']]],
  ['keep-alive', [...GET, ['keep-alive', '1']]],
  ['proxy-connection', [...GET, ['proxy-connection', 'close']]],
  ['transfer-encoding', [...GET, ['transfer-encoding', 'chunked']]],
  ['upgrade', [...GET, ['upgrade', 'websocket']]],
  ['te other than trailers', [...GET, ['te', 'gzip']]],
  ['te with more than trailers', [...GET, ['te', 'trailers, gzip']]],
  ['a host that differs', [...GET, ['host', 'b.example']]],
  ['two hosts', [...GET, ['host', 'a.example'], ['host', 'a.example']]],
  ['a content-length that is no number', [...GET, ['content-length', '+1']]],
  ['two content-lengths', [...GET, ['content-length', '0'], ['content-length', '0']]],
  ['a content-length without a body', [...GET, ['content-length', '3']]],
  ['CONNECT with :path', [...CONNECT, [':path', '/']]],
  ['CONNECT without :authority', CONNECT.slice(0, 1)],
  [':protocol without CONNECT', [...GET, [':protocol', 'websocket']]],
  [
    'extended CONNECT that was not allowed',
    [...without(':method', [':method', 'CONNECT']), [':protocol', 'websocket']],
  ],
];

describe('a server', () => {
  for (const [name, section, frames, answer] of FRAMES) {
    it(`answers ${name} (§${section})`, () => {
      const { peer, log } = greeted();
      peer.send(...frames(peer));
      assert.equal(answers(peer), answer);
      if (answer.startsWith('GOAWAY')) assert.ok(log.end !== undefined, 'the connection is open');
    });
  }

  for (const [name, pairs] of HEADS) {
    it(`refuses a head with ${name}`, () => {
      const strict = greeted();
      strict.peer.send(strict.peer.headers(1, pairs, 5));
      assert.equal(answers(strict.peer), goaway('protocolError'));
      assert.equal(strict.log.invalid.length, 1);
      assert.match(
        toldOf(strict.log),
        /^reset protocolError http2\.(invalid\.header\.field|violation\.of\.messaging\.rule)$/,
      );
      const lenient = greeted({ streamErrorOnInvalidMessage: true });
      lenient.peer.send(lenient.peer.headers(1, pairs, 5), lenient.peer.headers(3, GET, 5));
      assert.equal(answers(lenient.peer), reset(1, 'protocolError'));
      assert.deepEqual(lenient.log.invalid, [], 'the connection goes on');
      assert.equal(toldOf(lenient.log), toldOf(strict.log));
      assert.ok(lenient.log.exchanges[1]?.head !== undefined, 'the next request is served');
      assert.equal(lenient.parts.stats.rxMessagingError, 1);
    });
  }

  it('takes heads that only look odd', () => {
    const { peer, log } = greeted();
    const heads: Pair[][] = [
      [...without(':authority'), ['host', 'a.example']],
      [...GET, ['host', 'a.example']],
      [
        [':method', 'OPTIONS'],
        [':scheme', 'https'],
        [':path', '*'],
        [':authority', '[::1]:80'],
      ],
      [...CONNECT],
      [...GET, ['te', 'trailers'], ['x', '\xe9'], ['y', ''], ['expect', '100-continue']],
    ];
    peer.send(...heads.map((pairs, i) => peer.headers(i * 2 + 1, pairs, 5)));
    assert.equal(answers(peer), '');
    assert.deepEqual(
      log.exchanges.map(({ head }) => head?.authority),
      ['a.example', 'a.example', '[::1]:80', 'a:80', 'a.example'],
    );
    assert.equal(log.exchanges[4]?.head?.get('te'), 'trailers');
  });

  it('takes a content-length with CONNECT for what it is: nothing', () => {
    const { peer, log } = greeted();
    peer.send(peer.headers(1, [...CONNECT, ['content-length', '1']]), frame(0, 1, 1, Buffer.from('tunnel')));
    assert.deepEqual(log.exchanges[0]?.events, ['head CONNECT ', 'data 6 end']);
  });

  it('ignores what it does not know', () => {
    const { peer, log } = greeted();
    peer.send(frame(99, 255, 7, [1, 2]), frame(4, 0, 0, settingsPayload({ 77: 1 })), frame(10, 0, 0, [1]));
    assert.deepEqual(peer.seen(), ['SETTINGS/1@0']);
    assert.equal(log.end, undefined);
  });

  it('wants the preface and then SETTINGS', () => {
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.concat([HELLO.subarray(0, 24), frame(6, 0, 0, Buffer.alloc(8))]),
    ]) {
      const { peer, log } = serve();
      peer.send(bytes);
      assert.equal(answers(peer), goaway('protocolError'));
      assert.ok(log.end);
    }
    const split = serve();
    for (const byte of HELLO) split.peer.send(Buffer.from([byte]));
    assert.equal(answers(split.peer), '');
  });

  for (const [name, sent, text] of [
    ['more', ['abc', 'def'], 'head POST /,data 3,reset protocolError http2.violation.of.messaging.rule'],
    ['less', ['ab'], 'head POST /,reset protocolError http2.violation.of.messaging.rule'],
  ] as const) {
    it(`resets a request that has ${name} DATA than its content-length`, () => {
      const { peer, log } = greeted();
      peer.send(peer.headers(1, [...POST, ['content-length', '5']]));
      peer.send(...sent.map((part, i) => frame(0, i === sent.length - 1 ? 1 : 0, 1, Buffer.from(part))));
      assert.equal(answers(peer), reset(1, 'protocolError'));
      assert.equal(log.exchanges[0]?.events.join(), text);
    });
  }

  it('resets a stream whose DATA exceeds its window', () => {
    const { peer, log } = greeted({ initialStreamWindowSize: 65_535 });
    peer.send(peer.headers(1, POST));
    log.exchanges[0]?.stream.pause();
    peer.send(...[16_384, 16_384, 16_384, 16_383].map((length) => frame(0, 0, 1, Buffer.alloc(length))));
    assert.equal(answers(peer), '');
    peer.send(frame(0, 0, 1, [1]));
    assert.equal(answers(peer), reset(1, 'flowControlError'));
    assert.equal(log.exchanges[0]?.events.at(-1), 'reset protocolError http2.window_exceeded');
  });

  it('ends a connection whose DATA exceeds its window, though no stream does', () => {
    const { peer, log } = greeted({ initialStreamWindowSize: 65_535, initialConnectionWindowSize: 80_000 });
    for (const id of [1, 3]) {
      peer.send(peer.headers(id, POST));
      log.exchanges.at(-1)?.stream.pause();
      peer.send(...Array.from({ length: 3 }, () => frame(0, 0, id, Buffer.alloc(16_384))));
    }
    assert.equal(answers(peer), goaway('flowControlError'));
  });

  it('gives a window back only for what a stream that is not paused has taken', () => {
    const { peer, log } = greeted({ initialStreamWindowSize: 65_535, initialConnectionWindowSize: 65_535 });
    peer.send(peer.headers(1, POST));
    const stream = log.exchanges[0]!.stream;
    stream.pause();
    peer.send(...Array.from({ length: 3 }, () => frame(0, 0, 1, Buffer.alloc(16_384))));
    assert.deepEqual(peer.seen('WINDOW'), []);
    stream.resume();
    peer.send();
    assert.deepEqual(peer.seen('WINDOW'), ['WINDOW_UPDATE@0 49152', 'WINDOW_UPDATE@1 49152']);
  });

  it('forgives frames on a stream it has just reset', () => {
    const { peer, log, parts } = greeted();
    peer.send(peer.headers(1, POST));
    log.exchanges[0]?.stream.reset('cancel');
    peer.send(
      frame(0, 0, 1, [1, 2, 3]),
      frame(8, 0, 1, word(5)),
      peer.headers(1, [['x', 'y']], 5),
      frame(3, 0, 1, word(8)),
    );
    assert.equal(answers(peer), reset(1, 'cancel'));
    assert.equal(parts.stats.headersCbNoStream, 1);
    assert.equal(log.end, undefined);
    // The header table went on: a later request still decodes.
    peer.send(peer.headers(3, GET, 5));
    assert.equal(log.exchanges.length, 2);
  });

  it('refuses streams beyond its limit without hurting the others', () => {
    const { peer, log, parts } = greeted({ maxConcurrentStreams: 2 });
    peer.send(peer.headers(1, GET, 5), peer.headers(3, GET, 5), peer.headers(5, GET, 5));
    assert.equal(answers(peer), reset(5, 'refusedStream'));
    assert.equal(log.exchanges.length, 2);
    assert.equal(parts.stats.streamRefusedErrors, 1);
  });

  it('refuses lists and names by its limits', () => {
    const { peer, log, parts } = greeted({ maxHeaderListSize: 4096, maxHeaderFields: 20, underscores: 'reject' });
    peer.send(
      peer.headers(1, [...GET, ['x', 'y'.repeat(5000)]], 5),
      peer.headers(3, [...GET, ...Array.from({ length: 30 }, (_, i): Pair => [`x${i}`, ''])], 5),
      peer.headers(5, [...GET, ['a_b', 'c']], 5),
      peer.headers(7, GET, 5),
    );
    assert.equal(answers(peer), [1, 3, 5].map((id) => reset(id, 'internalError')).join(', '));
    assert.deepEqual(
      log.exchanges.slice(0, 3).map(({ events }) => events),
      ['header_list_size_too_large', 'too_many_headers', 'unexpected_underscore'].map((why) => [
        `reset overflow http2.${why}`,
      ]),
    );
    assert.deepEqual(log.invalid, [], 'the connection goes on');
    assert.equal(parts.stats.headerOverflow, 1);
    assert.equal(parts.stats.requestsRejectedWithUnderscoresInHeaders, 1);
    assert.ok(log.exchanges[3]?.head !== undefined, 'the next request is served');
  });

  it('drops names with underscores if told to', () => {
    const { peer, log, parts } = greeted({ underscores: 'drop' });
    peer.send(peer.headers(1, [...GET, ['a_b', 'c'], ['d', 'e']], 5));
    assert.equal(log.exchanges[0]?.head?.fieldCount, 1);
    assert.equal(parts.stats.droppedHeadersWithUnderscores, 1);
  });

  it('takes no stream behind its last GOAWAY', () => {
    const { peer, log, server } = greeted();
    peer.send(peer.headers(1, POST));
    server.drain();
    peer.send(peer.headers(3, POST), frame(0, 1, 3, [1]));
    assert.deepEqual(peer.seen('GOAWAY', 'RST'), ['GOAWAY last=1 code=0']);
    assert.equal(log.exchanges.length, 1);
    peer.send(frame(0, 1, 1, [1]));
    log.exchanges[0]?.stream.sendHead(ResponseFields.of(204), true);
    peer.send();
    assert.deepEqual(log.end, { details: '', isRemote: false });
  });
});

const OK: readonly Pair[] = [[':status', '200']];

/** Frames of a server behind its SETTINGS, answer, what the exchange hears; the client has sent one GET on stream 1. */
const RESPONSES: ReadonlyArray<readonly [string, (peer: RawPeer) => Buffer[], Answer, string]> = [
  ['PUSH_PROMISE', () => [frame(5, 4, 1, [0, 0, 0, 2, 0x88])], goaway('protocolError'), 'http2.push_refused'],
  ['ENABLE_PUSH of 1', () => [frame(4, 0, 0, settingsPayload({ 2: 1 }))], goaway('protocolError'), 'http2.bad_setting'],
  ['a stream nobody opened', (p) => [p.headers(3, OK)], goaway('protocolError'), 'http2.idle_stream'],
  ['an even stream', (p) => [p.headers(2, OK)], goaway('protocolError'), 'http2.idle_stream'],
  ['no :status', (p) => [p.headers(1, [['x', 'y']])], goaway('protocolError'), 'http2.violation.of.messaging.rule'],
  [
    'a :status of two digits',
    (p) => [p.headers(1, [[':status', '20']])],
    goaway('protocolError'),
    'http2.invalid.header.field',
  ],
  ['two :status', (p) => [p.headers(1, [...OK, ...OK])], goaway('protocolError'), 'http2.violation.of.messaging.rule'],
  [
    ':path in a response',
    (p) => [p.headers(1, [...OK, [':path', '/']])],
    goaway('protocolError'),
    'http2.invalid.header.field',
  ],
  [
    'status 101',
    (p) => [p.headers(1, [[':status', '101']])],
    goaway('protocolError'),
    'http2.violation.of.messaging.rule',
  ],
  [
    '100 that ends the stream',
    (p) => [p.headers(1, [[':status', '100']], 5)],
    goaway('protocolError'),
    'http2.violation.of.messaging.rule',
  ],
  ['DATA before the head', () => [frame(0, 0, 1, [1])], reset(1, 'protocolError'), 'http2.violation.of.messaging.rule'],
  ['DATA behind the end', (p) => [p.headers(1, OK, 5), frame(0, 0, 1, [1])], goaway('streamClosed'), ''],
  [
    'DATA that is too short',
    (p) => [p.headers(1, [...OK, ['content-length', '4']]), frame(0, 1, 1, [1])],
    reset(1, 'protocolError'),
    'http2.violation.of.messaging.rule',
  ],
  [
    'DATA with 204',
    (p) => [p.headers(1, [[':status', '204']]), frame(0, 1, 1, [1])],
    reset(1, 'protocolError'),
    'http2.violation.of.messaging.rule',
  ],
  [
    'connection',
    (p) => [p.headers(1, [...OK, ['connection', 'close']])],
    goaway('protocolError'),
    'http2.invalid.header.field',
  ],
  [
    '101 informational responses',
    (p) => Array.from({ length: 101 }, () => p.headers(1, [[':status', '103']])),
    reset(1, 'enhanceYourCalm'),
    'http2.too_many_informational',
  ],
];

function ask(given: Partial<Http2Options> = {}, method = 'GET') {
  const pipe = manualPipe();
  const log = new ClientLog();
  const parts = sessionParts(pipe.first, new FakeClock(), given);
  const client = new Http2Client({ ...parts, handler: log });
  client.start();
  const peer = new RawPeer(pipe.second, () => pipe.run());
  peer.send(frame(4, 0, 0));
  const exchange = new ClientExchange();
  const line = { method, scheme: 'http', path: '/', authority: 'a' };
  client.open(exchange).sendHead(RequestFields.of(line), true);
  pipe.run();
  peer.frames.length = 0;
  return { pipe, log, parts, client, peer, exchange };
}

describe('a client', () => {
  for (const [name, frames, answer, details] of RESPONSES) {
    it(`answers ${name}`, () => {
      const { peer, exchange, client } = ask();
      peer.send(...frames(peer));
      assert.equal(answers(peer), answer);
      if (details !== '') assert.equal(exchange.reset?.details, details);
      assert.equal(client.activeStreams, 0);
    });
  }

  it('takes an answer to HEAD with a content-length', () => {
    const { peer, exchange } = ask({}, 'HEAD');
    peer.send(peer.headers(1, [...OK, ['content-length', '1000']], 5));
    assert.deepEqual(exchange.events, ['head 200 end']);
  });

  it('learns from GOAWAY which requests may be sent again', () => {
    const { peer, client, exchange, log } = ask();
    const later = new ClientExchange();
    client.open(later).sendHead(RequestFields.of({ method: 'GET', scheme: 'http', path: '/', authority: 'a' }), true);
    peer.send(frame(7, 0, 0, Buffer.concat([word(1), word(0)])));
    assert.deepEqual(later.events, ['reset remoteRefused http2.goaway']);
    assert.deepEqual(exchange.events, []);
    assert.ok(log.events.includes('draining'));
    assert.equal(client.freeStreams, 0);
    peer.send(peer.headers(1, OK, 5));
    assert.deepEqual(exchange.events, ['head 200 end']);
    assert.deepEqual(log.end, { details: '', isRemote: false });
  });

  it('tells a stream that never left that the connection went away', () => {
    const { client, pipe, peer } = ask();
    const unsent = new ClientExchange();
    client.open(unsent);
    peer.stream.destroy(true);
    pipe.run();
    assert.deepEqual(unsent.events, ['reset connectionClosed reset']);
    assert.equal(client.activeStreams, 0);
  });
});

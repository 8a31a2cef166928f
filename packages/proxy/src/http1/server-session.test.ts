import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldHead } from '../http/field-head.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { fieldsText, type ServerExchange } from '../http2/testing-handlers.ts';
import { createHttp1Stats } from './stats.ts';
import { inTurn, sendText, serve } from './testing.ts';

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

describe('requests', () => {
  it('are answered one after the other on one connection', () => {
    const { ask, log, server } = serve({}, answerAtOnce);
    for (let i = 0; i < 3; i++) assert.equal(ask(GET), OK);
    assert.equal(log.exchanges.length, 3);
    assert.ok(server.isIdle);
    assert.equal(log.end, undefined);
  });

  it('may come many in one piece, and in as many pieces as there are bytes', () => {
    const chunked = `${POST}transfer-encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\nt: 1\r\n\r\n`;
    const text = `${GET}POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc\r\n${chunked}${GET}`;
    for (let size = 1; size <= text.length; size = size < 8 ? size + 1 : size * 2) {
      const { ask, log } = serve();
      const bodies: string[] = [];
      let answers = '';
      // An answer comes later than the next request: what is pipelined must wait.
      const answerLast = (): void => {
        const exchange = log.exchanges.at(-1);
        if (exchange?.isEnded !== true || bodies.length === log.exchanges.length) return;
        bodies.push(exchange.text);
        inTurn(() => answer(exchange));
      };
      for (let at = 0; at < text.length + 6 * size; at += size) {
        answers += ask(text.slice(at, at + size));
        answerLast();
      }
      assert.equal(answers, OK.repeat(4), `pieces of ${size}`);
      assert.deepEqual(bodies, ['', 'abc', 'xyz', '']);
      const heads = log.exchanges.map(({ events }) => events[0]);
      assert.deepEqual(heads, ['head GET / end', 'head POST /2', 'head POST /', 'head GET / end']);
      assert.equal(log.exchanges[2]!.events.at(-1), 'trailers t=1');
    }
  });

  it('behind one that is not answered yet wait, unread', () => {
    const { ask, log, last, pipe, run, peer } = serve();
    assert.equal(ask(GET + GET), '');
    assert.equal(log.exchanges.length, 1);
    assert.equal(ask(GET.repeat(1000)), '');
    assert.equal(pipe.second.bytesRead, 2 * GET.length, 'the connection is still read');
    inTurn(() => answer(last()));
    run();
    assert.equal(peer.take(), OK);
    assert.equal(log.exchanges.length, 2);
  });

  it('of a client that takes no answers are not read any more', () => {
    const stats = createHttp1Stats();
    const { ask, log, peer, run, pipe } = serve({ stats }, answerAtOnce, { highWaterMark: 65_536, wireCapacity: 0 });
    peer.stream.pause();
    const flood = GET.repeat(10_000);
    ask(flood);
    assert.ok(log.exchanges.length < 2500, `${log.exchanges.length} requests were answered`);
    assert.ok(pipe.second.pendingBytes < 70_000, `${pipe.second.pendingBytes} bytes wait`);
    assert.equal(stats.responseFlood, 1);
    peer.stream.resume();
    for (let i = 0; i < 20; i++) run();
    assert.equal(log.exchanges.length, 10_000);
    assert.equal(peer.received.length, OK.length * 10_000);
  });

  it('end the connection when they say so', () => {
    const { ask, peer, run } = serve({}, answerAtOnce);
    const text = ask(`GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n${GET}`);
    assert.equal(text, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    assert.ok(peer.hasEnded);
    peer.stream.end();
    run();
    assert.ok(peer.isClosed);
  });

  it('come by HTTP/1.0 with and without keep-alive', () => {
    const { ask, last, peer } = serve({}, answerAtOnce);
    assert.equal(
      ask('GET /0 HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n'),
      'HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok',
    );
    assert.equal(last().stream.protocol, 'HTTP/1.0');
    assert.equal(
      ask('GET /0 HTTP/1.0\r\nhost: a\r\n\r\n'),
      'HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok',
    );
    assert.ok(peer.hasEnded);
  });

  it('by HTTP/1.0 get bodies of unknown length until the connection ends', () => {
    const { ask, run, peer } = serve({}, ({ stream }) => {
      stream.sendInformational(ResponseFields.of(103));
      stream.sendHead(ResponseFields.of(200), false);
      sendText(stream, 'abc', false);
      stream.sendTrailers(FieldHead.fromPairs([['t', '1']]));
    });
    assert.equal(
      ask('GET / HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n'),
      'HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc',
    );
    run();
    assert.ok(peer.hasEnded);
  });

  it('may name their target as a URL, whose authority counts', () => {
    const { ask, last, log } = serve({}, answerAtOnce);
    ask('GET http://b:8080/x?y HTTP/1.1\r\nhost: a\r\n\r\n');
    assert.deepEqual([last().events[0], log.fields[0]], ['head GET /x?y end', '']);
    ask('OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n');
    assert.equal(log.exchanges[1]!.events[0], 'head OPTIONS * end');
  });

  it('are paused and resumed', () => {
    const { ask, last, run } = serve();
    ask(`${POST}content-length: 10\r\n\r\n12`);
    last().stream.pause();
    ask('345');
    assert.equal(last().text, '12');
    last().stream.resume();
    run();
    assert.equal(last().text, '12345');
  });
});

describe('responses', () => {
  const responses: readonly (readonly [string, (exchange: ServerExchange) => void, string, string?])[] = [
    [
      'of unknown length are chunked',
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200), false);
        sendText(stream, 'abc', false);
        sendText(stream, '', false);
        sendText(stream, 'x'.repeat(17), true);
      },
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n11\r\nxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n',
    ],
    [
      'may have trailers, but none that a receiver refuses',
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200), false);
        stream.sendTrailers(
          FieldHead.fromPairs([
            ['a', '1'],
            ['content-length', '5'],
            ['host', 'b'],
            ['b', '2'],
          ]),
        );
      },
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: 1\r\nb: 2\r\n\r\n',
    ],
    [
      'say that they are empty',
      ({ stream }) => stream.sendHead(ResponseFields.of(200), true),
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      '204 has no length',
      ({ stream }) => stream.sendHead(ResponseFields.of(204, [['content-length', '0']]), true),
      'HTTP/1.1 204 No Content\r\n\r\n',
    ],
    [
      '304 keeps the length of what it does not send',
      ({ stream }) => stream.sendHead(ResponseFields.of(304, [['content-length', '9']]), true),
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n',
    ],
    [
      'to HEAD have no body',
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200, [['content-length', '3']]), false);
        sendText(stream, 'abc', true);
      },
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n',
      'HEAD / HTTP/1.1\r\nhost: a\r\n\r\n',
    ],
    [
      'may be announced',
      ({ stream }) => {
        stream.sendInformational(
          ResponseFields.of(103, [
            ['link', '</a>'],
            ['content-length', '4'],
          ]),
        );
        stream.sendHead(ResponseFields.of(200), true);
      },
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'are framed by the codec alone',
      ({ stream }) => {
        const pairs = [
          ['transfer-encoding', 'gzip'],
          ['connection', 'x'],
          ['upgrade', 'y'],
          ['content-length', '0x10'],
          ['x', '1'],
        ] as const;
        const head = ResponseFields.of(
          200,
          pairs.filter(([name]) => name !== 'x'),
        );
        head.add('x', '1');
        stream.sendHead(head, false);
        sendText(stream, 'a', true);
      },
      'HTTP/1.1 200 OK\r\nx: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ],
    [
      'cannot be split by what their fields hold',
      ({ stream }) => stream.sendHead(ResponseFields.of(200, [['x', 'a\r\n\r\nHTTP/1.1 200 OK\r\n\0\x07']]), true),
      'HTTP/1.1 200 OK\r\nx: a    HTTP/1.1 200 OK    \r\ncontent-length: 0\r\n\r\n',
    ],
  ];
  for (const [name, act, expected, request = GET] of responses) {
    it(name, () => {
      const { ask, log } = serve({}, act);
      assert.equal(ask(request), expected);
      assert.equal(log.end, undefined);
      assert.equal(ask(request), expected, 'the connection does not go on');
    });
  }

  it('without trailers, if there are to be none', () => {
    const { ask } = serve({ hasTrailers: false }, ({ stream }, endStream) => {
      if (!endStream) return;
      stream.sendHead(ResponseFields.of(200), false);
      stream.sendTrailers(FieldHead.fromPairs([['t', '1']]));
    });
    assert.equal(ask(GET), 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n');
  });

  it('in capital letters', () => {
    const { ask } = serve({ nameCase: 'proper' }, ({ stream }) => {
      stream.sendHead(ResponseFields.of(200, [['x-envoy-3d_name', 'a:b']]), false);
      stream.sendTrailers(FieldHead.fromPairs([['grpc-status', '0']]));
    });
    assert.equal(
      ask(GET),
      'HTTP/1.1 200 OK\r\nX-Envoy-3d_Name: a:b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGrpc-Status: 0\r\n\r\n',
    );
  });

  const broken: readonly (readonly [string, (exchange: ServerExchange) => void])[] = [
    [
      'longer than it said',
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200, [['content-length', '1']]), false);
        assert.equal(sendText(stream, 'ab', false), false);
        sendText(stream, '', true);
      },
    ],
    [
      'shorter than it said',
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200, [['content-length', '3']]), false);
        sendText(stream, 'ab', true);
      },
    ],
    [
      'shorter than it said, with trailers',
      ({ stream }) => {
        stream.sendHead(ResponseFields.of(200, [['content-length', '3']]), false);
        stream.sendTrailers(FieldHead.fromPairs([['t', '1']]));
      },
    ],
    [
      'empty, though it says otherwise',
      ({ stream }) => stream.sendHead(ResponseFields.of(200, [['content-length', '3']]), true),
    ],
    ['a switch of protocols that nobody asked for', ({ stream }) => stream.sendHead(ResponseFields.of(101), false)],
  ];
  for (const [name, act] of broken) {
    it(`is broken: ${name}`, () => {
      const { ask, log, last, peer } = serve({}, act);
      const text = ask(GET + GET);
      assert.ok(!text.includes('ab') || !text.endsWith('\r\n\r\nab'), text);
      assert.deepEqual(last().reset, { kind: 'localReset', details: 'http1.invalid_response' });
      assert.equal(last().events.filter((event) => event.startsWith('reset')).length, 1);
      assert.equal(log.exchanges.length, 1);
      assert.ok(peer.hasEnded || peer.isClosed);
      assert.ok(log.end !== undefined);
    });
  }

  it('before the request is complete end the connection behind them', () => {
    const { ask, log, peer } = serve({}, (exchange) => answer(exchange));
    const text = ask(`${POST}content-length: 100\r\n\r\nhalf`);
    assert.equal(text, OK);
    assert.ok(peer.hasEnded);
    assert.equal(ask(`${'x'.repeat(96)}${GET}`), '');
    assert.equal(log.exchanges.length, 1);
  });

  it('tell an early close where they can', () => {
    const { ask } = serve({}, ({ stream }) => stream.sendHead(ResponseFields.of(413), true));
    assert.equal(
      ask(`${POST}content-length: 100\r\n\r\n`),
      'HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
    );
  });
});

describe('tunnels', () => {
  const UPGRADE =
    'GET /chat HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, upgrade\r\nupgrade: WebSocket, other\r\n\r\n';

  it('begin with 101; what the client sent early is theirs', () => {
    const { ask, last, log, run, peer } = serve();
    assert.equal(ask(`${UPGRADE}early`), '');
    assert.deepEqual(
      [last().head?.protocol, last().events, log.fields[0]],
      ['websocket, other', ['head GET /chat'], ''],
    );
    inTurn(() => last().stream.sendHead(ResponseFields.of(101), false));
    run();
    assert.equal(
      peer.take(),
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket, other\r\n\r\n',
    );
    assert.equal(last().text, 'early');
    inTurn(() => sendText(last().stream, GET, false));
    run();
    assert.equal(ask(GET), GET);
    assert.equal(last().text, `early${GET}`);
  });

  it('end one direction at a time', () => {
    const { ask, last, log, run, peer } = serve();
    ask('CONNECT b:1 HTTP/1.1\r\nhost: b\r\ncontent-length: 0\r\n\r\n');
    inTurn(() => last().stream.sendHead(ResponseFields.of(200, [['content-length', '5']]), false));
    run();
    assert.equal(peer.take(), 'HTTP/1.1 200 OK\r\n\r\n');
    peer.stream.end();
    run();
    assert.ok(last().isEnded);
    inTurn(() => sendText(last().stream, 'late', true));
    run();
    assert.equal(peer.take(), 'late');
    assert.ok(peer.isClosed);
    assert.deepEqual([last().reset, log.end?.details], [undefined, '']);
  });

  it('of which the server ends first', () => {
    const { ask, last, run, peer } = serve();
    ask('CONNECT b:1 HTTP/1.1\r\nhost: b\r\n\r\n');
    inTurn(() => {
      last().stream.sendHead(ResponseFields.of(200), false);
      sendText(last().stream, 'bye', true);
    });
    run();
    assert.ok(peer.hasEnded);
    ask('more');
    peer.stream.end();
    run();
    assert.deepEqual([last().text, last().isEnded, peer.isClosed], ['more', true, true]);
  });

  it('are refused: what came behind is no request', () => {
    const { ask, last, log, run, peer } = serve();
    ask(UPGRADE + GET);
    inTurn(() => answer(last()));
    run();
    assert.equal(peer.take(), OK.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
    assert.equal(log.exchanges.length, 1);
  });

  it('by CONNECT are refused: what came behind is no request', () => {
    const { ask, last, log, run, peer } = serve();
    ask(`CONNECT b:1 HTTP/1.1\r\nhost: b\r\n\r\n${GET}`);
    inTurn(() => last().stream.sendHead(ResponseFields.of(403), true));
    run();
    assert.equal(peer.take(), 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    assert.equal(log.exchanges.length, 1);
  });

  for (const request of [
    `${POST}connection: upgrade\r\nupgrade: x\r\ncontent-length: 3\r\n\r\nabc`,
    `${POST}connection: upgrade\r\nupgrade: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    'GET / HTTP/1.0\r\nhost: a\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'CONNECT b:1 HTTP/1.1\r\nhost: b\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nupgrade: x\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n\r\n',
  ]) {
    it(`are not asked for by ${JSON.stringify(request.slice(0, 80))}`, () => {
      const { ask, last } = serve();
      ask(request);
      assert.equal(last().head?.protocol, '');
    });
  }
});

describe('bodies that are not valid', () => {
  const bodies: readonly (readonly [string, string])[] = [
    ['invalidChunkSize', 'g\r\n'],
    ['invalidChunkSize', '-1\r\n'],
    ['invalidChunkSize', '0x3\r\n'],
    ['invalidChunkSize', '3 \r\n'],
    ['bareLf', '3\nabc\n'],
    ['chunkSizeOverflow', 'fffffffffffffffff\r\n'],
    ['chunkNotTerminated', '3\r\nabcd\r\n'],
    ['invalidChunkExtension', '3;\0\r\n'],
    ['forbiddenTrailer', '0\r\ncontent-length: 3\r\n\r\n'],
    ['bareCr', '0\r\n\rx'],
  ];
  for (const [name, body] of bodies) {
    it(`${name}: ${JSON.stringify(body)}`, () => {
      const { ask, log, last, peer } = serve();
      const text = ask(`${POST}transfer-encoding: chunked\r\n\r\n${body}${GET}`);
      assert.deepEqual(last().reset, { kind: 'protocolError', details: `http1.${name}` });
      assert.deepEqual([log.invalid, log.exchanges.length], [[`http1.${name}`], 1]);
      assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n.*connection: close\r\n\r\n$/s);
      assert.ok(peer.hasEnded);
    });
  }

  it('cut a response off that has begun', () => {
    const { ask, last, peer } = serve({}, ({ stream }) => {
      stream.sendHead(ResponseFields.of(200), false);
      sendText(stream, 'half', false);
    });
    ask(`${POST}transfer-encoding: chunked\r\n\r\ng\r\n`);
    assert.equal(last().reset?.kind, 'protocolError');
    assert.ok(!peer.received.includes('400'));
    assert.ok(peer.hasEnded || peer.isClosed);
  });

  it('has trailers with underscores refused', () => {
    const { ask, last } = serve({ underscores: 'reject' });
    ask(`${POST}transfer-encoding: chunked\r\n\r\n0\r\nt_t: 1\r\n\r\n`);
    assert.deepEqual(last().reset, { kind: 'protocolError', details: 'http1.unexpected_underscore' });
  });
});

describe('heads in the pool', () => {
  it('are not mixed up when they are kept', () => {
    const kept: { text: string; expected: string; release: () => void }[] = [];
    const { ask, heads } = serve({}, (exchange) => {
      const head = exchange.head!;
      head.retain();
      head.set('x-seen', String(kept.length));
      kept.push({
        get text() {
          return `${head.path} ${fieldsText(head)}`;
        },
        expected: `/${kept.length} x=${kept.length} x-seen=${kept.length}`,
        release: () => head.release(),
      });
      answer(exchange);
    });
    for (let i = 0; i < 5; i++) ask(`GET /${i} HTTP/1.1\r\nhost: a\r\nx: ${i}\r\n\r\n`);
    for (const { text, expected } of kept) assert.equal(text, expected);
    for (const { release } of kept) release();
    assert.equal(heads.unusedCount, 5);
    assert.throws(() => kept[0]!.release(), /released twice/);
    ask('GET /6 HTTP/1.1\r\nhost: a\r\n\r\n');
    assert.equal(heads.unusedCount, 4);
    assert.equal(kept.at(-1)!.text, '/6 x-seen=5', 'something of an earlier request is left');
  });
});

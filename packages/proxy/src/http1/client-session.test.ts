import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClientStream } from '../http/codec.ts';
import { FieldHead } from '../http/field-head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ClientExchange } from '../http2/testing-handlers.ts';
import { connected, inTurn, sendText } from './testing.ts';

const GET = RequestFields.of({ method: 'GET', path: '/', authority: 'a', scheme: 'http' });
const GET_TEXT = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const POST = { method: 'POST', path: '/', authority: 'a', scheme: 'http' } as const;

function post(pairs: Iterable<readonly [string, string]> = []): RequestFields {
  return RequestFields.of(POST, pairs);
}

describe('requests', () => {
  it('follow each other on one connection', () => {
    const { client, log, send, reply, peer } = connected();
    for (let i = 1; i <= 3; i++) {
      assert.deepEqual([client.freeStreams, client.activeStreams], [1, 0]);
      const exchange = send(GET);
      assert.equal(peer.take(), GET_TEXT);
      assert.deepEqual([client.freeStreams, client.activeStreams], [0, 1]);
      reply(OK);
      assert.deepEqual(exchange.events, ['head 200', 'data 2 end']);
      assert.equal(log.events.length, i);
    }
  });

  it('of known and unknown length', () => {
    const { send, reply, peer, run } = connected();
    const known = send(post([['content-length', '3']]), false);
    inTurn(() => sendText(known.stream!, 'abc', true));
    run();
    assert.equal(peer.take(), 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc');
    reply(OK);
    const unknown = send(post(), false);
    inTurn(() => {
      sendText(unknown.stream!, 'abc', false);
      unknown.stream!.sendTrailers(
        FieldHead.fromPairs([
          ['t', '1'],
          ['te', 'x'],
        ]),
      );
    });
    run();
    assert.equal(
      peer.take(),
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nt: 1\r\n\r\n',
    );
    reply(OK);
    send(post());
    assert.equal(peer.take(), 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n');
  });

  it('never carry two framings, nor another host', () => {
    const { send, peer } = connected();
    const head = post([
      ['transfer-encoding', 'gzip'],
      ['content-length', '5, 5'],
      ['connection', 'x'],
      ['keep-alive', '1'],
      ['proxy-connection', 'x'],
      ['http2-settings', 'x'],
      ['x', '1'],
    ]);
    send(head, false);
    assert.equal(peer.take(), 'POST / HTTP/1.1\r\nhost: a\r\nx: 1\r\ntransfer-encoding: chunked\r\n\r\n');
  });

  it('in capital letters', () => {
    const { send, peer } = connected({ nameCase: 'proper' });
    send(RequestFields.of(POST, [['x-a', 'b-c']]), false);
    assert.equal(peer.take(), 'POST / HTTP/1.1\r\nHost: a\r\nX-A: b-c\r\nTransfer-Encoding: chunked\r\n\r\n');
  });

  const unfit: readonly (readonly [string, Partial<Parameters<typeof RequestFields.of>[0]>])[] = [
    ['a line end in the method', { method: 'GET / HTTP/1.1\r\nx: y\r\n\r\nGET' }],
    ['a space in the method', { method: 'GET /x' }],
    ['no method', { method: '' }],
    ['a path that is none', { path: 'admin' }],
    ['a whole URL for a path', { path: 'http://b/' }],
    ['no path', { path: '' }],
    ['an asterisk', { path: '*' }],
    ['a fragment', { path: '/a#b' }],
    ['a slash in the host', { authority: 'a/b' }],
    ['a user in the host', { authority: 'a@b' }],
    ['a line end in the host', { authority: 'a\r\nx: y' }],
    ['CONNECT with a path', { method: 'CONNECT', authority: 'a:1' }],
    ['CONNECT without a port', { method: 'CONNECT', path: '' }],
  ];
  for (const [name, part] of unfit) {
    it(`are not sent with ${name}`, () => {
      const { send, peer, log } = connected();
      const exchange = send(RequestFields.of({ ...POST, ...part }));
      assert.equal(peer.received, '');
      assert.deepEqual(exchange.events, ['reset localReset http1.invalid_request']);
      assert.ok(log.end !== undefined);
    });
  }

  const broken: readonly (readonly [string, (stream: ClientStream) => void])[] = [
    ['longer than they said', (stream) => sendText(stream, 'abcd', false)],
    ['shorter than they said', (stream) => sendText(stream, 'ab', true)],
    ['shorter than they said, with trailers', (stream) => stream.sendTrailers(FieldHead.fromPairs([]))],
  ];
  for (const [name, act] of broken) {
    it(`are broken: ${name}`, () => {
      const { send, run, log, reply } = connected();
      const exchange = send(post([['content-length', '3']]), false);
      inTurn(() => act(exchange.stream!));
      run();
      reply(OK);
      assert.deepEqual(exchange.events, ['reset localReset http1.invalid_request']);
      assert.deepEqual(log.end, { details: '', isRemote: false });
    });
  }

  it('are empty though they say otherwise', () => {
    const { send, peer } = connected();
    assert.deepEqual(send(post([['content-length', '3']])).events, ['reset localReset http1.invalid_request']);
    assert.equal(peer.received, '');
  });
});

describe('responses', () => {
  const responses: readonly (readonly [string, string, readonly string[]])[] = [
    ['a length', OK, ['head 200', 'data 2 end']],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      ['head 200', 'data 2', 'data 0 end'],
    ],
    [
      'trailers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nt: 1\r\n\r\n',
      ['head 200', 'trailers t=1'],
    ],
    ['nothing', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ['head 200 end']],
    ['204', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n', ['head 204 end']],
    ['304', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n', ['head 304 end']],
    ['no reason', 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', ['head 200 end']],
    [
      'announcements',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`,
      ['informational 100 ', 'informational 103 link=x', 'head 200', 'data 2 end'],
    ],
    [
      'HTTP/1.0 that keeps the connection',
      `HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok`,
      ['head 200', 'data 2 end'],
    ],
  ];
  for (const [name, text, events] of responses) {
    it(`with ${name} leave the connection for the next, in pieces of every size`, () => {
      for (let size = 1; size <= text.length; size = size < 8 ? size + 1 : size * 2) {
        const { client, send, reply, log, heads } = connected();
        const exchange = send(GET);
        for (let at = 0; at < text.length; at += size) {
          assert.equal(log.events.length, 0);
          reply(text.slice(at, at + size));
        }
        const seen = exchange.events.filter((event) => !/^data \d+$/.test(event));
        const expected = events.filter((event) => !/^data \d+$/.test(event));
        assert.deepEqual(
          seen.map((event) => event.replace(/data \d end/, 'data end')),
          expected.map((event) => event.replace(/data \d end/, 'data end')),
        );
        assert.ok(events.join().includes('data 2') ? exchange.text === 'ok' : exchange.text === '');
        assert.deepEqual([log.events, client.freeStreams, heads.unusedCount], [['available'], 1, 1]);
      }
    });
  }

  it('to HEAD have no body', () => {
    const { client, send, reply } = connected();
    const exchange = send(RequestFields.of({ ...POST, method: 'HEAD' }));
    reply('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    assert.deepEqual(exchange.events, ['head 200 end']);
    assert.equal(client.freeStreams, 1);
  });

  it('that end with the connection', () => {
    const { send, reply, peer, run, log } = connected();
    const exchange = send(GET);
    reply('HTTP/1.1 200 OK\r\n\r\nabc');
    reply('def');
    assert.ok(!exchange.isEnded);
    peer.stream.end();
    run();
    assert.deepEqual([exchange.text, exchange.isEnded, exchange.reset], ['abcdef', true, undefined]);
    assert.deepEqual([log.events, log.end?.details], [[], '']);
  });

  it('that say close, or are of HTTP/1.0, close', () => {
    for (const text of [
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok',
      'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok',
    ]) {
      const { send, reply, log, peer, client } = connected();
      const exchange = send(GET);
      reply(text);
      assert.deepEqual([exchange.text, exchange.isEnded, exchange.reset], ['ok', true, undefined]);
      assert.deepEqual([log.events, client.freeStreams, peer.hasEnded || peer.isClosed], [[], 0, true]);
    }
  });

  it('may come before the request is complete: the connection is not used again', () => {
    const { client, send, reply, run, log, peer } = connected();
    const exchange = send(post([['content-length', '4']]), false);
    reply(OK);
    assert.deepEqual([exchange.isEnded, client.freeStreams, log.end], [true, 0, undefined]);
    inTurn(() => sendText(exchange.stream!, 'abcd', true));
    run();
    assert.ok(log.end !== undefined && peer.hasEnded);
    assert.equal(exchange.reset, undefined);
  });

  it('are paused and resumed', () => {
    const { send, reply, run } = connected();
    const exchange = send(GET);
    reply('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab');
    exchange.stream!.pause();
    reply('cd');
    assert.equal(exchange.text, 'ab');
    exchange.stream!.resume();
    run();
    assert.deepEqual([exchange.text, exchange.isEnded], ['abcd', true]);
  });

  const refused: readonly (readonly [string, string])[] = [
    ['badVersion', 'hello\r\n\r\n'],
    ['invalidStatusLine', 'HTTP/1.1 099 X\r\n\r\n'],
    ['lengthAndTransferCoding', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['duplicateContentLength', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
    ['transferCodingInHttp10', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['unexpectedSwitch', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['tooManyInformational', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(33)],
    ['headTooLarge', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}`],
    ['tooManyFields', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(101)}\r\n`],
    ['invalidChunkSize', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n'],
    ['forbiddenTrailer', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 1\r\n\r\n'],
  ];
  for (const [name, text] of refused) {
    it(`are refused: ${name}`, () => {
      const { client, send, reply, log, heads } = connected();
      const exchange = send(GET);
      reply(text);
      assert.deepEqual(exchange.reset, { kind: 'protocolError', details: `http1.${name}` });
      assert.equal(exchange.events.filter((event) => event.startsWith('reset')).length, 1);
      assert.deepEqual([client.freeStreams, log.end?.isRemote, heads.unusedCount], [0, false, 1]);
    });
  }

  it('of which something is left over are an attack on the next request', () => {
    for (const text of [`${OK}${OK}`, `${OK}x`, `HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok`]) {
      const { client, send, reply, log } = connected();
      const [first, next] = [send(GET), new ClientExchange()];
      // Whoever waits for the connection takes it at once.
      log.onAvailable = () => client.open(next).sendHead(GET, true);
      reply(text);
      assert.ok(first.isEnded && first.reset === undefined);
      assert.deepEqual(next.events, [], 'one client has got the response of another');
      assert.deepEqual(log.end, { details: 'http1.unsolicited_bytes', isRemote: false, isProtocolError: true });
    }
  });

  it('that nobody asked for close an idle connection', () => {
    const { client, reply, log, peer } = connected();
    reply('HTTP/1.1 408 Request Timeout\r\n\r\n');
    assert.ok(log.end !== undefined && peer.hasEnded);
    assert.equal(client.freeStreams, 0);
  });
});

describe('upgrades and tunnels', () => {
  const websocket = () => RequestFields.of({ ...POST, method: 'GET', protocol: 'websocket' });
  const connect = () => RequestFields.of({ method: 'CONNECT', authority: 'b:1' });
  const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';

  for (const [name, head, request, agreed] of [
    ['an upgrade', websocket, 'GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n', SWITCH],
    [
      'an extended CONNECT',
      () => RequestFields.of({ ...POST, method: 'CONNECT', protocol: 'websocket' }),
      'GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
      SWITCH,
    ],
    ['CONNECT', connect, 'CONNECT b:1 HTTP/1.1\r\nhost: b:1\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'],
  ] as const) {
    it(`${name} sends nothing before the server agrees`, () => {
      const { send, reply, run, peer } = connected();
      const exchange = send(head(), false);
      assert.equal(peer.take(), request);
      assert.equal(sendText(exchange.stream!, 'early', false), false);
      run();
      assert.equal(peer.take(), '');
      reply(`${agreed}hello`);
      assert.equal(peer.take(), 'early');
      assert.deepEqual([exchange.text, exchange.drains], ['hello', 1]);
      inTurn(() => sendText(exchange.stream!, 'more', false));
      run();
      assert.equal(peer.take(), 'more');
    });

    it(`${name} is refused: what was for the tunnel is dropped`, () => {
      const { send, reply, run, peer, log } = connected();
      const exchange = send(head(), false);
      sendText(exchange.stream!, 'GET /admin HTTP/1.1\r\n\r\n', false);
      peer.take();
      reply('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
      assert.deepEqual([exchange.text, exchange.isEnded], ['no', true]);
      inTurn(() => sendText(exchange.stream!, 'GET /admin HTTP/1.1\r\n\r\n', true));
      run();
      assert.equal(peer.take(), '');
      assert.ok(peer.hasEnded && log.end !== undefined);
    });

    it(`${name} ends one direction at a time, and nothing is lost`, () => {
      for (const isServerFirst of [true, false]) {
        const { send, reply, run, peer, log } = connected();
        const exchange = send(head(), false);
        reply(agreed);
        peer.take();
        if (isServerFirst) {
          peer.stream.end();
          run();
          assert.ok(exchange.isEnded);
        }
        inTurn(() => sendText(exchange.stream!, 'last words', true));
        run();
        assert.equal(peer.take(), 'last words');
        assert.ok(peer.hasEnded);
        if (!isServerFirst) {
          reply('bye');
          peer.stream.end();
          run();
          assert.deepEqual([exchange.text, exchange.isEnded], ['bye', true]);
        }
        assert.equal(exchange.reset, undefined);
        assert.deepEqual(log.end, { details: '', isRemote: false });
      }
    });

    it(`${name} may end before the server agrees`, () => {
      const { send, reply, run, peer } = connected();
      const exchange = send(head(), false);
      sendText(exchange.stream!, 'all', true);
      run();
      assert.ok(!peer.hasEnded, 'a server might take the end for an abort');
      peer.take();
      reply(agreed);
      assert.equal(peer.take(), 'all');
      assert.ok(peer.hasEnded);
      peer.stream.end();
      run();
      assert.ok(exchange.isEnded);
    });
  }
});

describe('the end of a connection', () => {
  it('by the server, in every state', () => {
    for (const [said, details] of [
      ['', 'remote_close'],
      ['HTTP/1.1 2', 'remote_close'],
      ['HTTP/1.1 100 Continue\r\n\r\n', 'remote_close'],
      ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', 'remote_close'],
      ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n', 'remote_close'],
    ] as const) {
      for (const isAbrupt of [true, false]) {
        const { send, reply, run, peer, log, heads } = connected();
        const exchange = send(GET);
        reply(said);
        if (isAbrupt) peer.stream.destroy(true);
        else peer.stream.end();
        run();
        const expected = isAbrupt ? 'connection reset by peer' : details;
        assert.deepEqual(exchange.reset, { kind: 'connectionClosed', details: expected }, said);
        assert.ok(!exchange.isEnded);
        assert.deepEqual(log.end, { details: expected, isRemote: true });
        assert.ok(heads.unusedCount <= 1);
      }
    }
  });

  it('while it is idle', () => {
    const { send, reply, peer, run, log, client } = connected();
    send(GET);
    reply(OK);
    peer.stream.end();
    run();
    assert.deepEqual([log.end, client.freeStreams], [{ details: '', isRemote: true }, 0]);
  });

  it('of a response that ends with it, by a reset', () => {
    const { send, reply, peer, run } = connected();
    const exchange = send(GET);
    reply('HTTP/1.1 200 OK\r\n\r\nabc');
    peer.stream.destroy(true);
    run();
    assert.deepEqual([exchange.isEnded, exchange.reset?.kind], [false, 'connectionClosed']);
  });

  it('by the user: nothing is heard of the exchange any more', () => {
    const { send, run, peer, log } = connected();
    const exchange = send(GET);
    exchange.stream!.reset('cancel');
    run();
    assert.deepEqual([exchange.events, peer.hasEnded], [[], true]);
    assert.ok(log.end !== undefined);
  });

  it('a late reset does not touch the next exchange', () => {
    const { send, reply, client } = connected();
    const exchange = send(GET);
    reply(OK);
    exchange.stream!.reset('cancel');
    assert.equal(client.freeStreams, 1);
  });

  it('comes after drain() when the exchange is over', () => {
    const { client, send, reply, log } = connected();
    const exchange = send(GET);
    client.drain();
    assert.deepEqual([client.isDraining, client.freeStreams, log.end], [true, 0, undefined]);
    reply(OK);
    assert.ok(exchange.isEnded && log.end !== undefined);
    const idle = connected();
    idle.client.drain();
    idle.run();
    assert.ok(idle.log.end !== undefined);
  });
});

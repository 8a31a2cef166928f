/** What hostile peers send, in both roles: it is refused with a reason, or goes on as something that every parser reads alike. */
import assert from 'node:assert/strict';
import { createServer, METHODS, type RequestListener } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { safePath } from '../http/safe-text.ts';
import { MemoryPipe } from '../transport/memory-pipe.ts';
import { requestHeadPool } from './head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from './head-scan.ts';
import { Http1Server } from './server-session.ts';
import { connected, runTurn, SERVER_OPTIONS, serve, TextPeer } from './testing.ts';
import { Forwarder } from './testing-forwarder.ts';
import { parsePlain } from './testing-parser.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const HOST = 'host: a\r\n';

/** An upstream that answers every request which the plain parser finds whole. */
class PlainUpstream extends TextPeer {
  all = '';
  answered = 0;

  override onBytes(bytes: Buffer, start: number, end: number): void {
    this.all += bytes.toString('latin1', start, end);
    let whole = 0;
    try {
      whole = parsePlain(this.all, 'request').length;
    } catch {
      // What comes next completes it, or nothing does: the test looks at what is left.
      return;
    }
    for (; this.answered < whole; this.answered++) this.say(OK);
  }
}

function forward(pieces: readonly (string | Buffer)[]) {
  const [near, far] = [new MemoryPipe({ isManual: true }), new MemoryPipe({ isManual: true })];
  const upstream = new PlainUpstream(far.second);
  const forwarder = new Forwarder(far.first);
  const heads = requestHeadPool(DEFAULT_HEAD_LIMITS);
  const server = new Http1Server(near.second, forwarder, { ...SERVER_OPTIONS, heads });
  server.start();
  const peer = new TextPeer(near.first);
  const run = (): void => {
    for (let round = 0; round < 4; round++) for (const pipe of [near, far]) runTurn(pipe);
  };
  for (const piece of pieces) {
    peer.say(piece);
    run();
  }
  for (let i = 0; i < 10; i++) run();
  return { peer, upstream, forwarder, server, heads, run };
}

interface NodeRequest {
  readonly start: string;
  readonly body: string;
}

/** The requests that node:http finds in `text`. */
async function readByNode(text: string): Promise<NodeRequest[]> {
  const requests: NodeRequest[] = [];
  const take: RequestListener = (incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('latin1');
    incoming.on('data', (piece: string) => {
      body += piece;
    });
    incoming.on('end', () => {
      requests.push({ start: `${incoming.method} ${incoming.url}`, body });
      outgoing.end();
    });
  };
  const server = createServer(take);
  for (const event of ['checkContinue', 'checkExpectation']) server.on(event, take);
  server.on('clientError', (error) => requests.push({ start: `error ${error.message}`, body: '' }));
  const socket = new Duplex({
    read() {
      // Everything is pushed at once.
    },
    write(_bytes, _encoding, done) {
      done();
    },
  });
  const closed = new Promise((resolve) => {
    socket.on('close', resolve);
  });
  server.emit('connection', socket);
  socket.push(Buffer.from(text, 'latin1'));
  socket.push(null);
  await closed;
  return requests;
}

/** The whole requests at the beginning of what an upstream got. */
function wholePart(text: string): string {
  for (let end = text.length; end > 0; end--) {
    try {
      parsePlain(text.slice(0, end), 'request');
      return text.slice(0, end);
    } catch {
      // Not whole.
    }
  }
  return '';
}

const SMUGGLERS: readonly (readonly [string, string])[] = [
  [
    '400 http1.lengthAndTransferCoding',
    `POST / HTTP/1.1\r\n${HOST}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    '400 http1.lengthAndTransferCoding',
    `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n`,
  ],
  ['501 http1.unknownTransferCoding', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: xchunked\r\n\r\n`],
  ['501 http1.unknownTransferCoding', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: "chunked"\r\n\r\n`],
  ['400 http1.controlCharacter', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: \x0bchunked\r\n\r\n`],
  ['400 http1.whitespaceBeforeColon', `POST / HTTP/1.1\r\n${HOST}transfer-encoding : chunked\r\n\r\n`],
  ['400 http1.obsFold', `POST / HTTP/1.1\r\n${HOST}x: y\r\n transfer-encoding: chunked\r\n\r\n`],
  ['400 http1.chunkedNotFinal', `POST / HTTP/1.1\r\n${HOST}transfer-encoding:\r\n chunked\r\n\r\n`],
  ['400 http1.chunkedNotFinal', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked, chunked\r\n\r\n`],
  [
    '400 http1.chunkedNotFinal',
    `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n`,
  ],
  ['501 http1.unknownTransferCoding', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: identity\r\n\r\n`],
  ['501 http1.unsupportedTransferCoding', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: gzip, chunked\r\n\r\n`],
  ['400 http1.transferCodingInHttp10', `POST / HTTP/1.0\r\n${HOST}transfer-encoding: chunked\r\n\r\n`],
  ['400 http1.duplicateContentLength', `POST / HTTP/1.1\r\n${HOST}content-length: 4\r\ncontent-length: 5\r\n\r\n`],
  ['400 http1.invalidContentLength', `POST / HTTP/1.1\r\n${HOST}content-length: 4, 4\r\n\r\n`],
  ['400 http1.invalidContentLength', `POST / HTTP/1.1\r\n${HOST}content-length: +4\r\n\r\n`],
  ['400 http1.invalidContentLength', `POST / HTTP/1.1\r\n${HOST}content-length: 0x4\r\n\r\n`],
  ['400 http1.contentLengthOverflow', `POST / HTTP/1.1\r\n${HOST}content-length: 18446744073709551620\r\n\r\n`],
  ['400 http1.contentInConnect', `CONNECT a:1 HTTP/1.1\r\n${HOST}content-length: 4\r\n\r\nGET `],
  ['400 http1.bareLf', `GET / HTTP/1.1\n${HOST}\r\n`],
  ['400 http1.bareLf', `GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n`],
  ['400 http1.bareLf', `GET / HTTP/1.1\r\n${HOST}\n`],
  ['400 http1.bareCr', `GET / HTTP/1.1\r\n${HOST}x: a\rtransfer-encoding: chunked\r\n\r\n`],
  ['400 http1.controlCharacter', `GET / HTTP/1.1\r\n${HOST}x: a\0b\r\n\r\n`],
  ['400 http1.invalidName', `GET / HTTP/1.1\r\n${HOST}x(y: a\r\n\r\n`],
  ['400 http1.severalHosts', `GET / HTTP/1.1\r\n${HOST}host: b\r\n\r\n`],
  ['400 missing_host_header', 'GET / HTTP/1.1\r\nx: y\r\n\r\n'],
  ['400 http1.invalidHost', 'GET / HTTP/1.1\r\nhost: a/b\r\n\r\n'],
  ['400 http1.invalidTarget', `GET http://u@a/ HTTP/1.1\r\n${HOST}\r\n`],
  ['400 http1.invalidTarget', `GET x HTTP/1.1\r\n${HOST}\r\n`],
  ['400 http1.invalidTarget', `GET  / HTTP/1.1\r\n${HOST}\r\n`],
  ['400 http1.badVersion', `GET / HTTP/1.1 \r\n${HOST}\r\n`],
  ['426 low_version', `GET / HTTP/2.0\r\n${HOST}\r\n`],
  ['426 low_version', 'GET /\r\n'],
  ['400 http1.badVersion', `GET /a b HTTP/1.1\r\n${HOST}\r\n`],
  ['400 http1.connection_header_rejected', `GET / HTTP/1.1\r\n${HOST}connection: close, X-Forwarded-For\r\n\r\n`],
  ['400 http1.connection_header_rejected', `GET / HTTP/1.1\r\n${HOST}connection: host\r\n\r\n`],
  ['400 http1.connection_header_rejected', `GET / HTTP/1.1\r\n${HOST}connection: :path\r\n\r\n`],
  [
    '400 http1.connection_header_rejected',
    `GET / HTTP/1.1\r\n${HOST}connection: 0,1,2,3,4\r\nconnection: 5,6,7,8,9\r\n\r\n`,
  ],
  ['400 http1.leadingEmptyLines', `\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`],
];

describe('smuggling', () => {
  for (const [expected, text] of SMUGGLERS) {
    it(`${expected}: ${JSON.stringify(text)}`, () => {
      const { forwarder, upstream, peer } = forward([`${text}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`]);
      assert.deepEqual([forwarder.refusals, upstream.all, forwarder.requests], [[expected], '', 0]);
      assert.match(peer.received, new RegExp(`^HTTP/1.1 ${expected.slice(0, 3)} [^]*connection: close\r\n\r\n$`));
    });
  }

  it('by a body that ends elsewhere for a server that sees an upgrade', () => {
    const body = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
    for (const framing of [
      `content-length: ${body.length}\r\n\r\n${body}`,
      `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ]) {
      const { upstream, peer } = forward([
        `POST / HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\n${framing}`,
      ]);
      const requests = parsePlain(upstream.all, 'request');
      assert.deepEqual(
        requests.map((request) => request.body),
        [body],
      );
      assert.ok(!upstream.all.includes('upgrade'));
      assert.equal(peer.received, OK);
    }
  });
});

const VALID = [
  `GET /a?b HTTP/1.1\r\n${HOST}x-a: b\r\n\r\n`,
  `POST /p HTTP/1.1\r\n${HOST}content-length: 5\r\n\r\nhello`,
  `POST /c HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-t: 1\r\n\r\n`,
  `GET http://b.example/z HTTP/1.1\r\n${HOST}connection: keep-alive, x-a\r\nx-a: b\r\n\r\n`,
  `HEAD / HTTP/1.0\r\n${HOST}connection: keep-alive\r\n\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HOST}te: trailers\r\n\r\n`,
  `GET /u HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  `PUT /e HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 2\r\n\r\nok`,
] as const;

/** Pieces that have made parsers disagree. */
const SPICES = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '0',
  'chunked',
  'content-length: 1\r\n',
  'transfer-encoding: chunked\r\n',
  '\x0b',
  '\xff',
  '\r\n\r\n',
  'f'.repeat(16),
  '-',
  '+',
  '#',
];
const damage = fc.record({ kind: fc.nat(4), at: fc.nat(1000), length: fc.nat(6), spice: fc.constantFrom(...SPICES) });
const damages = fc.array(damage, { maxLength: 4 });
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(text: string, changes: readonly Damage[]): string {
  let out = text;
  for (const { kind, at, length, spice } of changes) {
    const place = at % (out.length + 1);
    const before = out.slice(0, place);
    if (kind === 0) out = before + spice + out.slice(place);
    else if (kind === 1) out = before + out.slice(place + length);
    else if (kind === 2) out = before + spice + out.slice(place + spice.length);
    else if (kind === 3) out = before + out.slice(place, place + 10 * length) + out.slice(place);
    else out = before + out.slice(place, place + 1).toUpperCase() + out.slice(place + 1);
  }
  return out;
}

function cut(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

describe('damaged requests', () => {
  const input = fc.tuple(
    fc.array(fc.constantFrom(...VALID), { minLength: 1, maxLength: 4 }),
    damages,
    fc.integer({ min: 1, max: 300 }),
  );

  it('are refused, or forwarded as requests that every parser reads alike', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(input, async ([requests, changes, size]) => {
        const { upstream, forwarder } = forward(cut(damaged(requests.join(''), changes), size));
        const whole = wholePart(upstream.all);
        const plain = parsePlain(whole, 'request').map(({ start, body }) => ({
          start: start.replace(/ HTTP\/1\.1$/, ''),
          body,
        }));
        // What is left over belongs to one request that has not ended.
        assert.ok(
          forwarder.forwarded <= plain.length + 1,
          `${forwarder.forwarded} requests, ${plain.length} of them whole`,
        );
        // Behind an upgrade node:http reads no more requests, and it knows few methods.
        const isForNode = parsePlain(whole, 'request').every(
          ({ start, fields }) => METHODS.includes(start.split(' ')[0]!) && !fields.some(([name]) => name === 'upgrade'),
        );
        if (!isForNode) return;
        compared++;
        assert.deepEqual(await readByNode(whole), plain);
      }),
      { numRuns: 300 },
    );
    assert.ok(compared > 100, `${compared} conversations were compared`);
  });

  it('mean the same however they are cut', () => {
    fc.assert(
      fc.property(input, ([requests, changes, size]) => {
        const text = damaged(requests.join(''), changes);
        const results = [cut(text, size), [text]].map((pieces) => {
          const { forwarder, upstream } = forward(pieces);
          return { refusals: forwarder.refusals, requests: parsePlain(wholePart(upstream.all), 'request') };
        });
        assert.deepEqual(results[0], results[1]);
      }),
      { numRuns: 150 },
    );
  });

  it('leave nothing behind when the client goes', () => {
    fc.assert(
      fc.property(input, fc.boolean(), ([requests, changes, size], isAbrupt) => {
        const { peer, forwarder, server, heads, run } = forward(cut(damaged(requests.join(''), changes), size));
        if (isAbrupt) peer.stream.destroy(true);
        else peer.stream.end();
        forwarder.client.close();
        run();
        server.close();
        run();
        assert.ok(forwarder.hasEnded);
        assert.deepEqual([server.activeStreams, forwarder.client.activeStreams], [0, 0]);
        assert.ok(heads.unusedCount <= 1 && forwarder.heads.unusedCount <= 1, 'one head serves a connection');
      }),
      { numRuns: 200 },
    );
  });
});

describe('damaged responses', () => {
  const RESPONSES = [
    OK,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-t: 1\r\n\r\n',
    `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`,
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.0 200 OK\r\n\r\nuntil the end',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n',
  ] as const;
  const GET = RequestFields.of({ method: 'GET', path: '/', authority: 'a', scheme: 'http' });

  it('end each exchange once, and give none the bytes of another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...RESPONSES), { minLength: 1, maxLength: 3 }),
        damages,
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        (responses, changes, size, isAbrupt) => {
          const { client, send, reply, peer, run, heads } = connected();
          const exchanges = [];
          for (const text of responses) {
            if (client.freeStreams === 0) break;
            exchanges.push(send(GET));
            for (const piece of cut(damaged(text, changes), size)) reply(piece);
          }
          if (isAbrupt) peer.stream.destroy(true);
          else peer.stream.end();
          run();
          for (const { isEnded, reset, events } of exchanges) {
            assert.equal(Number(isEnded) + Number(reset !== undefined), 1, events.join());
            assert.ok(events.filter((event) => /^head|^reset/.test(event)).length <= 2);
          }
          assert.equal(client.activeStreams, 0);
          assert.ok(heads.unusedCount <= 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('heads of other protocols', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\r', '\n', '\0', ' ', '/', ':', 'a', '#', '?', '%', '\u010d', '\x7f'),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  });

  it('never become another request than one, whatever is in them', () => {
    const method = fc.oneof(fc.constantFrom('GET', 'POST', 'CONNECT'), text);
    const path = fc.oneof(fc.constantFrom('/', '/a?b', ''), text);
    const authority = fc.oneof(fc.constantFrom('a', 'b:1'), text);
    const pairs = fc.array(fc.tuple(fc.constantFrom('x-a', 'content-length', 'transfer-encoding', 'x-b'), text), {
      maxLength: 4,
    });
    let sent = 0;
    fc.assert(
      fc.property(method, path, authority, pairs, (...[verb, target, host, fields]) => {
        const { send, peer } = connected();
        const exchange = send(
          RequestFields.of({ method: verb, path: target, authority: host, scheme: 'http' }, fields),
        );
        if (exchange.reset !== undefined) {
          assert.equal(peer.received, '');
          return;
        }
        sent++;
        assert.deepEqual(
          parsePlain(peer.received, 'request').map(({ start, body }) => [start, body]),
          [[`${verb} ${target === '' ? host : safePath(target)} HTTP/1.1`, '']],
        );
      }),
      { numRuns: 500, examples: [['-', '/\u010d', 'a', []]] },
    );
    assert.ok(sent > 20, `${sent} heads were fit to be sent`);
  });

  it('never become another response than one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('x-a', 'content-length', 'location', 'transfer-encoding'), text), {
          maxLength: 5,
        }),
        (pairs) => {
          const { ask, last } = serve({}, ({ stream }) => stream.sendHead(ResponseFields.of(200, pairs), true));
          const answer = ask('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
          if (last().reset !== undefined) return;
          assert.equal(parsePlain(answer, 'response').length, 1);
        },
      ),
      { numRuns: 300 },
    );
  });
});

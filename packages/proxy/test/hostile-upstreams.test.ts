/**
 * Upstreams that die at every step, lie about their messages, flood or say what nobody asked for: the client is answered or cut off, the log and
 * the counters say why, and the next request is served by a connection that nothing is left over on.
 */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ResponseFlag } from '@weft/engine';
import { eventuallyPasses, leakCheck, within } from '@weft/testkit';
import { CLIENT_PREFACE } from '../src/http2/frame.ts';
import { HpackEncoder, literalField } from '../src/http2/hpack/index.ts';
import { encodeBlock } from '../src/http2/hpack/testing.ts';
import { frame, plainFrames, settingsPayload, word } from '../src/http2/testing.ts';
import { httpServer, listen, type RawClient, rawClient, reply, request } from '../src/test-support/http-peers.ts';
import { startTestProxy, type TestProxy } from '../src/test-support/test-proxy.ts';

leakCheck();

const { upstreamConnectionTermination: UC, upstreamProtocolError: UPE, upstreamRemoteReset: UR } = ResponseFlag;
const GET = 'GET /bad HTTP/1.1\r\nhost: a\r\n\r\n';

/** A server at which every connection is handed to the test with the first request on it. */
async function rawServer(t: TestContext, onRequest: (socket: Socket, connection: number) => void): Promise<number> {
  let connections = 0;
  const server = createServer((socket) => {
    const connection = connections++;
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', () => onRequest(socket, connection));
  });
  return listen(t, server);
}

async function start(t: TestContext, port: number, protocol: 'http1' | 'http2' = 'http1'): Promise<TestProxy> {
  return startTestProxy(t, {
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          { match: { prefix: '/good' }, route: { cluster: 'good' } },
          { match: { prefix: '/' }, route: { cluster: 'bad' } },
        ],
      },
    ],
    clusters: { bad: { ports: [port], protocol }, good: { ports: [await httpServer(t, reply(200, 'fine'))] } },
  });
}

/** Somebody else is served, and nothing of the failed exchange is left. */
async function goesOn(proxy: TestProxy): Promise<void> {
  const { status, body } = await within('another answer', request(proxy.port, { path: '/good', agent: false }));
  assert.deepEqual([status, body], [200, 'fine']);
  await eventuallyPasses(() => {
    assert.equal(proxy.clusterStat('bad', 'upstream_rq_active'), 0);
    assert.equal(proxy.clusterStat('bad', 'upstream_cx_active'), 0);
  });
}

/** The client has an answer of the proxy, or was cut off. */
async function isAnswered(client: RawClient): Promise<void> {
  let hasEnded = false;
  void client.ended.then(() => {
    hasEnded = true;
  });
  await eventuallyPasses(() => assert.ok(hasEnded || /^HTTP\/1\.1 50[23] /.test(client.text())));
}

/** The line of the log for the bad request. */
function lineOf(proxy: TestProxy): readonly unknown[] {
  const line = proxy.log.find(({ path }) => path === '/bad');
  return [line?.code, line?.details, line?.flags];
}

const BEFORE = 'upstream_reset_before_response_started';
const AFTER = 'upstream_reset_after_response_started';
const HEAD = 'HTTP/1.1 200 OK\r\n';

describe('an upstream that dies', () => {
  /** What it says before, and what the log says: where no response has begun the client gets 503, otherwise it is cut off. */
  const deaths: Readonly<Record<string, string>> = {
    'without a word': '',
    'in the status line': 'HTTP/1.1 20',
    'in its head': `${HEAD}content-len`,
    'behind news': 'HTTP/1.1 103 Early Hints\r\n\r\n',
    'in its body': `${HEAD}content-length: 10\r\n\r\nabc`,
    'in a chunk': `${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nabc`,
    'in the size of a chunk': `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1`,
    'before the last chunk': `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    'in its trailers': `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-a: 1\r\n`,
  };
  for (const [name, said] of Object.entries(deaths)) {
    for (const how of ['closing', 'resetting'] as const) {
      it(`${name}, ${how}`, async (t) => {
        const port = await rawServer(t, (socket) => {
          if (how === 'closing') socket.end(said);
          else socket.write(said, () => socket.resetAndDestroy());
        });
        const proxy = await start(t, port);
        const client = rawClient(t, proxy.port, GET);
        await isAnswered(client);
        await goesOn(proxy);
        const isBegun = client.text().startsWith(HEAD);
        // With a reset the kernel may drop what was said before.
        if (how === 'closing') assert.equal(isBegun, said.includes('abc'));
        if (!isBegun) assert.deepEqual(lineOf(proxy), [503, `${BEFORE}{connection_termination}`, UC]);
        else if (how === 'resetting') assert.deepEqual(lineOf(proxy), [200, `${AFTER}{connection_termination}`, UC]);
        // A message that ends too early is none: Envoy says so too.
        else assert.deepEqual(lineOf(proxy), [200, `${AFTER}{protocol_error}`, UPE]);
        assert.doesNotMatch(client.text(), /\r\n0\r\n\r\n$/, 'it does not look complete');
      });
    }
  }
});

describe('an upstream that lies', () => {
  const lies: Readonly<Record<string, string>> = {
    'by another protocol': 'SSH-2.0-OpenSSH_9.9\r\n',
    'by two lengths': `${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`,
    'by a length and chunks': `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'by a coding nobody knows': `${HEAD}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'by a line that ends in LF': 'HTTP/1.1 200 OK\ncontent-length: 0\n\n',
    'by a folded line': `${HEAD}x-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n`,
    'by a switch that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n',
    'by a head without an end': `${HEAD}${'x-a: 1\r\n'.repeat(20_000)}`,
    'by a line without an end': `${HEAD}x-a: ${'1'.repeat(200_000)}`,
    'by news without an end': 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'.repeat(1000),
  };
  for (const [name, said] of Object.entries(lies)) {
    it(`${name}: 502`, async (t) => {
      const proxy = await start(t, await rawServer(t, (socket) => socket.write(said)));
      const client = rawClient(t, proxy.port, GET);
      await client.saw(/^HTTP\/1\.1 502 /);
      await goesOn(proxy);
      assert.deepEqual(lineOf(proxy), [502, `${BEFORE}{protocol_error}`, UPE]);
      assert.equal(proxy.clusterStat('bad', 'upstream_cx_protocol_error'), 1);
      assert.equal(proxy.clusterStat('bad', 'upstream_cx_http1_total'), 1);
    });
  }

  it('by a chunk that is none: the client is cut off', async (t) => {
    const said = `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n`;
    const proxy = await start(t, await rawServer(t, (socket) => socket.write(said)));
    const client = rawClient(t, proxy.port, GET);
    await within('the end', client.ended);
    await goesOn(proxy);
    assert.doesNotMatch(client.text(), /\r\n0\r\n\r\n$/, 'it does not look complete');
    assert.deepEqual(lineOf(proxy).slice(1), [`${AFTER}{protocol_error}`, UPE]);
    assert.equal(proxy.clusterStat('bad', 'upstream_cx_protocol_error'), 1);
  });
});

describe('an upstream that answers twice', () => {
  const FIRST = `${HEAD}content-length: 5\r\n\r\nfirst`;
  const EVIL = `${HEAD}content-length: 4\r\n\r\nevil`;
  for (const [name, say] of Object.entries({
    'at once': (socket: Socket) => socket.write(FIRST + EVIL),
    'later, on the idle connection': (socket: Socket) =>
      socket.write(FIRST, () => setImmediate(() => socket.write(EVIL))),
  })) {
    it(`${name}: nobody gets the second answer`, async (t) => {
      const port = await rawServer(t, (socket, connection) => {
        if (connection === 0) say(socket);
        else socket.write(`${HEAD}content-length: 4\r\n\r\ngood`);
      });
      const proxy = await start(t, port);
      const client = rawClient(t, proxy.port, GET);
      await client.saw(/first$/);
      await eventuallyPasses(() => assert.equal(proxy.clusterStat('bad', 'upstream_cx_protocol_error'), 1));
      client.socket.write(GET);
      await client.saw(/good$/);
      assert.doesNotMatch(client.text(), /evil/);
      assert.deepEqual(
        proxy.log.map(({ code, flags }) => [code, flags]),
        [
          [200, 0],
          [200, 0],
        ],
      );
    });
  }
});

/** A server of HTTP/2 that greets, then does as told for every request. */
async function rawHttp2Server(t: TestContext, onRequest: (socket: Socket, id: number) => void): Promise<number> {
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.write(frame(4, 0, 0, settingsPayload({})));
    let held: Buffer = Buffer.alloc(0);
    let isGreeted = false;
    socket.on('data', (piece: Buffer) => {
      held = Buffer.concat([held, piece]);
      if (!isGreeted && held.length >= CLIENT_PREFACE.length) {
        isGreeted = true;
        held = held.subarray(CLIENT_PREFACE.length);
      }
      if (!isGreeted) return;
      const { frames, rest } = plainFrames(held);
      held = rest;
      for (const { type, id } of frames) if (type === 1) onRequest(socket, id);
    });
  });
  return listen(t, server);
}

function headOf(id: number): Buffer {
  const encoder = new HpackEncoder({ huffman: 'never' });
  return frame(1, 4, id, encodeBlock(encoder, [literalField(':status', '200')]));
}

describe('an upstream over HTTP/2', () => {
  const acts: Readonly<
    Record<string, { readonly frames: (id: number) => Buffer[]; readonly line: readonly unknown[]; isError?: true }>
  > = {
    'that resets a stream in its body': {
      frames: (id) => [headOf(id), frame(0, 0, id, Buffer.from('abc')), frame(3, 0, id, word(2))],
      line: [200, `${AFTER}{remote_reset}`, UR],
    },
    'that sends DATA before a head': {
      frames: (id) => [frame(0, 1, id, Buffer.from('abc'))],
      line: [502, `${BEFORE}{protocol_error}`, UPE],
    },
    'that pushes': {
      frames: (id) => [frame(5, 4, id, Buffer.concat([word(2), Buffer.from([0x82])]))],
      line: [502, `${BEFORE}{protocol_error}`, UPE],
      isError: true,
    },
    'that breaks the compression': {
      frames: (id) => [frame(1, 4, id, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
      line: [502, `${BEFORE}{protocol_error}`, UPE],
      isError: true,
    },
  };
  for (const [name, { frames, line, isError }] of Object.entries(acts)) {
    it(name, async (t) => {
      const port = await rawHttp2Server(t, (socket, id) => socket.write(Buffer.concat(frames(id))));
      const proxy = await start(t, port, 'http2');
      const client = rawClient(t, proxy.port, GET);
      await isAnswered(client);
      await eventuallyPasses(() => assert.deepEqual(lineOf(proxy), line));
      assert.equal(proxy.clusterStat('bad', 'upstream_cx_http2_total'), 1);
      await eventuallyPasses(() =>
        assert.equal(proxy.clusterStat('bad', 'upstream_cx_protocol_error'), isError === true ? 1 : 0),
      );
      assert.equal(proxy.clusterStat('bad', 'upstream_rq_active'), 0);
    });
  }

  it('that breaks one stream does not touch the others', async (t) => {
    const waiting: (() => void)[] = [];
    let count = 0;
    const port = await rawHttp2Server(t, (socket, id) => {
      count += 1;
      if (count === 2) socket.write(frame(3, 0, id, word(1)));
      else waiting.push(() => socket.write(Buffer.concat([headOf(id), frame(0, 1, id, Buffer.from(`kept ${id}`))])));
    });
    const proxy = await start(t, port, 'http2');
    const first = rawClient(t, proxy.port, GET);
    await eventuallyPasses(() => assert.equal(waiting.length, 1));
    const second = rawClient(t, proxy.port, GET);
    await second.saw(/^HTTP\/1\.1 503 /);
    const third = rawClient(t, proxy.port, GET);
    await eventuallyPasses(() => assert.equal(waiting.length, 2));
    for (const answer of waiting) answer();
    await first.saw(/kept 1/);
    await third.saw(/kept 5/);
    assert.equal(proxy.clusterStat('bad', 'upstream_cx_total'), 1);
  });
});

/**
 * Clients that flood, starve or mislead the proxy, over real connections: they are cut off by the right name in the log, nothing of theirs stays,
 * what they can make the proxy hold is bounded, and everybody else is served.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ResponseFlag } from '@weft/engine';
import { eventuallyPasses, leakCheck, within } from '@weft/testkit';
import { ErrorCode } from '../src/http2/error-code.ts';
import { frame, GET, type RawPeer, settingsPayload, word } from '../src/http2/testing.ts';
import { httpServer, rawClient, request } from '../src/test-support/http-peers.ts';
import { http2Peer } from '../src/test-support/http2-peer.ts';
import { MANAGER_RUNTIME } from '../src/test-support/manager-runtime.ts';
import { startTestProxy, type TestProxy, type TestProxyOptions } from '../src/test-support/test-proxy.ts';

leakCheck();

const MEGABYTE = 1024 * 1024;
/** What the kernel and the proxy may keep together of a response on its way; the kernel's part can be over ten megabytes. */
const MOST_ON_THE_WAY = 40 * MEGABYTE;
const END_STREAM = 5;
const HANGING = GET.map(([name, value]) => [name, name === ':path' ? '/hang' : value] as const);

interface Started {
  readonly proxy: TestProxy;
  /** Requests at the upstream that have no answer. */
  readonly hanging: Set<ServerResponse>;
  /** Bytes of bodies that the upstream has handed to its sockets. */
  readonly sentBytes: () => number;
}

/** A proxy whose upstream answers, never answers (`/hang`), or answers with so many megabytes (`/mb/100`). */
async function start(t: TestContext, manager: TestProxyOptions['manager'] = {}): Promise<Started> {
  const hanging = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    sockets.add(incoming.socket);
    const { url = '' } = incoming;
    if (url === '/hang') {
      hanging.add(outgoing);
      outgoing.on('close', () => hanging.delete(outgoing));
    } else if (url.startsWith('/mb/')) sendMegabytes(outgoing, Number(url.slice(4)));
    else outgoing.end('fine');
  };
  const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await httpServer(t, handle)] } }, manager });
  return { proxy, hanging, sentBytes: () => [...sockets].reduce((sum, each) => sum + each.bytesWritten, 0) };
}

function sendMegabytes(outgoing: ServerResponse, count: number): void {
  outgoing.on('error', () => undefined);
  outgoing.setHeader('content-length', count * MEGABYTE);
  let left = count;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!outgoing.write(Buffer.alloc(MEGABYTE, left))) return;
    }
    outgoing.end();
  };
  outgoing.on('drain', more);
  more();
}

async function isServed(port: number): Promise<void> {
  const { status, body } = await within('the answer to somebody else', request(port, { path: '/', agent: false }));
  assert.deepEqual([status, body], [200, 'fine']);
}

/** Nothing is under way any more, neither here nor at the upstream. */
async function isForgotten({ proxy, hanging }: Started): Promise<void> {
  await eventuallyPasses(() => {
    assert.equal(proxy.manager.connectionCount, 0);
    assert.equal(proxy.stat('http.test.downstream_rq_active'), 0);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 0);
    assert.equal(hanging.size, 0);
  });
}

/** Sends one after the other until the proxy ends the connection with this error. */
async function flood(peer: RawPeer, next: (i: number) => Buffer, code: keyof typeof ErrorCode): Promise<void> {
  let goaway: string | undefined;
  for (let i = 0; i < 400 && goaway === undefined && !peer.isClosed; i++) {
    peer.send(...Array.from({ length: 100 }, (_, j) => next(i * 100 + j)));
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    goaway = peer.seen('GOAWAY')[0];
  }
  await eventuallyPasses(() => {
    goaway ??= peer.seen('GOAWAY')[0];
    assert.match(goaway ?? '', new RegExp(`code=${ErrorCode[code]}$`));
  });
}

describe('a flood over HTTP/2', () => {
  const PING = frame(6, 0, 0, Buffer.alloc(8));
  const floods: readonly (readonly [details: string, next: (i: number) => Buffer, counter?: string])[] = [
    ['settings_flood', () => frame(4, 0, 0, settingsPayload({ 3: 100 }))],
    ['priority_flood', () => frame(2, 0, 3, Buffer.from([0, 0, 0, 0, 16])), 'inbound_priority_frames_flood'],
    ['window_update_flood', () => frame(8, 0, 0, word(1)), 'inbound_window_update_frames_flood'],
    ['empty_data_flood', () => frame(0, 0, 3), 'inbound_empty_frames_flood'],
  ];
  for (const [details, next, counter] of floods) {
    it(`of ${details} is cut off, and the log says why`, async (t) => {
      const started = await start(t);
      const { proxy, hanging } = started;
      const peer = await http2Peer(t, proxy.port);
      const post = GET.map(([name, value]) => [name, name === ':method' ? 'POST' : value] as const);
      peer.send(peer.headers(1, HANGING, END_STREAM), peer.headers(3, post));
      await eventuallyPasses(() => assert.equal(hanging.size, 1));
      await flood(peer, next, 'enhanceYourCalm');
      await isServed(proxy.port);
      peer.stream.destroy();
      await isForgotten(started);
      const hung = proxy.log.find(({ path }) => path === '/hang');
      assert.deepEqual([hung?.details, hung?.flags], [`http2.${details}`, ResponseFlag.downstreamProtocolError]);
      if (counter !== undefined) assert.equal(proxy.stat(`http2.${counter}`), 1);
    });
  }

  it('of pings whose answers nobody reads is cut off', async (t) => {
    const started = await start(t);
    const { proxy, hanging } = started;
    const peer = await http2Peer(t, proxy.port);
    peer.send(peer.headers(1, HANGING, END_STREAM));
    await eventuallyPasses(() => assert.equal(hanging.size, 1));
    peer.stream.pause();
    const before = process.memoryUsage().rss;
    // So many that the answers fill whatever the kernel takes.
    for (let i = 0; i < 2000 && proxy.log.length === 0; i++) {
      peer.send(...Array.from({ length: 1000 }, () => PING));
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    await eventuallyPasses(() => assert.equal(proxy.log.length, 1));
    assert.match(proxy.log[0]!.details, /^http2\.(ping_flood|outbound_control_flood)$/);
    assert.ok(process.memoryUsage().rss - before < 200 * MEGABYTE);
    await isServed(proxy.port);
    peer.stream.destroy();
    await isForgotten(started);
  });

  it('of requests that are reset at once is cut off, and each of them is logged', async (t) => {
    const started = await start(t);
    const { proxy } = started;
    const peer = await http2Peer(t, proxy.port);
    await flood(
      peer,
      (i) => Buffer.concat([peer.headers(2 * i + 1, HANGING, END_STREAM), frame(3, 0, 2 * i + 1, word(8))]),
      'enhanceYourCalm',
    );
    await isServed(proxy.port);
    peer.stream.destroy();
    await isForgotten(started);
    const reset = proxy.log.filter(({ path }) => path === '/hang');
    assert.ok(reset.length > 0 && reset.length < 5000, `${reset.length} requests were taken`);
    for (const { details, flags } of reset) {
      assert.deepEqual([details, flags], ['downstream_remote_reset', ResponseFlag.downstreamRemoteReset]);
    }
  });

  it('of empty continuations is cut off', async (t) => {
    const started = await start(t);
    const peer = await http2Peer(t, started.proxy.port);
    peer.send(frame(1, 0, 1, peer.block(GET)));
    await flood(peer, () => frame(9, 0, 1), 'enhanceYourCalm');
    await isServed(started.proxy.port);
    peer.stream.destroy();
    await isForgotten(started);
  });

  it('of heads that are refused is logged line by line, and cut off', async (t) => {
    const started = await start(t, { http2: { ...MANAGER_RUNTIME.http2, isInvalidMessageStreamError: true } });
    const { proxy } = started;
    const peer = await http2Peer(t, proxy.port);
    await flood(peer, (i) => peer.headers(2 * i + 1, [...GET, ['x y', 'z']], END_STREAM), 'enhanceYourCalm');
    peer.stream.destroy();
    await isForgotten(started);
    assert.ok(proxy.log.length > 0 && proxy.log.length < 5000, `${proxy.log.length} heads were taken`);
    for (const { details, flags, code } of proxy.log) {
      assert.deepEqual([details, flags, code], ['http2.invalid.header.field', ResponseFlag.downstreamProtocolError, 0]);
    }
  });
});

describe('a response that the client does not take', () => {
  it('of 100 MB over HTTP/1 waits at the upstream, and comes whole in the end', async (t) => {
    const { proxy, sentBytes } = await start(t);
    const before = process.memoryUsage().rss;
    const client = rawClient(t, proxy.port, 'GET /mb/100 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    client.socket.removeAllListeners('data');
    let received = 0;
    let mostOnTheWay = 0;
    client.socket.on('data', (piece: Buffer) => {
      received += piece.length;
      mostOnTheWay = Math.max(mostOnTheWay, sentBytes() - received);
    });
    client.socket.pause();
    // Others are served meanwhile, and every answer is a turn in which more of the response could have come.
    for (let i = 0; i < 50; i++) await isServed(proxy.port);
    assert.ok(sentBytes() < MOST_ON_THE_WAY, `${sentBytes()} bytes were taken from the upstream`);
    client.socket.resume();
    await within('the whole response', client.ended, 60_000);
    assert.ok(received > 100 * MEGABYTE);
    assert.ok(mostOnTheWay < MOST_ON_THE_WAY, `${mostOnTheWay} bytes were on the way`);
    assert.ok(process.memoryUsage().rss - before < 200 * MEGABYTE);
  });

  it('over many streams of HTTP/2 without windows is held back stream by stream', async (t) => {
    const started = await start(t);
    const { proxy, sentBytes } = started;
    const peer = await http2Peer(t, proxy.port);
    // SETTINGS_INITIAL_WINDOW_SIZE of nothing: no byte of a body may be sent.
    peer.send(frame(4, 0, 0, settingsPayload({ 4: 0 })));
    const wanted = GET.map(([name, value]) => [name, name === ':path' ? '/mb/32' : value] as const);
    const ids = Array.from({ length: 8 }, (_, i) => 2 * i + 1);
    peer.send(...ids.map((id) => peer.headers(id, wanted, END_STREAM)));
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), ids.length));
    const heads = new Set<string>();
    await eventuallyPasses(() => {
      for (const head of peer.seen('HEADERS')) heads.add(head);
      assert.equal(heads.size, ids.length);
    });
    for (let i = 0; i < 20; i++) await isServed(proxy.port);
    assert.deepEqual(peer.seen('DATA'), []);
    assert.ok(sentBytes() < ids.length * 20 * MEGABYTE, `${sentBytes()} bytes were taken from the upstream`);
    // One stream is given a window, and gets its data.
    peer.send(frame(8, 0, 5, word(1000)));
    await eventuallyPasses(() => assert.match(peer.seen('DATA').join(), /@5/));
    peer.stream.destroy();
    await isForgotten(started);
    assert.ok(proxy.log.filter(({ path }) => path === '/mb/32').every(({ code }) => code === 200));
  });
});

describe('a client that is slow on purpose', () => {
  it('with its head is answered 408', async (t) => {
    const started = await start(t, { headTimeoutMs: 50 });
    const client = rawClient(t, started.proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\nx-slow: ');
    await client.saw(/^HTTP\/1\.1 408 .*request header timeout$/s);
    await within('the end', client.ended);
    client.socket.destroy();
    await isForgotten(started);
    assert.deepEqual(
      started.proxy.log.map(({ code, details }) => [code, details]),
      [[408, 'request_header_timeout']],
    );
    assert.equal(started.proxy.stat('http.test.downstream_rq_header_timeout'), 1);
  });

  it('with its body is answered 408', async (t) => {
    const started = await start(t, { requestTimeoutMs: 50 });
    const client = rawClient(
      t,
      started.proxy.port,
      'POST /hang HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n',
    );
    await client.saw(/^HTTP\/1\.1 408 /);
    await within('the end', client.ended);
    client.socket.destroy();
    await isForgotten(started);
    assert.deepEqual(
      started.proxy.log.map(({ code, details }) => [code, details]),
      [[408, 'request_overall_timeout']],
    );
  });

  it('to say anything over HTTP/2 is left to the idle timeout', async (t) => {
    const started = await start(t, { http: { ...MANAGER_RUNTIME.http, idleTimeoutMs: 50 } });
    const peer = await http2Peer(t, started.proxy.port);
    peer.send(frame(1, 0, 1, peer.block(GET)));
    await eventuallyPasses(() => assert.match(peer.seen('GOAWAY').join(), /code=0/));
    assert.equal(started.proxy.stat('http.test.downstream_cx_idle_timeout'), 1);
    peer.stream.destroy();
    await isForgotten(started);
  });
});

describe('a client that does not end its request', () => {
  it('but its connection is gone for the upstream too', async (t) => {
    const started = await start(t);
    const { proxy, hanging } = started;
    const client = rawClient(t, proxy.port, 'POST /hang HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf');
    await eventuallyPasses(() => assert.equal(hanging.size, 1));
    client.socket.end();
    await within('the end', client.ended);
    await isForgotten(started);
    const [line] = proxy.log;
    assert.deepEqual(
      [line?.details, line?.flags],
      ['downstream_remote_disconnect', ResponseFlag.downstreamConnectionTermination],
    );
  });

  it('but a body that is none is answered 400, and the upstream is told', async (t) => {
    const started = await start(t);
    const { proxy, hanging } = started;
    const client = rawClient(t, proxy.port, 'POST /hang HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    await eventuallyPasses(() => assert.equal(hanging.size, 1));
    client.socket.write('3\r\nabcdef\r\nGET /second HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.saw(/^HTTP\/1\.1 400 .*connection: close\r\n\r\nBad Request$/s);
    await within('the end', client.ended);
    client.socket.destroy();
    await isForgotten(started);
    assert.deepEqual(
      proxy.log.map(({ code, details, flags, path }) => [code, details, flags, path]),
      [[400, 'http1.chunkNotTerminated', ResponseFlag.downstreamProtocolError, '/hang']],
    );
    assert.equal(proxy.stat('http.test.downstream_cx_protocol_error'), 1);
  });
});

describe('a head that is too large', () => {
  const limits = { maxHeadBytes: 8 * 1024 };

  it('over HTTP/1 is answered 431 as soon as that is known', async (t) => {
    const { proxy } = await start(t, limits);
    const client = rawClient(t, proxy.port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(10_000)}`);
    await client.saw(/^HTTP\/1\.1 431 /);
    await within('the end', client.ended);
    await eventuallyPasses(() => assert.equal(proxy.log.length, 1));
    assert.deepEqual([proxy.log[0]?.code, proxy.log[0]?.flags], [431, ResponseFlag.downstreamProtocolError]);
  });

  it('over HTTP/2 costs its stream only', async (t) => {
    const { proxy } = await start(t, limits);
    const peer = await http2Peer(t, proxy.port);
    peer.send(peer.headers(1, [...GET, ['x', 'y'.repeat(10_000)]], END_STREAM), peer.headers(3, GET, END_STREAM));
    const seen: string[] = [];
    await eventuallyPasses(() => {
      seen.push(...peer.seen('RST_STREAM', 'DATA'));
      assert.deepEqual(seen, [`RST_STREAM@1 ${ErrorCode.internalError}`, 'DATA/1@3 fine']);
    });
    assert.deepEqual(
      proxy.log.map(({ code, details, flags }) => [code, details, flags]),
      [
        [0, 'http2.header_list_size_too_large', ResponseFlag.downstreamRemoteReset],
        [200, 'via_upstream', 0],
      ],
    );
    assert.equal(proxy.stat('http.test.downstream_cx_protocol_error'), 0);
  });
});

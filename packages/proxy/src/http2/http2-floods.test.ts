/** Peers that keep a session busy or make it hold memory: each is cut off by name, and what they can make it hold is counted in bytes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import type { Pair } from './hpack/testing.ts';
import { Http2Client } from './http2-client.ts';
import { Http2Server } from './http2-server.ts';
import type { Http2Options } from './options.ts';
import { frame, GET, HELLO, manualPipe, RawPeer, sessionParts, settingsPayload, word } from './testing.ts';
import { ClientExchange, ClientLog, type ServerExchange, ServerLog } from './testing-handlers.ts';

const POST: readonly Pair[] = [[':method', 'POST'], ...GET.slice(1)];
const PING = frame(6, 0, 0, Buffer.alloc(8));

function serve(
  given: Partial<Http2Options> = {},
  onRequest?: (exchange: ServerExchange, endStream: boolean) => void,
  wireCapacity = 4096,
) {
  const pipe = manualPipe({ wireCapacity });
  const log = new ServerLog(onRequest);
  const parts = sessionParts(pipe.second, new FakeClock(), given);
  const server = new Http2Server({ ...parts, handler: log });
  server.start();
  const peer = new RawPeer(pipe.first, () => pipe.run());
  peer.send(HELLO);
  peer.seen();
  return { pipe, log, parts, server, peer, transport: pipe.second };
}

type Served = ReturnType<typeof serve>;

/** The connection has ended for this reason once the peer has had its time to read. */
function assertEnded(made: Served, details: string): void {
  made.parts.clock.advance(2000);
  made.pipe.run();
  assert.equal(made.log.end?.details, details);
  assert.equal(made.log.end?.isRemote, false);
  assert.equal(made.server.activeStreams, 0);
  assert.equal(made.parts.stats.streamsActive, 0);
  assert.equal(made.parts.stats.pendingSendBytes, 0);
}

/** Sends frames one after another until the session gives up, and returns how many that took. */
function sendUntilEnd(made: Served, next: (i: number) => Buffer, most = 20_000): number {
  for (let i = 0; i < most; i++) {
    made.peer.send(next(i));
    if (made.peer.seen('GOAWAY').length > 0 || made.log.end !== undefined) return i + 1;
  }
  return most;
}

describe('answers that nobody reads', () => {
  for (const [name, bytes, details] of [
    ['PING', PING, 'http2.ping_flood'],
    ['SETTINGS', frame(4, 0, 0), 'http2.settings_flood'],
  ] as const) {
    it(`are bounded for ${name}`, () => {
      const made = serve();
      made.peer.stream.pause();
      for (let i = 0; i < 100; i++) made.peer.send(...Array.from({ length: 100 }, () => bytes));
      // A thousand answers of 17 bytes at most, and the goodbye.
      assert.ok(made.transport.pendingBytes < 20_000, `${made.transport.pendingBytes} bytes wait`);
      assert.equal(made.parts.stats.outboundControlFlood, 1);
      assertEnded(made, details);
    });
  }

  it('cost nothing to a peer that reads them', () => {
    const made = serve({}, undefined, 64 * 1024);
    for (let i = 0; i < 20; i++) made.peer.send(...Array.from({ length: 2000 }, () => PING));
    assert.equal(made.peer.seen('PING').length, 40_000);
    assert.equal(made.log.end, undefined);
  });

  it('are bounded for all frames, and every exchange is told outside of the call that went too far', async () => {
    const made = serve({ maxOutboundFrames: 200 });
    made.peer.stream.pause();
    made.peer.send(frame(8, 0, 0, word(2 ** 30)), frame(4, 0, 0, settingsPayload({ 4: 2 ** 30 })));
    made.peer.send(made.peer.headers(1, GET, 5), made.peer.headers(3, GET, 5));
    const [first, second] = made.log.exchanges as [ServerExchange, ServerExchange];
    first.stream.sendHead(ResponseFields.of(200), false);
    const large = Buffer.alloc(9000);
    for (let i = 0; i < 400; i++) first.stream.sendData(large, 0, 9000, false);
    assert.equal(first.reset, undefined);
    assert.equal(made.parts.stats.outboundFlood, 1);
    await Promise.resolve();
    for (const exchange of [first, second]) {
      assert.deepEqual(exchange.reset, { kind: 'overflow', details: 'http2.outbound_frames_flood' });
    }
    assertEnded(made, 'http2.outbound_frames_flood');
  });

  it('are no flood while the peer reads slowly but steadily', () => {
    const made = serve({ maxOutboundFrames: 200, initialStreamWindowSize: 65_535 });
    made.peer.send(frame(8, 0, 0, word(2 ** 30)), frame(4, 0, 0, settingsPayload({ 4: 2 ** 30 })));
    made.peer.send(made.peer.headers(1, GET, 5));
    const [exchange] = made.log.exchanges as [ServerExchange];
    exchange.stream.sendHead(ResponseFields.of(200), false);
    for (let i = 0; i < 3000; i++) {
      exchange.stream.sendData(Buffer.alloc(100), 0, 100, false);
      if (i % 50 === 0) made.pipe.run();
    }
    assert.equal(made.log.end, undefined);
    assert.equal(made.parts.stats.outboundFlood, 0);
  });
});

describe('rapid resets', () => {
  it('end the connection when half of the requests are given up at once', () => {
    const made = serve();
    const sent = sendUntilEnd(made, (i) =>
      Buffer.concat([made.peer.headers(i * 2 + 1, GET, 5), frame(3, 0, i * 2 + 1, word(8))]),
    );
    assert.ok(sent >= 250 && sent <= 260, `${sent} requests`);
    assert.equal(made.parts.stats.rapidResetFlood, 1);
    assert.equal(made.parts.stats.rxReset, sent);
    assertEnded(made, 'http2.rapid_reset');
  });

  it('end the connection although requests were served before', () => {
    const made = serve({}, ({ stream, head }) => {
      if (head?.path === '/') stream.sendHead(ResponseFields.of(204), true);
    });
    for (let i = 0; i < 400; i++) made.peer.send(made.peer.headers(i * 2 + 1, GET, 5));
    const unanswered: Pair[] = [...GET.slice(0, 2), [':path', '/wait'], GET[3]!];
    const sent = sendUntilEnd(made, (i) => {
      const id = 801 + i * 2;
      return Buffer.concat([made.peer.headers(id, unanswered, 5), frame(3, 0, id, word(8))]);
    });
    assert.equal(sent, 400);
    assertEnded(made, 'http2.rapid_reset');
  });

  it('count too when the client makes this side reset', () => {
    const made = serve();
    const sent = sendUntilEnd(made, (i) =>
      Buffer.concat([made.peer.headers(i * 2 + 1, POST), frame(8, 0, i * 2 + 1, word(0))]),
    );
    assert.ok(sent <= 260, `${sent} requests`);
    assertEnded(made, 'http2.rapid_reset');
  });

  it('count too when the requests are refused', () => {
    const made = serve({ maxConcurrentStreams: 1 });
    const sent = sendUntilEnd(made, (i) => made.peer.headers(i * 2 + 1, GET, 5));
    assert.ok(sent <= 510, `${sent} requests`);
    assertEnded(made, 'http2.rapid_reset');
  });

  it('do not count when the request was answered or took its time', () => {
    const made = serve({}, (exchange) => exchange.stream.sendHead(ResponseFields.of(200), false));
    for (let i = 0; i < 1500; i++) {
      made.peer.send(made.peer.headers(i * 2 + 1, GET, 5), frame(3, 0, i * 2 + 1, word(8)));
    }
    const slow = serve();
    for (let i = 0; i < 1500; i++) {
      slow.peer.send(slow.peer.headers(i * 2 + 1, GET, 5));
      slow.parts.clock.advance(1100);
      slow.peer.send(frame(3, 0, i * 2 + 1, word(8)));
    }
    assert.equal(made.log.end ?? slow.log.end, undefined);
  });
});

describe('header blocks without an end', () => {
  it('are cut off when they come in tiny frames', () => {
    const made = serve();
    made.peer.send(frame(1, 1, 1, [0x82]));
    const sent = sendUntilEnd(made, () => frame(9, 0, 1, [0x84]));
    assert.ok(sent <= 10, `${sent} frames`);
    assertEnded(made, 'http2.continuation_flood');
  });

  it('are cut off when they are empty', () => {
    const made = serve();
    made.peer.send(frame(1, 0, 1));
    const sent = sendUntilEnd(made, () => frame(9, 0, 1));
    assert.equal(sent, 1);
    assert.equal(made.parts.stats.inboundEmptyFramesFlood, 1);
    assertEnded(made, 'http2.empty_data_flood');
  });

  it('are cut off when they are far too large, and hold no more than twice that', () => {
    const made = serve();
    let held = 0;
    made.peer.send(frame(1, 1, 1, Buffer.alloc(16_384)));
    const sent = sendUntilEnd(made, () => {
      held = Math.max(held, made.server.heldBytes);
      return frame(9, 0, 1, Buffer.alloc(16_384));
    });
    assert.ok(sent <= 8, `${sent} frames`);
    assert.ok(held <= 2 * 128 * 1024, `${held} bytes are held`);
    assert.equal(made.server.heldBytes, 0);
    assertEnded(made, 'http2.header_list_too_large');
  });
});

describe('frames without use', () => {
  it('are cut off: empty DATA', () => {
    const made = serve();
    made.peer.send(made.peer.headers(1, POST));
    assert.equal(
      sendUntilEnd(made, () => frame(0, 0, 1)),
      2,
    );
    assertEnded(made, 'http2.empty_data_flood');
    const padded = serve();
    padded.peer.send(padded.peer.headers(1, POST));
    assert.equal(
      sendUntilEnd(padded, () => frame(0, 8, 1, [4, 0, 0, 0, 0])),
      2,
    );
    assertEnded(padded, 'http2.empty_data_flood');
  });

  it('are cut off: PRIORITY', () => {
    for (const bytes of [frame(2, 0, 1, [0, 0, 0, 3, 0]), frame(16, 0, 0, [0, 0, 0, 1, 0x75])]) {
      const made = serve();
      assert.equal(
        sendUntilEnd(made, () => bytes),
        101,
      );
      assert.equal(made.parts.stats.inboundPriorityFramesFlood, 1);
      assertEnded(made, 'http2.priority_flood');
    }
  });

  it('are cut off: WINDOW_UPDATE', () => {
    const made = serve();
    assert.equal(
      sendUntilEnd(made, () => frame(8, 0, 0, word(1))),
      6,
    );
    assert.equal(made.parts.stats.inboundWindowUpdateFramesFlood, 1);
    assertEnded(made, 'http2.window_update_flood');
  });

  it('are cut off: SETTINGS, though their answers are read', () => {
    const made = serve();
    const sent = sendUntilEnd(made, (i) => frame(4, 0, 0, settingsPayload({ 4: 65_535 + (i & 1) })));
    assert.equal(sent, 1000);
    assertEnded(made, 'http2.settings_flood');
  });

  it('are taken in the proportion that slow readers need', () => {
    const made = serve({}, (exchange) => {
      exchange.stream.sendHead(ResponseFields.of(200), false);
      exchange.stream.sendData(Buffer.alloc(2000), 0, 2000, true);
    });
    made.peer.send(frame(4, 0, 0, settingsPayload({ 4: 1 })), made.peer.headers(1, GET, 5));
    for (let i = 0; i < 1999; i++) made.peer.send(frame(8, 0, 1, word(1)));
    assert.equal(made.peer.seen('DATA').length, 2000);
    assert.equal(made.server.activeStreams, 0);
    assert.equal(made.log.end, undefined);
  });
});

describe('windows that stay shut', () => {
  it('make the session hold what its user gave before it was told to stop', () => {
    const made = serve();
    made.peer.send(frame(4, 0, 0, settingsPayload({ 4: 0 })));
    for (let i = 0; i < 100; i++) made.peer.send(made.peer.headers(i * 2 + 1, GET, 5));
    for (const { stream } of made.log.exchanges) {
      stream.sendHead(ResponseFields.of(200), false);
      assert.equal(stream.sendData(Buffer.alloc(1000), 0, 1000, false), false);
    }
    assert.equal(made.parts.stats.pendingSendBytes, 100_000);
    // Resets give the memory back.
    for (let i = 0; i < 100; i++) made.peer.send(frame(3, 0, i * 2 + 1, word(8)));
    assert.equal(made.parts.stats.pendingSendBytes, 0);
    assert.equal(made.server.activeStreams, 0);
  });

  it('do not keep other streams from their turn', () => {
    const made = serve();
    made.peer.send(frame(4, 0, 0, settingsPayload({ 4: 100_000 })));
    made.peer.send(made.peer.headers(1, GET, 5), made.peer.headers(3, GET, 5));
    for (const { stream } of made.log.exchanges) {
      stream.sendHead(ResponseFields.of(200), false);
      stream.sendData(Buffer.alloc(90_000), 0, 90_000, true);
    }
    made.peer.send();
    made.peer.seen();
    made.peer.send(frame(8, 0, 0, word(20_000)));
    assert.deepEqual(made.peer.seen('DATA'), ['DATA/0@1 16384', 'DATA/0@3 3616']);
    made.peer.send(frame(8, 0, 0, word(200_000)));
    assert.equal(made.server.activeStreams, 0);
  });
});

describe('stream ids that collide', () => {
  it('are kept apart', () => {
    const made = serve();
    const ids = Array.from({ length: 200 }, (_, i) => 1 + i * 16_384);
    for (const id of ids) made.peer.send(made.peer.headers(id, POST));
    for (const id of ids) made.peer.send(frame(0, 1, id, Buffer.from(String(id))));
    assert.deepEqual(
      made.log.exchanges.map(({ text }) => Number(text)),
      ids,
    );
    for (const { stream } of made.log.exchanges) stream.sendHead(ResponseFields.of(204), true);
    assert.equal(made.server.activeStreams, 0);
    assert.equal(made.log.end, undefined);
  });
});

describe('a server that floods its client', () => {
  it('is cut off, and the requests end with the reason', () => {
    const pipe = manualPipe();
    const parts = sessionParts(pipe.first, new FakeClock());
    const log = new ClientLog();
    const client = new Http2Client({ ...parts, handler: log });
    client.start();
    const peer = new RawPeer(pipe.second, () => pipe.run());
    const exchange = new ClientExchange();
    client
      .open(exchange)
      .sendHead(RequestFields.of({ method: 'GET', scheme: 'http', path: '/', authority: 'a' }), true);
    peer.send(frame(4, 0, 0), peer.headers(1, [[':status', '200']]), frame(0, 0, 1), frame(0, 0, 1));
    assert.deepEqual(exchange.events, ['head 200', 'reset overflow http2.empty_data_flood']);
    parts.clock.advance(2000);
    pipe.run();
    assert.deepEqual(log.end, { details: 'http2.empty_data_flood', isRemote: false });
  });
});

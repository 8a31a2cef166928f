/** The sending side of flow control against a peer that keeps account of what it allowed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { FieldHead } from '../http/field-head.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { Http2Server } from './http2-server.ts';
import { frame, GET, HELLO, manualPipe, RawPeer, sessionParts, settingsPayload, word } from './testing.ts';
import { type ServerExchange, ServerLog } from './testing-handlers.ts';

const STREAMS = 3;

/** What the peer has allowed and received. */
class Account {
  connection = 65_535;
  initial = 65_535;
  readonly windows = new Array<number>(STREAMS).fill(65_535);
  readonly received: Buffer[][] = Array.from({ length: STREAMS }, () => []);
  readonly ended = new Array<boolean>(STREAMS).fill(false);

  take(peer: RawPeer): void {
    for (const { type, flags, id, payload } of peer.frames.splice(0)) {
      const stream = (id - 1) / 2;
      if (type === 1 && (flags & 1) !== 0) this.ended[stream] = true;
      assert.notEqual(type, 7, 'the connection was given up');
      if (type !== 0) continue;
      assert.ok(!this.ended[stream], 'DATA behind the end');
      assert.ok(payload.length <= 16_384);
      this.connection -= payload.length;
      this.windows[stream]! -= payload.length;
      assert.ok(payload.length === 0 || (this.connection >= 0 && this.windows[stream]! >= 0), 'more than allowed');
      this.received[stream]!.push(payload);
      if ((flags & 1) !== 0) this.ended[stream] = true;
    }
  }
}

type Step = readonly [verb: 'send' | 'connection' | 'stream' | 'setting', stream: number, amount: number];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('send' as const, 'connection' as const, 'stream' as const, 'setting' as const),
  fc.nat(STREAMS - 1),
  fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100_000 })),
);

function start() {
  const pipe = manualPipe({ highWaterMark: 40_000, wireCapacity: 0 });
  const log = new ServerLog();
  const options = { maxInboundWindowUpdateFramesPerDataFrameSent: 1_000_000 };
  const parts = sessionParts(pipe.second, new FakeClock(), options);
  const server = new Http2Server({ ...parts, handler: log });
  server.start();
  const peer = new RawPeer(pipe.first, () => pipe.run());
  peer.send(HELLO, ...Array.from({ length: STREAMS }, (_, i) => peer.headers(i * 2 + 1, GET, 5)));
  for (const { stream } of log.exchanges) stream.sendHead(ResponseFields.of(200), false);
  pipe.run();
  return { pipe, log, parts, server, peer };
}

describe('flow control', () => {
  it('sends everything in order and never more than allowed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, hasTrailers) => {
        const { pipe, log, parts, server, peer } = start();
        const account = new Account();
        const sent: Buffer[][] = Array.from({ length: STREAMS }, () => [Buffer.from('!')]);
        let next = 0;
        // Windows may be updated in proportion to the DATA sent: a little of it first.
        for (const { stream } of log.exchanges) stream.sendData(Buffer.from('!'), 0, 1, false);
        for (const [verb, i, amount] of steps) {
          const exchange = log.exchanges[i] as ServerExchange;
          if (verb === 'send') {
            const bytes = Buffer.alloc(amount, next++ & 255);
            sent[i]!.push(Buffer.from(bytes));
            exchange.stream.sendData(bytes, 0, bytes.length, false);
            // The bytes have been taken: what their owner does with them now is his affair.
            bytes.fill(0xff);
          } else if (verb === 'connection') {
            account.connection += amount;
            peer.send(frame(8, 0, 0, word(amount)));
          } else if (verb === 'stream') {
            account.windows[i]! += amount;
            peer.send(frame(8, 0, i * 2 + 1, word(amount)));
          } else {
            for (let each = 0; each < STREAMS; each++) account.windows[each]! += amount - account.initial;
            account.initial = amount;
            peer.send(frame(4, 0, 0, settingsPayload({ 4: amount })));
          }
          pipe.run();
          account.take(peer);
        }
        for (const { stream } of log.exchanges) {
          if (hasTrailers) stream.sendTrailers(FieldHead.fromPairs([['x', 'y']]));
          else stream.sendData(Buffer.alloc(0), 0, 0, true);
        }
        account.connection += 2 ** 24;
        peer.send(frame(8, 0, 0, word(2 ** 24)));
        for (let i = 0; i < STREAMS; i++) {
          account.windows[i]! += 2 ** 24;
          peer.send(frame(8, 0, i * 2 + 1, word(2 ** 24)));
        }
        account.take(peer);
        assert.deepEqual(account.ended, [true, true, true]);
        for (let i = 0; i < STREAMS; i++) {
          assert.ok(Buffer.concat(account.received[i]!).equals(Buffer.concat(sent[i]!)), `stream ${i} differs`);
        }
        assert.equal(server.activeStreams, 0);
        assert.equal(parts.stats.pendingSendBytes, 0);
      }),
      { numRuns: 150 },
    );
  });

  it('tells who was told to wait that there is room, once the data is gone', () => {
    const { pipe, log, peer } = start();
    const [first, second] = log.exchanges as [ServerExchange, ServerExchange];
    assert.equal(first.stream.sendData(Buffer.alloc(65_535), 0, 65_535, false), false);
    assert.equal(second.stream.sendData(Buffer.alloc(1), 0, 1, false), false);
    pipe.run();
    // The first one waited for the transport only; the second one for a window.
    assert.deepEqual([first.drains, second.drains], [1, 0]);
    peer.send(frame(8, 0, 0, word(1)));
    assert.deepEqual([first.drains, second.drains], [1, 1]);
  });
});

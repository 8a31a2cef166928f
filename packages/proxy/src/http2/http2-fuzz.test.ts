/** Valid traffic with random damage, in both roles: nothing is thrown, every exchange ends once, and what is held stays small. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { FieldHead } from '../http/field-head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import type { ByteSink, ByteStream } from '../transport/byte-stream.ts';
import { CLIENT_PREFACE } from './frame.ts';
import { Http2Client } from './http2-client.ts';
import { Http2Server } from './http2-server.ts';
import { manualPipe, plainFrames, sessionParts } from './testing.ts';
import { ClientExchange, ClientLog, type ServerExchange, ServerLog } from './testing-handlers.ts';

const OPTIONS = { initialStreamWindowSize: 65_535, initialConnectionWindowSize: 70_000, allowConnect: true };
const REQUESTS = 5;

function answer({ stream }: ServerExchange): void {
  stream.sendInformational(ResponseFields.of(103));
  stream.sendHead(ResponseFields.of(200, [['x-a', 'b']]), false);
  stream.sendData(Buffer.alloc(3000, 'd'), 0, 3000, false);
  stream.sendTrailers(FieldHead.fromPairs([['grpc-status', '0']]));
}

function request(client: Http2Client, i: number): ClientExchange {
  const exchange = new ClientExchange();
  if (client.freeStreams === 0) return exchange;
  const stream = client.open(exchange);
  exchange.stream = stream;
  const head = RequestFields.of({ method: 'POST', scheme: 'http', path: `/${i}`, authority: 'a' }, [
    ['x-i', String(i)],
  ]);
  stream.sendHead(head, false);
  stream.sendData(Buffer.alloc(500 * i, 'u'), 0, 500 * i, false);
  stream.sendTrailers(FieldHead.fromPairs([['x-sum', 'y']]));
  return exchange;
}

/** Passes bytes from one stream to another and keeps them. */
class Tap implements ByteSink {
  readonly chunks: Buffer[] = [];
  readonly #to: ByteStream;
  constructor(from: ByteStream, to: ByteStream) {
    this.#to = to;
    from.attach(this);
  }
  onBytes(bytes: Buffer, start: number, end: number): void {
    this.chunks.push(Buffer.from(bytes.subarray(start, end)));
    this.#to.write(bytes, start, end);
  }
  onEnd(): void {}
  onDrain(): void {}
  onClose(): void {}
}

/** What each role sends in a conversation where all goes well. */
function record(): { readonly client: Buffer; readonly server: Buffer } {
  const [near, far] = [manualPipe(), manualPipe()];
  const serverLog = new ServerLog((exchange) => answer(exchange));
  const client = new Http2Client({ ...sessionParts(near.first, new FakeClock(), OPTIONS), handler: new ClientLog() });
  const server = new Http2Server({ ...sessionParts(far.second, new FakeClock(), OPTIONS), handler: serverLog });
  client.start();
  server.start();
  const up = new Tap(near.second, far.first);
  const down = new Tap(far.first, near.second);
  for (let i = 0; i < REQUESTS; i++) request(client, i);
  for (let round = 0; round < 10; round++) {
    near.run();
    far.run();
  }
  return { client: Buffer.concat(up.chunks), server: Buffer.concat(down.chunks) };
}

const recorded = record();

type Damage = readonly [kind: number, place: number, value: number];
const damage = fc.array(fc.tuple(fc.nat(5), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });

function damaged(bytes: Buffer, changes: readonly Damage[]): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (const [kind, where, value] of changes) {
    const at = where % (result.length + 1);
    const rest = result.subarray(at);
    if (kind === 0 && at < result.length) result[at] = value;
    else if (kind === 1) result = Buffer.concat([result.subarray(0, at), Buffer.from([value]), rest]);
    else if (kind === 2) result = Buffer.concat([result.subarray(0, at), rest.subarray(value)]);
    else if (kind === 3) result = Buffer.concat([result.subarray(0, at), rest.subarray(0, value * 4), rest]);
    else if (kind === 4) result = result.subarray(0, at);
    else result = reordered(result, where, value);
  }
  return result;
}

/** Damage that keeps frames whole: one of them moves, changes its type, or loses its stream. */
function reordered(bytes: Buffer, place: number, value: number): Buffer {
  const hasPreface = bytes.indexOf(CLIENT_PREFACE) === 0;
  const start = hasPreface ? CLIENT_PREFACE.length : 0;
  const frames: Buffer[] = [];
  let at = start;
  for (const { payload } of plainFrames(bytes.subarray(start)).frames) {
    frames.push(Buffer.from(bytes.subarray(at, at + 9 + payload.length)));
    at += 9 + payload.length;
  }
  if (frames.length === 0) return bytes;
  const [taken] = frames.splice(place % frames.length, 1);
  if (value % 3 === 1) taken![3] = value % 11;
  if (value % 3 === 2) taken![8] = value % 16;
  frames.splice(value % (frames.length + 1), 0, taken!);
  return Buffer.concat([bytes.subarray(0, start), ...frames, bytes.subarray(at)]);
}

/** Feeds bytes to a session in pieces, closes, and lets time pass. */
function feed(transport: ByteStream, bytes: Buffer, pieces: number, step: () => void): void {
  const length = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += length) {
    transport.write(bytes, at, Math.min(bytes.length, at + length));
    step();
  }
  transport.end();
  step();
}

class Drop implements ByteSink {
  onBytes(): void {}
  onEnd(): void {}
  onDrain(): void {}
  onClose(): void {}
}

const MOST_HELD = 2 * (60 + 64) * 1024 + 40_000;

describe('damaged traffic', () => {
  it('leaves a server in order', () => {
    fc.assert(
      fc.property(damage, fc.integer({ min: 1, max: 40 }), (changes, pieces) => {
        const pipe = manualPipe();
        const log = new ServerLog((exchange) => answer(exchange));
        const parts = sessionParts(pipe.second, new FakeClock(), OPTIONS);
        const server = new Http2Server({ ...parts, handler: log });
        server.start();
        pipe.first.attach(new Drop());
        feed(pipe.first, damaged(recorded.client, changes), pieces, () => {
          pipe.run();
          assert.ok(server.heldBytes <= MOST_HELD);
        });
        parts.clock.advance(5000);
        pipe.run();
        assert.ok(log.end, 'the connection is open');
        assert.equal(server.activeStreams, 0);
        assert.equal(parts.stats.streamsActive, 0);
        assert.equal(parts.stats.pendingSendBytes, 0);
        assert.equal(server.heldBytes, 0);
        for (const { events } of log.exchanges) assertOneEnd(events);
      }),
      { numRuns: 400 },
    );
  });

  it('leaves a client in order', () => {
    fc.assert(
      fc.property(damage, fc.integer({ min: 1, max: 40 }), (changes, pieces) => {
        const pipe = manualPipe();
        const log = new ClientLog();
        const parts = sessionParts(pipe.first, new FakeClock(), OPTIONS);
        const client = new Http2Client({ ...parts, handler: log });
        client.start();
        const exchanges = Array.from({ length: REQUESTS }, (_, i) => request(client, i));
        pipe.second.attach(new Drop());
        pipe.run();
        feed(pipe.second, damaged(recorded.server, changes), pieces, () => {
          pipe.run();
          assert.ok(client.heldBytes <= MOST_HELD);
        });
        parts.clock.advance(5000);
        pipe.run();
        assert.ok(log.end, 'the connection is open');
        assert.equal(client.activeStreams, 0);
        assert.equal(parts.stats.streamsActive, 0);
        assert.equal(parts.stats.pendingSendBytes, 0);
        for (const { events } of exchanges) {
          assert.ok(events.length > 0);
          assertOneEnd(events);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is what the recording would be without damage', () => {
    assert.ok(plainFrames(recorded.client.subarray(24)).frames.length > 3 * REQUESTS);
    assert.equal(plainFrames(recorded.server).frames.filter(({ type }) => type === 1).length, 3 * REQUESTS);
  });
});

/** Nothing behind a reset, and at most one end of the message before it. */
function assertOneEnd(events: readonly string[]): void {
  const resetAt = events.findIndex((event) => event.startsWith('reset'));
  assert.ok(resetAt < 0 || resetAt === events.length - 1, events.join());
  const ends = events.filter((event) => event.endsWith(' end') || event.startsWith('trailers'));
  assert.ok(ends.length <= 1, events.join());
}

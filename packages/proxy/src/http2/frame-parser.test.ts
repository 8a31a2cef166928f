import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Http2Fault } from './fault.ts';
import { FrameParser, type FrameReceiver } from './frame-parser.ts';
import { frame, plainFrames } from './testing.ts';

/** Puts DATA together again, padding left out. */
class Collector implements FrameReceiver {
  readonly frames: string[] = [];
  fault: Http2Fault | undefined = undefined;
  #data: Buffer[] = [];
  #head = '';

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.frames.push(text(type, flags, streamId, bytes.subarray(start, end)));
  }

  onDataFrame(streamId: number, flags: number, length: number): void {
    this.#head = `0/${flags}@${streamId} (${length})`;
    this.#data = [];
  }

  onDataPart(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    assert.ok(isLast || end > start, 'a part without bytes');
    this.#data.push(Buffer.from(bytes.subarray(start, end)));
    if (isLast) this.frames.push(`${this.#head} ${Buffer.concat(this.#data).toString('hex')}`);
  }

  onFrameFault(fault: Http2Fault): void {
    this.fault = fault;
  }
}

function text(type: number, flags: number, streamId: number, payload: Buffer): string {
  return `${type}/${flags}@${streamId} ${payload.toString('hex')}`;
}

/** What the simple parser finds, in the collector's words. */
function expected(bytes: Buffer): string[] {
  return plainFrames(bytes).frames.map(({ type, flags, id, payload }) => {
    if (type !== 0) return text(type, flags, id, payload);
    const padding = (flags & 8) === 0 ? 0 : payload[0]!;
    const data = (flags & 8) === 0 ? payload : payload.subarray(1, payload.length - padding);
    return `0/${flags}@${id} (${payload.length}) ${data.toString('hex')}`;
  });
}

/** Feeds bytes in pieces, each in a buffer of its own that is spoilt afterwards: nothing may be kept of it. */
function feed(bytes: Buffer, cuts: readonly number[]): { collector: Collector; parser: FrameParser } {
  const collector = new Collector();
  const parser = new FrameParser(collector);
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (let i = 1; i < edges.length; i++) {
    const piece = Buffer.concat([Buffer.from('xx'), bytes.subarray(edges[i - 1], edges[i]), Buffer.from('yy')]);
    parser.parse(piece, 2, piece.length - 2);
    piece.fill(0xee);
  }
  return { collector, parser };
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 300, maxLength: 400 }),
  fc.constantFrom(16_384, 16_383, 5000).map((length) => new Uint8Array(length).fill(7)),
);
const anyFrame = fc
  .record({ type: fc.integer({ min: 0, max: 20 }), flags: fc.nat(255), id: fc.nat(2 ** 31 - 1), payload })
  .map((given) => {
    const body = Buffer.from(given.payload);
    const isPadded = given.type === 0 && (given.flags & 8) !== 0;
    if (isPadded && body.length === 0) return frame(0, given.flags & ~8, given.id);
    if (isPadded) body[0] = body[0]! % body.length;
    return frame(given.type, given.flags, given.id, body);
  });

describe('FrameParser', () => {
  it('finds the frames of the simple parser, wherever the bytes are split', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames);
        const { collector, parser } = feed(bytes, cuts);
        assert.equal(collector.fault, undefined);
        assert.deepEqual(collector.frames, expected(bytes));
        assert.equal(parser.heldBytes, 0);
      }),
      { numRuns: 150 },
    );
  });

  it('finds them byte by byte', () => {
    const bytes = Buffer.concat([
      frame(1, 4, 1, [1, 2, 3]),
      frame(0, 8, 1, [2, 9, 9, 0, 0]),
      frame(0, 1, 1),
      frame(0, 8, 3, [0]),
      frame(4, 0, 0),
    ]);
    const { collector } = feed(
      bytes,
      Array.from(bytes, (_, i) => i),
    );
    assert.deepEqual(collector.frames, expected(bytes));
  });

  it('ignores the reserved bit of stream ids', () => {
    const bytes = frame(6, 0, 0, Buffer.alloc(8));
    bytes[5] = 0x80;
    assert.deepEqual(feed(bytes, []).collector.frames, [`6/0@0 ${'00'.repeat(8)}`]);
  });

  for (const [name, bytes, details] of [
    ['a frame that is too large', frame(1, 4, 1, Buffer.alloc(16_385)), 'http2.frame_too_large'],
    ['DATA that is too large', frame(0, 0, 1, Buffer.alloc(16_385)), 'http2.frame_too_large'],
    ['padding as long as the frame', frame(0, 8, 1, [3, 0, 0]), 'http2.bad_padding'],
    ['padding without its length', frame(0, 8, 1), 'http2.bad_frame_size'],
  ] as const) {
    it(`stops at ${name}, however it is split`, () => {
      for (const cuts of [[], [3], [9], [10], Array.from({ length: 14 }, (_, i) => i)]) {
        const { collector, parser } = feed(
          Buffer.concat([frame(4, 0, 0), bytes, frame(4, 0, 0)]),
          cuts.map((cut) => cut + 9),
        );
        assert.equal(collector.fault?.details, details);
        assert.equal(collector.frames.length, 1);
        assert.equal(parser.heldBytes, 0);
      }
    });
  }

  it('holds no more than twice what the peer has sent', () => {
    const parser = new FrameParser(new Collector());
    const bytes = frame(1, 4, 1, Buffer.alloc(16_384));
    for (let at = 0; at < bytes.length - 1; at++) {
      parser.parse(bytes, at, at + 1);
      assert.ok(parser.heldBytes <= Math.max(64, 2 * (at + 1)));
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { CompressorCodec, DecompressorCodec } from '@weft/engine';
import fc from 'fast-check';
import { FieldHead } from '../../../http/field-head.ts';
import type { FieldList } from '../../../http/head.ts';
import { compressorOf, decompressorOf, HAS_ZSTD, refuseEncoding } from './body-codecs.ts';
import { BodyTransform, type BodyTransformParts } from './body-transform.ts';

const COMPRESSORS: Readonly<Record<'gzip' | 'br' | 'zstd', CompressorCodec>> = {
  gzip: { encoding: 'gzip', level: 1, memLevel: 5, strategy: 0, windowBits: 12, chunkBytes: 4096 },
  br: {
    encoding: 'br',
    quality: 3,
    mode: 0,
    windowBits: 18,
    blockBits: 24,
    disablesLiteralModeling: false,
    chunkBytes: 4096,
  },
  zstd: { encoding: 'zstd', level: 3, strategy: 0, hasChecksum: true, chunkBytes: 4096 },
};
const unpacking = (encoding: DecompressorCodec['encoding']): DecompressorCodec => ({
  encoding,
  windowBits: encoding === 'gzip' ? 15 : 0,
  chunkBytes: 4096,
  maxInflateRatio: 100,
});
const ENCODINGS = HAS_ZSTD ? (['gzip', 'br', 'zstd'] as const) : (['gzip', 'br'] as const);

/** What follows a transform: the next one, or the end. It may refuse data for a while. */
interface Sink {
  take(bytes: Buffer, isLast: boolean): boolean;
  takeTrailers(trailers: FieldList): void;
  onPause(isPaused: boolean): void;
}

function transformInto(
  sink: Sink,
  parts: Pick<BodyTransformParts, 'codec'> & Partial<Pick<BodyTransformParts, 'maxRatio' | 'onFailure'>>,
) {
  const stats = new Float64Array(2);
  const body = new BodyTransform({
    maxRatio: Number.POSITIVE_INFINITY,
    endWith: (trailers) => trailers,
    onFailure: (code) => assert.fail(code),
    ...parts,
    stats,
    inputSlot: 0,
    outputSlot: 1,
    side: {
      send: (bytes, start, end, isLast) => sink.take(bytes.subarray(start, end), isLast),
      sendTrailers: (trailers) => sink.takeTrailers(trailers),
      pause: (isPaused) => sink.onPause(isPaused),
    },
  });
  return { body, stats };
}

/** The end of a body: keeps it, and is full after every `fullEvery` pieces, for a turn of the loop. */
class Collector implements Sink {
  readonly done = Promise.withResolvers<void>();
  readonly #fullEvery: number;
  readonly #pieces: Buffer[] = [];
  trailers: FieldList | undefined;
  source: BodyTransform | undefined;
  onPause: (isPaused: boolean) => void = () => undefined;
  #isFull = false;
  #count = 0;

  constructor(fullEvery: number) {
    this.#fullEvery = fullEvery;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  take(bytes: Buffer, isLast: boolean): boolean {
    assert.equal(this.#isFull && bytes.length > 0, false, 'nothing comes while the sink is full');
    this.#pieces.push(Buffer.from(bytes));
    if (isLast) this.done.resolve();
    if (isLast || ++this.#count % this.#fullEvery !== 0) return true;
    this.#isFull = true;
    setImmediate(() => {
      this.#isFull = false;
      this.source?.drain();
    });
    return false;
  }

  takeTrailers(trailers: FieldList): void {
    this.trailers = trailers;
    this.done.resolve();
  }
}

/** Sends pieces as a source does that stops when it is asked to. */
class Feeder {
  #pieces: Buffer[];
  readonly #body: BodyTransform;
  readonly #trailers: FieldList | undefined;
  isPaused = false;

  constructor(body: BodyTransform, pieces: readonly Buffer[], trailers: FieldList | undefined) {
    this.#body = body;
    this.#pieces = [...pieces];
    this.#trailers = trailers;
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (!isPaused) this.run();
  }

  run(): void {
    while (!this.isPaused && this.#pieces.length > 0) {
      const piece = this.#pieces.shift()!;
      const isLast = this.#pieces.length === 0;
      this.#body.add(piece, 0, piece.length, isLast && this.#trailers === undefined);
      if (isLast && this.#trailers !== undefined) this.#body.addTrailers(this.#trailers);
    }
  }
}

async function compress(pieces: readonly Buffer[], codec: CompressorCodec): Promise<Buffer> {
  const end = new Collector(Number.POSITIVE_INFINITY);
  const { body } = transformInto(end, { codec: compressorOf(codec) });
  for (const [i, piece] of pieces.entries()) body.add(piece, 0, piece.length, i === pieces.length - 1);
  await end.done.promise;
  return end.bytes;
}

describe('a body on its way through codecs', () => {
  for (const encoding of ENCODINGS) {
    it(`is the same after ${encoding} and back, however it is cut and whoever has to wait`, async () => {
      const piece = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.alloc(20_000, Buffer.from(bytes))),
      );
      const pieces = fc.array(piece, { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(
          pieces,
          fc.integer({ min: 1, max: 4 }),
          fc.boolean(),
          async (given, fullEvery, hasTrailers) => {
            const all = given.map((bytes) => Buffer.from(bytes));
            const end = new Collector(fullEvery);
            const back = transformInto(end, { codec: decompressorOf(unpacking(encoding)), maxRatio: 1e9 });
            end.source = back.body;
            // The decompressor is what the compressor writes to: it takes what comes, and asks it to wait when it has much.
            let isFull = false;
            const there = transformInto(
              {
                take: (bytes, isLast) => {
                  back.body.add(bytes, 0, bytes.length, isLast);
                  return !isFull;
                },
                takeTrailers: (trailers) => back.body.addTrailers(trailers),
                onPause: (isPaused) => feeder.pause(isPaused),
              },
              { codec: compressorOf(COMPRESSORS[encoding]) },
            );
            end.onPause = (isPaused?: boolean) => {
              isFull = isPaused === true;
              if (!isFull) there.body.drain();
            };
            const trailers = hasTrailers ? FieldHead.fromPairs([['t', '1']]) : undefined;
            const feeder = new Feeder(there.body, all, trailers);
            feeder.run();
            await end.done.promise;
            const expected = Buffer.concat(all);
            assert.ok(end.bytes.equals(expected));
            assert.equal(end.trailers, trailers);
            assert.equal(there.stats[0], expected.length);
            assert.equal(back.stats[1], expected.length);
            assert.equal(there.stats[1], back.stats[0]);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  it('comes out piece by piece, so that nobody waits for more of it', async () => {
    const first = Promise.withResolvers<Buffer>();
    const { body } = transformInto(
      {
        take: (bytes) => {
          first.resolve(Buffer.from(bytes));
          return true;
        },
        takeTrailers: () => assert.fail(),
        onPause: () => assert.fail(),
      },
      { codec: compressorOf(COMPRESSORS.gzip) },
    );
    body.add(Buffer.from('hello'), 0, 5, false);
    assert.equal(gunzipSync(await first.promise, { finishFlush: 2 }).toString(), 'hello');
    body.stop();
  });

  it('stops the source while nobody takes what comes out, and lets it go on', async () => {
    const pauses: boolean[] = [];
    const went = Promise.withResolvers<void>();
    const { body } = transformInto(
      {
        take: () => false,
        takeTrailers: () => assert.fail(),
        onPause: (isPaused) => {
          pauses.push(isPaused);
          if (!isPaused) went.resolve();
        },
      },
      { codec: compressorOf(COMPRESSORS.gzip) },
    );
    const noise = Buffer.from(Array.from({ length: 16_384 }, (_, i) => (i * i * 31) % 251));
    for (let i = 0; i < 8; i++) body.add(noise, 0, noise.length, false);
    assert.deepEqual(pauses, [true]);
    const reader = setInterval(() => body.drain(), 1);
    await went.promise;
    clearInterval(reader);
    assert.deepEqual(pauses, [true, false]);
    body.stop();
  });

  it('gives its codec back when it is given up', () => {
    const running = compressorOf(COMPRESSORS.gzip).start();
    const codec = { start: () => running, apply: () => undefined };
    const sink: Sink = { take: () => assert.fail(), takeTrailers: () => assert.fail(), onPause: () => assert.fail() };
    const { body } = transformInto(sink, { codec });
    body.add(Buffer.from('hello'), 0, 5, false);
    body.stop();
    assert.equal(running.destroyed, true);
    body.add(Buffer.from('more'), 0, 4, true);
    body.addTrailers(FieldHead.fromPairs([]));
  });

  it('is done at once when it is small and there in full', () => {
    const taken: string[] = [];
    const sink: Sink = {
      take: (bytes, isLast) => {
        taken.push(isLast ? 'end' : gunzipSync(bytes).toString());
        return true;
      },
      takeTrailers: () => taken.push('trailers'),
      onPause: () => assert.fail(),
    };
    transformInto(sink, { codec: compressorOf(COMPRESSORS.gzip) }).body.add(Buffer.from('hello'), 0, 5, true);
    transformInto(sink, { codec: compressorOf(COMPRESSORS.gzip) }).body.addTrailers(FieldHead.fromPairs([]));
    assert.deepEqual(taken, ['hello', 'end', '', 'trailers']);
  });

  it('may be nothing at all', () => {
    const end = new Collector(1);
    const { body } = transformInto(end, { codec: decompressorOf(unpacking('gzip')) });
    body.add(Buffer.alloc(0), 0, 0, true);
    assert.equal(end.bytes.length, 0);
  });

  it('is done in pieces when much comes out of little', async () => {
    const end = new Collector(Number.POSITIVE_INFINITY);
    const { body } = transformInto(end, { codec: decompressorOf(unpacking('gzip')) });
    const packed = gzipSync('a'.repeat(200_000));
    body.add(packed, 0, packed.length, true);
    assert.equal(end.bytes.length, 0);
    await end.done.promise;
    assert.equal(end.bytes.length, 200_000);
  });

  it('is what zlib reads', async () => {
    const pieces = ['a', 'b'.repeat(5000), ''].map((text) => Buffer.from(text));
    const expected = Buffer.concat(pieces);
    assert.deepEqual(gunzipSync(await compress(pieces, COMPRESSORS.gzip)), expected);
    assert.deepEqual(brotliDecompressSync(await compress(pieces, COMPRESSORS.br)), expected);
  });
});

describe('a body that is not what it says', () => {
  const failureOf = (bytes: Buffer, maxRatio: number) =>
    new Promise<string>((resolve, reject) => {
      const { body } = transformInto(
        {
          take: (_bytes, isLast) => {
            if (isLast) reject(new Error('it passed'));
            return true;
          },
          takeTrailers: () => assert.fail(),
          onPause: () => assert.fail(),
        },
        { codec: decompressorOf(unpacking('gzip')), maxRatio, onFailure: resolve },
      );
      body.add(bytes, 0, bytes.length, true);
    });

  it('fails when it is broken, and when it is cut', async () => {
    const good = gzipSync('hello world '.repeat(3000));
    const broken = Buffer.from(good);
    broken[broken.length - 6]! ^= 255;
    assert.equal(await failureOf(broken, 1000), 'Z_DATA_ERROR');
    assert.equal(await failureOf(good.subarray(0, 80), 1000), 'Z_BUF_ERROR');
  });

  it('fails when it grows too much', async () => {
    assert.equal(await failureOf(gzipSync('a'.repeat(1_000_000)), 100), 'Z_DATA_ERROR');
  });
});

describe('a runtime without zstd', () => {
  it('refuses it, and only it, by name', () => {
    assert.match(refuseEncoding('zstd', false) ?? '', /has no zstd.*use gzip or brotli/);
    assert.equal(refuseEncoding('zstd', true), undefined);
    assert.equal(refuseEncoding('gzip', false), undefined);
  });
});

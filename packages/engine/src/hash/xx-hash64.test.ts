import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHash64, type Hash64, xxHash64, xxHash64Text } from './xx-hash64.ts';

/** The specification with BigInt, as slow as it is plain. */
function reference(bytes: Uint8Array, seed: bigint): bigint {
  const wrap = (value: bigint) => BigInt.asUintN(64, value);
  const rotate = (value: bigint, bits: bigint) => wrap((value << bits) | (value >> (64n - bits)));
  const [p1, p2, p3, p4, p5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ] as const;
  const read = (at: number, size: number) => {
    let value = 0n;
    for (let i = size - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[at + i]!);
    return value;
  };
  const round = (accumulator: bigint, input: bigint) => wrap(rotate(wrap(accumulator + wrap(input * p2)), 31n) * p1);
  let at = 0;
  let hash = wrap(seed + p5);
  if (bytes.length >= 32) {
    const lanes = [wrap(seed + p1 + p2), wrap(seed + p2), seed, wrap(seed - p1)];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i += 1) lanes[i] = round(lanes[i]!, read(at + i * 8, 8));
    }
    hash = wrap(rotate(lanes[0]!, 1n) + rotate(lanes[1]!, 7n) + rotate(lanes[2]!, 12n) + rotate(lanes[3]!, 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = wrap(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) hash = wrap(rotate(hash ^ round(0n, read(at, 8)), 27n) * p1 + p4);
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(read(at, 4) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at += 1) hash = wrap(rotate(hash ^ wrap(read(at, 1) * p5), 11n) * p1);
  hash = wrap((hash ^ (hash >> 33n)) * p2);
  hash = wrap((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

const toBigInt = ({ high, low }: Hash64) => (BigInt(high) << 32n) | BigInt(low);

test('known hashes', () => {
  const cases: [string, string][] = [
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['foo', '33bf00a859c4ba3f'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ];
  for (const [text, expected] of cases) assert.equal(formatHash64(xxHash64Text(text)), expected, text);
});

test('equals the specification for all lengths and seeds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes, seed) => {
      const halves = { high: Number(seed >> 32n), low: Number(seed & 0xffff_ffffn) };
      assert.equal(toBigInt(xxHash64(bytes, undefined, halves)), reference(bytes, seed));
    }),
  );
});

test('texts are hashed by their bytes, or by their UTF-8 where a character is no byte', () => {
  assert.deepEqual(xxHash64Text('\u00e9'), xxHash64(new Uint8Array([0xe9])));
  assert.deepEqual(xxHash64Text('\u20ac'), xxHash64(new TextEncoder().encode('\u20ac')));
  const long = 'x'.repeat(5000);
  assert.deepEqual(xxHash64Text(long), xxHash64(new TextEncoder().encode(long)));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Base64Decoder, Base64Encoder } from './base64-stream.ts';

const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });

test('what is encoded in any pieces is the base64 of the whole', () => {
  fc.assert(
    fc.property(pieces, (all) => {
      const encoder = new Base64Encoder();
      const text = Buffer.concat([...all.map((piece) => encoder.add(piece)), encoder.end()]).toString();
      assert.equal(text, Buffer.concat(all).toString('base64'));
    }),
  );
});

test('what is decoded in any pieces is the whole, also when the client padded each of its own', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 7 }), (all, cut) => {
      const text = Buffer.from(all.map((piece) => Buffer.from(piece).toString('base64')).join(''));
      const decoder = new Base64Decoder();
      const decoded: Buffer[] = [];
      for (let at = 0; at < text.length; at += cut)
        decoded.push(decoder.add(text, at, Math.min(at + cut, text.length))!);
      assert.ok(decoder.isWhole);
      assert.deepEqual(Buffer.concat(decoded), Buffer.concat(all));
    }),
  );
});

test('other text is refused', () => {
  const text = Buffer.from('ab!d');
  assert.equal(new Base64Decoder().add(text, 0, 4), undefined);
  const half = new Base64Decoder();
  half.add(Buffer.from('abc'), 0, 3);
  assert.equal(half.isWhole, false);
});

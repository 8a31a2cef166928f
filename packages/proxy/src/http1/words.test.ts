import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { skipPrintable, wordOf, wordsOf } from './words.ts';

it('printable ASCII is skipped up to a word before what is not', () => {
  const byte = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 32, max: 126 }) }, fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), fc.nat(8), fc.nat(60), (values, start, end) => {
      const bytes = Buffer.from(values);
      const limit = Math.min(end, bytes.length);
      let expected = Math.min(start, limit);
      while (expected < limit && bytes[expected]! >= 32 && bytes[expected]! <= 126) expected++;
      const at = skipPrintable(wordsOf(bytes), Math.min(start, limit), limit);
      assert.ok(at <= expected && at > expected - 4, `${at} for ${expected}`);
    }),
    { numRuns: 3000 },
  );
});

it('each byte ends the printable ones or does not, in each of four places', () => {
  for (let byte = 0; byte < 256; byte++) {
    for (let place = 0; place < 4; place++) {
      const bytes = Buffer.from('    ');
      bytes[place] = byte;
      assert.equal(skipPrintable(wordsOf(bytes), 0, 4), byte >= 32 && byte <= 126 ? 4 : 0, `${byte} at ${place}`);
    }
  }
});

it('words are those of the bytes that were asked for', () => {
  const bytes = Buffer.from('..HTTP/1.1');
  assert.equal(wordsOf(bytes).getInt32(2, true), wordOf('HTTP'));
  assert.equal(wordsOf(bytes.subarray(2)).getInt32(4, true), wordOf('/1.1'));
  assert.equal(wordsOf(bytes).getInt32(2, true), wordOf('HTTP'));
});

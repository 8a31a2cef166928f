import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineDecoder } from './line-decoder.ts';

test('lines come out whole, however the bytes are cut', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\s/g, ''));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const decoder = new LineDecoder(10_000);
      const out: string[] = [];
      let start = 0;
      for (const cut of [...cuts, bytes.length]) {
        out.push(...decoder.push(bytes.subarray(start, start + cut)));
        start += cut;
      }
      assert.deepEqual(
        out,
        lines.filter((each) => each !== ''),
      );
      assert.equal(decoder.isInLine, false);
    }),
  );
});

test('a line beyond the bound is refused before it ends, whole lines within it are not', () => {
  const decoder = new LineDecoder(4);
  assert.deepEqual(decoder.push(Buffer.from('abcd\nabcd\nab')), ['abcd', 'abcd']);
  assert.equal(decoder.isInLine, true);
  assert.deepEqual(decoder.push(Buffer.from('cd')), []);
  assert.throws(() => decoder.push(Buffer.from('e')), /longer than 4 bytes/);
});

test('bytes that are not UTF-8 are refused', () => {
  assert.throws(() => new LineDecoder(100).push(Buffer.from([0x61, 0xff, 0x0a])), /UTF-8/);
});

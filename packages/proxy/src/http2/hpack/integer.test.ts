import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { INTEGER_OVERFLOW, INTEGER_TRUNCATED, MAX_INTEGER_BYTES, readInteger, writeInteger } from './integer.ts';
import { hex } from './testing.ts';

const read = (bytes: Buffer, mask: number) => readInteger({ position: 0 }, bytes, bytes.length, mask);

describe('integers', () => {
  it('are those of RFC 7541 C.1', () => {
    for (const [mask, value, text] of [
      [31, 10, '0a'],
      [31, 1337, '1f9a0a'],
      [255, 42, '2a'],
    ] as const) {
      const out = Buffer.alloc(8);
      const end = writeInteger(out, 0, 0, mask, value);
      assert.equal(out.toString('hex', 0, end), text);
      assert.equal(read(hex(text), mask), value);
    }
  });

  it('survive the round trip', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(15, 31, 63, 127), (value, mask) => {
        const out = Buffer.alloc(MAX_INTEGER_BYTES);
        const cursor = { position: 0 };
        const end = writeInteger(out, 0, 0, mask, value);
        assert.equal(readInteger(cursor, out, end, mask), value);
        assert.equal(cursor.position, end);
      }),
    );
  });

  it('are refused when cut or too large', () => {
    assert.equal(read(hex(''), 127), INTEGER_TRUNCATED);
    assert.equal(read(hex('7f'), 127), INTEGER_TRUNCATED);
    assert.equal(read(hex('7fffffff'), 127), INTEGER_TRUNCATED);
    assert.equal(read(hex('7fffffffff7f'), 127), INTEGER_OVERFLOW);
    assert.equal(read(hex('7f808080808000'), 127), INTEGER_OVERFLOW);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { FieldInterner } from './field-interner.ts';
import type { HeaderField } from './header-field.ts';
import { HPACK_ERROR, hpackErrorName, isCompressionError } from './hpack-error.ts';
import { RFC_EXAMPLES } from './rfc-examples.ts';
import { decodeBlock, decodePairs, decoderOfSize, encodeBlock, hex, WIDE } from './testing.ts';

describe('decoder, RFC 7541 appendix C', () => {
  for (const { section, tableSize, blocks } of RFC_EXAMPLES) {
    it(section, () => {
      const decoder = tableSize === 4096 ? new HpackDecoder() : decoderOfSize(tableSize);
      assert.equal(decoder.tableMaxSize, tableSize);
      for (const { hex: text, fields, sizeAfter } of blocks) {
        assert.deepEqual(decodePairs(decoder, hex(text)), fields);
        assert.equal(decoder.tableSize, sizeAfter);
      }
    });
  }

  it('C.2', () => {
    const incremental = new HpackDecoder();
    const block = hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572');
    assert.deepEqual(decodePairs(incremental, block), [['custom-key', 'custom-header']]);
    assert.equal(incremental.tableSize, 55);
    const plain = new HpackDecoder();
    assert.deepEqual(decodePairs(plain, hex('040c 2f73 616d 706c 652f 7061 7468')), [[':path', '/sample/path']]);
    assert.equal(plain.tableSize, 0);
    const [secret] = decodeBlock(plain, hex('1008 7061 7373 776f 7264 0673 6563 7265 74')) as HeaderField[];
    assert.deepEqual([secret!.name, secret!.value, secret!.isNeverIndexed], ['password', 'secret', true]);
    assert.deepEqual(decodePairs(plain, hex('82')), [[':method', 'GET']]);
  });
});

describe('decoder errors', () => {
  for (const [name, block] of [
    ['badIndex', '80'],
    ['badIndex', 'be'],
    ['badIndex', '7f0000'],
    ['badIndex', 'ffffffff0f'],
    ['truncated', '40'],
    ['truncated', '4001'],
    ['truncated', '400161'],
    ['truncated', '4001610561'],
    ['truncated', 'ff80'],
    ['truncated', '00ff80'],
    ['integerOverflow', 'ffffffffffff01'],
    ['integerOverflow', '007f808080808000'],
    ['badHuffman', '4481ff'],
    ['badHuffman', '4484ffffffff'],
    ['sizeUpdateTooLarge', '3fe21f'],
    ['sizeUpdateMisplaced', '8220'],
  ] as const) {
    it(`${name} for ${block}, for good`, () => {
      const decoder = new HpackDecoder();
      const result = decodeBlock(decoder, hex(block));
      assert.equal(hpackErrorName(result as number), name);
      assert.ok(isCompressionError(result as number));
      assert.equal(decodeBlock(decoder, hex('82')), result);
    });
  }

  it('want a size update after we lowered the table, and only then', () => {
    const lowered = () => {
      const decoder = new HpackDecoder();
      decodeBlock(decoder, hex('4001610162'));
      decoder.setMaxTableSize(0);
      decoder.setMaxTableSize(100);
      return decoder;
    };
    assert.equal(decodeBlock(lowered(), hex('82')), HPACK_ERROR.sizeUpdateMissing);
    assert.equal(decodeBlock(lowered(), hex('3f4582')), HPACK_ERROR.sizeUpdateMissing);
    const decoder = lowered();
    assert.deepEqual(decodePairs(decoder, hex('203f4582')), [[':method', 'GET']]);
    assert.equal(decoder.tableMaxSize, 100);
    assert.equal(decoder.tableSize, 0);
    decoder.setMaxTableSize(5000);
    assert.deepEqual(decodePairs(decoder, hex('82')), [[':method', 'GET']]);
  });
});

describe('decoder limits', () => {
  const block = hex('4001610162 82 4001630164');

  it('refuse a large list but keep the table in step', () => {
    for (const [limits, error] of [
      [{ maxListSize: 40, maxFields: 10 }, HPACK_ERROR.listTooLarge],
      [{ maxListSize: 1000, maxFields: 1 }, HPACK_ERROR.tooManyFields],
    ] as const) {
      const decoder = new HpackDecoder();
      const out: HeaderField[] = [];
      const result = decoder.decode(block, 0, block.length, out, limits);
      assert.equal(result, error);
      assert.ok(!isCompressionError(result));
      assert.equal(out.length, 1);
      assert.deepEqual(decodePairs(decoder, hex('bebf')), [
        ['c', 'd'],
        ['a', 'b'],
      ]);
    }
  });

  it('let a list of exactly the limit through', () => {
    assert.equal(new HpackDecoder().decode(block, 0, block.length, [], { maxListSize: 34 * 2 + 42, maxFields: 3 }), 3);
  });

  it('empty the table for an entry larger than it', () => {
    const decoder = decoderOfSize(64);
    decodeBlock(decoder, hex('4001610162'));
    const large = Buffer.concat([hex('4001617f01'), Buffer.alloc(128, 'x')]);
    assert.deepEqual(decodePairs(decoder, large), [['a', 'x'.repeat(128)]]);
    assert.equal(decoder.tableSize, 0);
  });
});

describe('decoder under fuzz', () => {
  it('never throws, and its table never exceeds the bound', () => {
    const step = fc.record({
      block: fc.uint8Array({ maxLength: 120 }),
      maxTableSize: fc.option(fc.integer({ min: 0, max: 70_000 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
        const decoder = new HpackDecoder(new FieldInterner());
        for (const { block, maxTableSize } of steps) {
          if (maxTableSize !== null) decoder.setMaxTableSize(maxTableSize);
          const out: HeaderField[] = [];
          const count = decoder.decode(Buffer.from(block), 0, block.length, out, WIDE);
          assert.ok(Number.isInteger(count) && count <= block.length);
          assert.ok(count < 0 || count === out.length);
          assert.ok(decoder.tableSize <= decoder.tableMaxSize && decoder.tableMaxSize <= 70_000);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives a list or a named error for mutated blocks', () => {
    const fields = new FieldInterner();
    const block = encodeBlock(
      new HpackEncoder(),
      RFC_EXAMPLES.flatMap(({ blocks }) => blocks.flatMap((b) => b.fields.map(([n, v]) => fields.field(n, v)))),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(block.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (edits) => {
          const mutated = Buffer.from(block);
          for (const [at, byte] of edits) mutated[at] = byte;
          const result = decodeBlock(new HpackDecoder(fields), mutated);
          assert.ok(typeof result === 'object' || hpackErrorName(result) !== undefined);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads nothing outside its range', () => {
    const bytes = hex('82 84 be');
    const out: HeaderField[] = [];
    assert.equal(new HpackDecoder().decode(bytes, 1, 2, out, WIDE), 1);
    assert.equal(out[0]!.name, ':path');
    const cut = hex('00 01 61 02 62 62');
    assert.equal(new HpackDecoder().decode(cut, 0, 5, out, WIDE), HPACK_ERROR.truncated);
  });
});

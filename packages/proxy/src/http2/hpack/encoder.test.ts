import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { FieldInterner } from './field-interner.ts';
import { type HeaderField, literalField, neverIndexedField } from './header-field.ts';
import { RFC_EXAMPLES } from './rfc-examples.ts';
import { decodeBlock, decodePairs, encodeBlock, hex, type Pair } from './testing.ts';

/** Not the one of the process: what other tests have put there decides what may be indexed. */
const interner = new FieldInterner();
const toFields = (pairs: readonly Pair[]) => pairs.map(([name, value]) => interner.field(name, value));
const encodePairs = (encoder: HpackEncoder, ...pairs: Pair[]) => encodeBlock(encoder, toFields(pairs)).toString('hex');

describe('encoder', () => {
  for (const { section, isHuffman, blocks } of RFC_EXAMPLES.filter(({ tableSize }) => tableSize === 4096)) {
    it(`writes the bytes of RFC 7541 ${section}`, () => {
      const encoder = new HpackEncoder({ huffman: isHuffman ? 'always' : 'never' });
      for (const { hex: text, fields, sizeAfter } of blocks) {
        assert.deepEqual(encodeBlock(encoder, toFields(fields)), hex(text));
        assert.equal(encoder.tableSize, sizeAfter);
      }
    });
  }

  it('never indexes secrets and keeps a foreign mark', () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const fields = [
      ...toFields([
        ['authorization', 'Bearer x'],
        ['cookie', 'a=b'],
        ['set-cookie', 'a=b'],
      ]),
      neverIndexedField('x-pin', '1234'),
      literalField('cookie', 'c=d'),
    ];
    for (let hop = 0; hop < 2; hop++) {
      const received = decodeBlock(decoder, encodeBlock(encoder, fields)) as HeaderField[];
      assert.ok(received.every((field) => field.isNeverIndexed));
      const passedOn = decodeBlock(new HpackDecoder(), encodeBlock(new HpackEncoder(), received)) as HeaderField[];
      assert.deepEqual(
        passedOn.map((field) => [field.name, field.value, field.isNeverIndexed]),
        fields.map((field) => [field.name, field.value, true]),
      );
    }
    assert.equal(encoder.tableSize, 0);
  });

  it('does not spend the table on values that are unique', () => {
    const encoder = new HpackEncoder();
    encodePairs(encoder, ['content-length', '12'], [':path', '/x?id=1'], ['date', 'd'], ['etag', 'e']);
    encodePairs(encoder, ['x-large', 'x'.repeat(600)], [':path', `/${'p'.repeat(200)}`]);
    encodeBlock(encoder, [literalField('x-custom', '1')]);
    assert.equal(encoder.tableSize, 0);
  });

  it('spells a name with unique values once', () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const lengths = ['a1', 'b2', 'c3'].map((value) => {
      const pairs: Pair[] = [
        ['x-request-id', value],
        ['traceparent', value],
      ];
      const block = encodeBlock(encoder, toFields(pairs));
      assert.deepEqual(decodePairs(decoder, block), pairs);
      return block.length;
    });
    assert.deepEqual(lengths.slice(1), [10, 10]);
    assert.equal(encoder.tableSize, 46 + 45);
    // Only one of the two entries is left, and no room for another: the name is spelled again.
    encoder.setPeerMaxTableSize(50);
    const name = Buffer.from('x-request-id').toString('hex');
    assert.equal(encodePairs(encoder, ['x-request-id', 'd4']), `3f13000c${name}026434`);
  });

  it('refers to a name as long as one of its entries is left', () => {
    const encoder = new HpackEncoder({ maxTableSize: 120 });
    encodePairs(encoder, ['x-nm', 'v1'], ['x-nm', 'v2'], ['y-nm', 'v1'], ['z-nm', 'v1']);
    assert.equal(encoder.tableSize, 3 * 38);
    // Two bytes for index 64, three for the value.
    assert.equal(encodeBlock(encoder, toFields([['x-nm', 'v9']])).length, 5);
  });

  it('finds unique names by itself', () => {
    const fields = new FieldInterner();
    const encoder = new HpackEncoder();
    for (let i = 0; i < 1000; i++) encodeBlock(encoder, [fields.field('x-unlisted-id', `value-${i}`)]);
    const size = encoder.tableSize;
    const known = fields.field('x-tenant', 'acme');
    encodeBlock(encoder, [known]);
    for (let i = 0; i < 1000; i++) encodeBlock(encoder, [fields.field('x-unlisted-id', `other-${i}`)]);
    assert.equal(encodeBlock(encoder, [known]).length, 1);
    assert.ok(encoder.tableSize >= size - 100);
  });

  it('passes indexed fields of one connection on as one byte on another', () => {
    const [a, b] = [new HpackEncoder(), new HpackEncoder()];
    const [fromA, fromB] = [new HpackDecoder(interner), new HpackDecoder(interner)];
    const upstream = new HpackEncoder();
    const pairs: Pair[] = [
      ['user-agent', 'grpc-go/1.62.0'],
      ['x-tenant', 'acme'],
    ];
    const viaA = decodeBlock(fromA, encodeBlock(a, toFields(pairs))) as HeaderField[];
    const other = new FieldInterner();
    const viaB = decodeBlock(
      fromB,
      encodeBlock(
        b,
        pairs.map(([n, v]) => other.field(n, v)),
      ),
    ) as HeaderField[];
    encodeBlock(upstream, viaA);
    assert.equal(encodeBlock(upstream, viaB).length, 2);
  });

  it('tells the smallest and the last table size, once, at the next block', () => {
    const encoder = new HpackEncoder();
    encodePairs(encoder, ['a', 'b']);
    encoder.setPeerMaxTableSize(0);
    encoder.setPeerMaxTableSize(100);
    encoder.setPeerMaxTableSize(200);
    assert.equal(encodePairs(encoder, [':method', 'GET']), '203fa90182');
    assert.equal(encoder.tableSize, 0);
    assert.equal(encodePairs(encoder, [':method', 'GET']), '82');
    encoder.setPeerMaxTableSize(1 << 20);
    assert.equal(encodePairs(encoder, [':method', 'GET']), '3fe11f82');
    assert.equal(
      encodePairs(new HpackEncoder({ maxTableSize: 0 }), [':method', 'GET'], ['a', 'b']),
      '208200016101' + '62',
    );
  });

  it('refuses characters that a byte cannot hold', () => {
    assert.throws(() => interner.field('a', 'x\u010a'), /not latin1/);
    assert.throws(() => literalField('\u0141', ''), RangeError);
  });
});

describe('encoder and decoder', () => {
  const name = fc.oneof(
    fc.constantFrom(':path', ':authority', ':status', 'cookie', 'authorization', 'x-request-id', 'x-a', 'x-b', 'via'),
    fc.stringMatching(/^[a-z-]{1,20}$/),
  );
  const value = fc.oneof(
    fc.constantFrom('', '/', '200', 'GET', 'a', 'acme'),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  const kind = fc.constantFrom('shared', 'shared', 'shared', 'literal', 'never');
  const step = fc.record({
    fields: fc.array(fc.tuple(name, value, kind), { maxLength: 30 }),
    tableSizes: fc.array(fc.constantFrom(0, 64, 100, 300, 4096, 10_000), { maxLength: 3 }),
    isRepeated: fc.boolean(),
  });

  it('agree on every block of a connection, whatever table sizes do', () => {
    const options = fc.record({
      maxTableSize: fc.constantFrom(0, 200, 4096, 65_536),
      huffman: fc.constantFrom('indexed' as const, 'always' as const, 'never' as const),
    });
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 20 }), (encoderOptions, steps) => {
        const fields = new FieldInterner({ maxFields: 50 });
        const encoder = new HpackEncoder(encoderOptions);
        const decoder = new HpackDecoder(fields);
        for (const { fields: wanted, tableSizes, isRepeated } of steps) {
          for (const size of tableSizes) {
            decoder.setMaxTableSize(size);
            encoder.setPeerMaxTableSize(size);
          }
          const made = wanted.map(([n, v, k]) => {
            if (k === 'shared') return fields.field(n, v);
            return k === 'literal' ? literalField(n, v) : neverIndexedField(n, v);
          });
          for (let time = 0; time < (isRepeated ? 2 : 1); time++) {
            assert.deepEqual(
              decodePairs(decoder, encodeBlock(encoder, made)),
              wanted.map(([n, v]) => [n, v]),
            );
            assert.equal(decoder.tableSize, encoder.tableSize);
            assert.ok(encoder.tableSize <= encoder.tableMaxSize);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('stay in step over more entries than fit, with large tables', () => {
    const encoder = new HpackEncoder({ maxTableSize: 65_536 });
    const decoder = new HpackDecoder();
    decoder.setMaxTableSize(65_536);
    encoder.setPeerMaxTableSize(65_536);
    for (let round = 0; round < 60; round++) {
      const pairs: Pair[] = Array.from({ length: 100 }, (_, i) => [`n-${i}`, `v-${(round * (i % 7)) % 60}`]);
      assert.deepEqual(decodePairs(decoder, encodeBlock(encoder, toFields(pairs))), pairs);
    }
    assert.ok(encoder.tableSize > 60_000);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeHuffman, encodeHuffman, HUFFMAN_INVALID, huffmanLength } from './huffman.ts';
import { hex } from './testing.ts';

const OUT = Buffer.alloc(4096);
const decode = (bytes: Buffer) => {
  const length = decodeHuffman(bytes, 0, bytes.length, OUT);
  return length < 0 ? length : OUT.toString('latin1', 0, length);
};
const encode = (text: string) => {
  const out = Buffer.alloc(huffmanLength(text));
  assert.equal(encodeHuffman(text, out, 0), out.length);
  return out;
};

describe('huffman code', () => {
  it('gives every byte alone and beside every other byte back', () => {
    for (let a = 0; a < 256; a++) {
      const one = String.fromCharCode(a);
      assert.equal(decode(encode(one)), one);
      for (let b = 0; b < 256; b++) {
        const two = one + String.fromCharCode(b);
        assert.equal(decode(encode(two)), two);
      }
    }
  });

  it('gives any text back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        assert.equal(decode(encode(text)), text);
      }),
    );
  });

  it('has the codes of the RFC at its ends', () => {
    assert.equal(encode('www.example.com').toString('hex'), 'f1e3c2e5f23a6ba0ab90f4ff');
    // Symbols 10, 13 and 22 have 30 bits, 249 has 28 bits: 3ffffffc, 3ffffffd, 3ffffffe, ffffffe.
    assert.equal(encode('\n').toString('hex'), 'fffffff3');
    assert.equal(encode('\r').toString('hex'), 'fffffff7');
    assert.equal(encode('\x16').toString('hex'), 'fffffffb');
    assert.equal(encode('\xf9').toString('hex'), 'ffffffef');
  });

  it('refuses padding of a byte or more, padding that is not ones, and EOS', () => {
    assert.equal(decode(hex('1f')), 'a');
    assert.equal(decode(hex('1fff')), HUFFMAN_INVALID);
    assert.equal(decode(hex('ff')), HUFFMAN_INVALID);
    assert.equal(decode(hex('18')), HUFFMAN_INVALID);
    assert.equal(decode(hex('1e')), HUFFMAN_INVALID);
    assert.equal(decode(hex('ffffffff')), HUFFMAN_INVALID);
    assert.equal(decode(hex('fffffffc')), HUFFMAN_INVALID);
  });

  it('never writes behind what it promises for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const length = decodeHuffman(Buffer.from(bytes), 0, bytes.length, OUT);
        assert.ok(length <= (bytes.length * 8) / 5);
      }),
    );
  });
});

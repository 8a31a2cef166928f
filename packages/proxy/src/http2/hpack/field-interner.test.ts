import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HpackDecoder } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { FieldInterner } from './field-interner.ts';
import { neverIndexedField } from './header-field.ts';
import { nameOf, nameOfBytes } from './header-name.ts';
import { STATIC_FIELDS, STATIC_LENGTH } from './static-table.ts';
import { decodeBlock, encodeBlock } from './testing.ts';

describe('field interner', () => {
  it('gives one object for one field', () => {
    const fields = new FieldInterner();
    assert.equal(fields.field('x-a', '1'), fields.field('x-a', '1'));
    assert.notEqual(fields.field('x-a', '1'), fields.field('x-a', '2'));
    assert.equal(fields.field(':method', 'GET'), STATIC_FIELDS[2]);
    assert.equal(STATIC_LENGTH, 61);
  });

  it('does not take a zero byte for the border of name and value', () => {
    const fields = new FieldInterner();
    assert.notEqual(fields.field('a\0b', 'c'), fields.field('a', 'b\0c'));
  });

  it('holds no secrets, unique values or large fields', () => {
    const fields = new FieldInterner();
    fields.field('authorization', 'x');
    fields.field('x-request-id', 'x');
    fields.field('x-a', 'x'.repeat(1000));
    neverIndexedField('x-a', 'x');
    assert.equal(fields.count, 0);
  });

  it('stays bounded under unique fields and serves again afterwards', () => {
    const limits = { maxFields: 100, maxBytes: 8000, maxValuesPerName: 10 };
    const fields = new FieldInterner(limits);
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder(fields);
    for (let i = 0; i < 20_000; i++) {
      const foreign = new FieldInterner();
      decodeBlock(
        decoder,
        encodeBlock(encoder, [foreign.field(`x-${i % 3000}`, `${i}`), foreign.field('x-b', `${i}`)]),
      );
      assert.ok(fields.count <= 2 * limits.maxFields);
      assert.ok(decoder.tableSize <= 4096);
    }
    assert.equal(fields.field('x-late', 'v'), fields.field('x-late', 'v'));
  });

  it('keeps what is in use when a generation ends', () => {
    const fields = new FieldInterner({ maxFields: 10 });
    const kept = fields.field('x-kept', 'v');
    for (let i = 0; i < 100; i++) {
      fields.field(`x-${i}`, 'v');
      assert.equal(fields.field('x-kept', 'v'), kept);
    }
  });
});

describe('header names', () => {
  it('are the same object from text and from bytes', () => {
    for (const text of ['x-learnt', 'traceparent', ':path', '', 'x'.repeat(100), '\xe9']) {
      const bytes = Buffer.from(`..${text}..`, 'latin1');
      assert.equal(nameOfBytes(bytes, 2, bytes.length - 2), nameOf(text));
    }
  });

  it('stay right when learnt ones push each other out', () => {
    for (let i = 0; i < 20_000; i++) {
      const text = `x-flood-${i}`;
      assert.equal(nameOf(text).text, text);
      assert.equal(nameOf('traceparent').text, 'traceparent');
    }
    const bytes = Buffer.from('x-flood-7');
    assert.equal(nameOfBytes(bytes, 0, bytes.length).text, 'x-flood-7');
  });
});

/** Helpers of the tests in this folder. */
import type { HeaderListLimits } from './decoder.ts';
import { HpackDecoder } from './decoder.ts';
import type { HpackEncoder, HpackSink } from './encoder.ts';
import type { HeaderField } from './header-field.ts';

/** A field as text. */
export type Pair = readonly [name: string, value: string];

/** Limits that no ordinary test meets. */
export const WIDE: HeaderListLimits = { maxListSize: 1 << 24, maxFields: 1 << 16 };

/** A sink that starts tiny, so that every test also tests growing. */
export class TestSink implements HpackSink {
  buffer = Buffer.alloc(1);

  grow(used: number, length: number): void {
    const grown = Buffer.alloc(length);
    this.buffer.copy(grown, 0, 0, used);
    this.buffer = grown;
  }
}

/** The bytes of a block. */
export function encodeBlock(encoder: HpackEncoder, fields: readonly HeaderField[]): Buffer {
  const sink = new TestSink();
  const end = encoder.encode(sink, 0, fields, fields.length);
  return sink.buffer.subarray(0, end);
}

/** The fields of a block, or the error. */
export function decodeBlock(decoder: HpackDecoder, block: Buffer, limits = WIDE): HeaderField[] | number {
  const out: HeaderField[] = [];
  const count = decoder.decode(block, 0, block.length, out, limits);
  return count < 0 ? count : out.slice(0, count);
}

/** The fields of a block as text; fails if there is an error. */
export function decodePairs(decoder: HpackDecoder, block: Buffer): Pair[] {
  const fields = decodeBlock(decoder, block);
  if (typeof fields === 'number') throw new Error(`decode: ${fields}`);
  return fields.map(({ name, value }) => [name, value]);
}

/** Bytes from hexadecimal text with spaces. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

/** A decoder whose peer uses this table size, as if announced before the first block. */
export function decoderOfSize(size: number): HpackDecoder {
  const decoder = new HpackDecoder();
  decoder.setMaxTableSize(size);
  const block = Buffer.alloc(8);
  block[0] = 0x3f;
  let position = 1;
  let rest = size - 31;
  for (; rest >= 128; rest >>>= 7) block[position++] = (rest & 127) | 128;
  block[position++] = rest;
  decodeBlock(decoder, block.subarray(0, position));
  return decoder;
}

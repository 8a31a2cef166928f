import { latin1Write } from '../../http/latin1.ts';
import { DEFAULT_TABLE_SIZE, DynamicTable } from './dynamic-table.ts';
import { FieldIndex } from './field-index.ts';
import type { HeaderField } from './header-field.ts';
import { type HeaderName, INDEXING } from './header-name.ts';
import { encodeHuffman, huffmanLength } from './huffman.ts';
import { writeInteger } from './integer.ts';
import { STATIC_LENGTH } from './static-table.ts';

/** A buffer of the caller that the encoder writes to and has grown when it is full. */
export interface HpackSink {
  buffer: Buffer;
  /** Makes `buffer` hold at least `length` bytes; what is in it before `used` must stay. */
  grow(used: number, length: number): void;
}

/** When strings are Huffman coded, where that is shorter. */
export type HuffmanUse = 'indexed' | 'always' | 'never';

/** What an encoder is made with. */
export interface HpackEncoderOptions {
  /** Largest table that we keep, whatever the peer allows. */
  readonly maxTableSize?: number;
  /** Default: only for fields that enter the table, where the work is done once; literals of every request go plain. */
  readonly huffman?: HuffmanUse;
}

/** More than the two size updates of a block can take. */
const UPDATE_ROOM = 16;
/** Largest entry that is made for its name alone. */
const LARGEST_NAME_ENTRY = 160;
/** Strings below this are written by a loop, which is quicker than a call into the runtime. */
const LOOP_BELOW = 24;

/**
 * Encodes the header blocks that go to one peer on one connection, in order. What was begun must be sent, whatever becomes of its
 * stream: the table has changed.
 */
export class HpackEncoder {
  readonly #ownMaxSize: number;
  readonly #huffman: HuffmanUse;
  readonly #table = new DynamicTable(DEFAULT_TABLE_SIZE);
  readonly #index = new FieldIndex();
  /** Key: name without a static index; value: sequence number of the newest entry with it. Written by #insert and #evict only. */
  readonly #names = new Map<HeaderName, number>();
  /** Bound to announce with the next block, and the smallest one since the last (RFC 7541 §4.2). */
  #nextMaxSize = DEFAULT_TABLE_SIZE;
  #leastMaxSize = DEFAULT_TABLE_SIZE;

  constructor({ maxTableSize = DEFAULT_TABLE_SIZE, huffman = 'indexed' }: HpackEncoderOptions = {}) {
    this.#ownMaxSize = maxTableSize;
    this.#huffman = huffman;
    this.setPeerMaxTableSize(DEFAULT_TABLE_SIZE);
  }

  /** Size of the dynamic table. */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Bound of the dynamic table in use now. */
  get tableMaxSize(): number {
    return this.#table.maxSize;
  }

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE into use, from the next block on. */
  setPeerMaxTableSize(maxTableSize: number): void {
    this.#nextMaxSize = Math.min(maxTableSize, this.#ownMaxSize);
    this.#leastMaxSize = Math.min(this.#leastMaxSize, this.#nextMaxSize);
  }

  /** Encodes a whole block, the first `count` of `fields`, at `offset`; returns the offset behind it. */
  encode(sink: HpackSink, offset: number, fields: readonly HeaderField[], count: number): number {
    let position = this.begin(sink, offset);
    for (let i = 0; i < count; i++) position = this.field(sink, position, fields[i]!);
    return position;
  }

  /** Begins a block at `offset`; returns where its first field goes. */
  begin(sink: HpackSink, offset: number): number {
    const least = this.#leastMaxSize;
    const next = this.#nextMaxSize;
    const current = this.#table.maxSize;
    if (least === current && next === current) return offset;
    if (sink.buffer.length - offset < UPDATE_ROOM) sink.grow(offset, offset + UPDATE_ROOM);
    let position = offset;
    if (least < next && least < current) position = this.#resize(sink.buffer, position, least);
    position = this.#resize(sink.buffer, position, next);
    this.#leastMaxSize = next;
    return position;
  }

  /** Adds a field to the block that was begun; returns where the next one goes. */
  field(sink: HpackSink, offset: number, field: HeaderField): number {
    // The size of a field covers its plain literal: 32 bytes are more than the three integers before and within it.
    if (sink.buffer.length - offset < field.size) sink.grow(offset, offset + field.size);
    const out = sink.buffer;
    if (field.staticIndex !== 0) {
      out[offset] = 0x80 | field.staticIndex;
      return offset + 1;
    }
    if (field.indexing === INDEXING.incremental) {
      if (this.#index.has(field)) {
        const index = STATIC_LENGTH + ((this.#table.inserted - this.#index.sequence) | 0);
        if (index < 127) {
          out[offset] = 0x80 | index;
          return offset + 1;
        }
        return writeInteger(out, offset, 0x80, 127, index);
      }
      // An entry that fills most of the table would cost all others their place.
      if (field.size * 2 <= this.#table.maxSize) return this.#indexed(out, offset, field);
    }
    if (field.indexing === INDEXING.none && this.#isFirstOfName(field)) return this.#indexed(out, offset, field);
    const pattern = field.indexing === INDEXING.never ? 0x10 : 0;
    return this.#literal(out, offset, field, pattern, 15, this.#huffman === 'always');
  }

  /**
   * A name with unique values (a request id) is put into the table once, with whatever value it has then, so that later fields need
   * not spell it; only while there is free room, and not for fields whose sender alone did not want an entry.
   */
  #isFirstOfName({ header, size }: HeaderField): boolean {
    if (header.staticIndex !== 0 || header.indexing !== INDEXING.none) return false;
    const fits = size <= LARGEST_NAME_ENTRY && this.#table.size + size <= this.#table.maxSize;
    return fits && !this.#names.has(header);
  }

  #indexed(out: Buffer, offset: number, field: HeaderField): number {
    // The name may refer to an entry that the insertion evicts: it is looked up before (RFC 7541 §4.4).
    const end = this.#literal(out, offset, field, 0x40, 63, this.#huffman !== 'never');
    this.#insert(field);
    return end;
  }

  #literal(
    out: Buffer,
    offset: number,
    field: HeaderField,
    pattern: number,
    mask: number,
    mayHuffman: boolean,
  ): number {
    let nameIndex = field.header.staticIndex;
    if (nameIndex === 0) {
      const sequence = this.#names.get(field.header);
      if (sequence !== undefined) nameIndex = STATIC_LENGTH + ((this.#table.inserted - sequence) | 0);
    }
    let position = writeInteger(out, offset, pattern, mask, nameIndex);
    if (nameIndex === 0) position = writeString(out, position, field.name, mayHuffman);
    return writeString(out, position, field.value, mayHuffman);
  }

  #insert(field: HeaderField): void {
    while (this.#table.mustEvict(field.size)) this.#evict();
    const sequence = this.#table.inserted;
    this.#table.insert(field);
    this.#index.add(field, sequence);
    if (field.header.staticIndex === 0) this.#names.set(field.header, sequence);
  }

  #evict(): void {
    const sequence = (this.#table.inserted - this.#table.count) | 0;
    const field = this.#table.evict();
    this.#index.delete(field);
    if (this.#names.get(field.header) === sequence) this.#names.delete(field.header);
  }

  #resize(out: Buffer, offset: number, maxSize: number): number {
    this.#table.setMaxSize(maxSize);
    while (this.#table.mustEvict(0)) this.#evict();
    return writeInteger(out, offset, 0x20, 31, maxSize);
  }
}

function writeString(out: Buffer, offset: number, text: string, mayHuffman: boolean): number {
  const length = text.length;
  if (mayHuffman) {
    const coded = huffmanLength(text);
    if (coded < length) return encodeHuffman(text, out, writeInteger(out, offset, 0x80, 127, coded));
  }
  const start = writeInteger(out, offset, 0, 127, length);
  if (length < LOOP_BELOW) {
    for (let i = 0; i < length; i++) out[start + i] = text.charCodeAt(i);
  } else {
    latin1Write(out, start, text);
  }
  return start + length;
}

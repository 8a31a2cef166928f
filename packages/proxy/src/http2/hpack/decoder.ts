import { latin1Slice } from '../../http/latin1.ts';
import { DEFAULT_TABLE_SIZE, DynamicTable } from './dynamic-table.ts';
import { type FieldInterner, sharedFields } from './field-interner.ts';
import { HeaderField, indexingOf } from './header-field.ts';
import { type HeaderName, INDEXING, nameOfBytes } from './header-name.ts';
import { HPACK_ERROR, isCompressionError } from './hpack-error.ts';
import { decodeHuffman, MAX_EXPANSION } from './huffman.ts';
import { type Cursor, INTEGER_TRUNCATED, readInteger } from './integer.ts';
import { STATIC_FIELDS, STATIC_LENGTH } from './static-table.ts';

/** What a header list may be at most. */
export interface HeaderListLimits {
  /** Sum of the fields' sizes (SETTINGS_MAX_HEADER_LIST_SIZE). */
  readonly maxListSize: number;
  readonly maxFields: number;
}

/** Scratch for decoded Huffman strings, shared: nothing in it outlives a call. */
const SCRATCH = Buffer.allocUnsafeSlow(16 * 1024);

const NO_UPDATE_DUE = -1;

/** Decodes the header blocks that one peer sends on one connection, in order (RFC 7541 §3). */
export class HpackDecoder implements Cursor {
  /** Where decoding stands; public for readInteger only. */
  position = 0;
  readonly #fields: FieldInterner;
  readonly #table = new DynamicTable(DEFAULT_TABLE_SIZE);
  #maxTableSize = DEFAULT_TABLE_SIZE;
  /** The next block must begin with an update to at most this. */
  #updateDue = NO_UPDATE_DUE;
  /** First compression error, which all later calls repeat: the tables are out of step. */
  #failure = 0;
  /** Why the last helper call failed. */
  #error = 0;
  #text: Buffer = SCRATCH;
  #textStart = 0;
  #textEnd = 0;

  constructor(fields: FieldInterner = sharedFields) {
    this.#fields = fields;
  }

  /** Size of the dynamic table. */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Bound of the dynamic table that the peer uses now. */
  get tableMaxSize(): number {
    return this.#table.maxSize;
  }

  /** Takes our own SETTINGS_HEADER_TABLE_SIZE into use; call it when the peer acknowledged the setting. */
  setMaxTableSize(maxTableSize: number): void {
    this.#maxTableSize = maxTableSize;
    if (maxTableSize < this.#table.maxSize && (this.#updateDue < 0 || maxTableSize < this.#updateDue)) {
      this.#updateDue = maxTableSize;
    }
  }

  /**
   * Decodes the complete block `bytes[start, end)` and puts its fields into `out` from 0; entries of `out` behind them stay as they
   * are. Returns the number of fields, or one of HPACK_ERROR. Bytes are not kept.
   */
  decode(bytes: Buffer, start: number, end: number, out: HeaderField[], limits: HeaderListLimits): number {
    if (this.#failure !== 0) return this.#failure;
    this.position = start;
    let result = this.#sizeUpdates(bytes, end);
    if (result === 0) result = this.#fieldLines(bytes, end, out, limits);
    if (isCompressionError(result)) this.#failure = result;
    // Neither the caller's bytes nor a large scratch outlive the call.
    this.#text = SCRATCH;
    return result;
  }

  #sizeUpdates(bytes: Buffer, end: number): number {
    while (this.position < end && (bytes[this.position]! & 0xe0) === 0x20) {
      const size = readInteger(this, bytes, end, 31);
      if (size < 0) return integerError(size);
      if (size > this.#maxTableSize) return HPACK_ERROR.sizeUpdateTooLarge;
      if (this.#updateDue >= 0) {
        if (size > this.#updateDue) return HPACK_ERROR.sizeUpdateMissing;
        this.#updateDue = NO_UPDATE_DUE;
      }
      this.#table.setMaxSize(size);
      while (this.#table.mustEvict(0)) this.#table.evict();
    }
    return this.#updateDue < 0 ? 0 : HPACK_ERROR.sizeUpdateMissing;
  }

  #fieldLines(bytes: Buffer, end: number, out: HeaderField[], { maxListSize, maxFields }: HeaderListLimits): number {
    const table = this.#table;
    let listSize = 0;
    let count = 0;
    let refused = 0;
    let position = this.position;
    while (position < end) {
      const byte = bytes[position]!;
      let field: HeaderField | undefined;
      if (byte > 128 && byte < 255) {
        const index = byte & 127;
        field = index <= STATIC_LENGTH ? STATIC_FIELDS[index] : table.get(index - STATIC_LENGTH - 1);
        if (field === undefined) return HPACK_ERROR.badIndex;
        position++;
      } else {
        this.position = position;
        field = byte >= 128 ? this.#farIndexed(bytes, end) : this.#literal(bytes, end, byte);
        if (field === undefined) return this.#error;
        position = this.position;
      }
      listSize += field.size;
      // Decoding goes on behind the limit, since later blocks refer to entries that this one adds; it only stops to keep fields.
      if (listSize > maxListSize) refused = HPACK_ERROR.listTooLarge;
      else if (count >= maxFields) refused = HPACK_ERROR.tooManyFields;
      else out[count++] = field;
    }
    return refused === 0 ? count : refused;
  }

  #farIndexed(bytes: Buffer, end: number): HeaderField | undefined {
    const index = readInteger(this, bytes, end, 127);
    if (index < 0) return this.#fail(integerError(index));
    const field = this.#entry(index);
    return field === undefined ? this.#fail(HPACK_ERROR.badIndex) : field;
  }

  #literal(bytes: Buffer, end: number, byte: number): HeaderField | undefined {
    const isIncremental = (byte & 0x40) !== 0;
    if (!isIncremental && (byte & 0x20) !== 0) return this.#fail(HPACK_ERROR.sizeUpdateMisplaced);
    const nameIndex = readInteger(this, bytes, end, isIncremental ? 63 : 15);
    if (nameIndex < 0) return this.#fail(integerError(nameIndex));
    let header: HeaderName;
    if (nameIndex === 0) {
      if (!this.#readString(bytes, end)) return undefined;
      header = nameOfBytes(this.#text, this.#textStart, this.#textEnd);
    } else {
      const named = this.#entry(nameIndex);
      if (named === undefined) return this.#fail(HPACK_ERROR.badIndex);
      header = named.header;
    }
    if (!this.#readString(bytes, end)) return undefined;
    const value = latin1Slice(this.#text, this.#textStart, this.#textEnd);
    if (isIncremental) {
      const field = this.#fields.intern(header, value);
      this.#add(field);
      return field;
    }
    // The sender judged the field not worth indexing, or forbade it: both are kept when the field is passed on.
    const isNever = (byte & 0x10) !== 0 || indexingOf(header, value) === INDEXING.never;
    return new HeaderField(header, value, isNever ? INDEXING.never : INDEXING.none);
  }

  #entry(index: number): HeaderField | undefined {
    return index <= STATIC_LENGTH ? STATIC_FIELDS[index] : this.#table.get(index - STATIC_LENGTH - 1);
  }

  #add(field: HeaderField): void {
    const table = this.#table;
    while (table.mustEvict(field.size)) table.evict();
    // A field larger than the whole table empties it, which is no error (RFC 7541 §4.4).
    if (field.size <= table.maxSize) table.insert(field);
  }

  /** Reads the string at the position; its bytes are then in #text[#textStart, #textEnd), valid until the next call. */
  #readString(bytes: Buffer, end: number): boolean {
    if (this.position >= end) {
      this.#error = HPACK_ERROR.truncated;
      return false;
    }
    const isHuffman = bytes[this.position]! >= 128;
    const length = readInteger(this, bytes, end, 127);
    if (length < 0 || length > end - this.position) {
      this.#error = length < 0 ? integerError(length) : HPACK_ERROR.truncated;
      return false;
    }
    const start = this.position;
    this.position = start + length;
    if (!isHuffman) {
      this.#text = bytes;
      this.#textStart = start;
      this.#textEnd = this.position;
      return true;
    }
    // Longer strings get a buffer of their own, bounded by the block that the caller collected.
    const most = Math.ceil(length * MAX_EXPANSION);
    this.#text = most <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafeSlow(most);
    this.#textStart = 0;
    this.#textEnd = decodeHuffman(bytes, start, this.position, this.#text);
    if (this.#textEnd >= 0) return true;
    this.#error = HPACK_ERROR.badHuffman;
    return false;
  }

  #fail(error: number): undefined {
    this.#error = error;
    return undefined;
  }
}

function integerError(result: number): number {
  return result === INTEGER_TRUNCATED ? HPACK_ERROR.truncated : HPACK_ERROR.integerOverflow;
}

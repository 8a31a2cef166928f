import { TYPE, type ValueType } from './schema.ts';

const FIRST_SIZE = 256;
const utf8 = new TextEncoder();

/** Writes values into bytes that grow as needed. */
export class WireWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #pos = 0;

  /** What was written; a copy, of exactly that size. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#pos);
  }

  /** Writes a varint of 32 bits. */
  uint32(value: number): void {
    this.#reserve(5);
    this.#pos = this.#varint(this.#pos, value);
  }

  /** Begins something that carries its length in front; pass the answer to `close`. */
  open(): number {
    this.#reserve(1);
    return ++this.#pos;
  }

  /** Ends what `open` began: writes its length, moving the content if the length needs more than the byte that was left for it. */
  close(start: number): void {
    const length = this.#pos - start;
    let size = 1;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) size++;
    if (size > 1) {
      this.#reserve(size - 1);
      this.#bytes.copyWithin(start + size - 1, start, this.#pos);
    }
    this.#pos = this.#varint(start - 1, length) + length;
  }

  /** Writes a value of any type but a message. */
  value(type: ValueType, value: unknown): void {
    // Making room replaces the view, so that comes first.
    let pos: number;
    switch (type) {
      case TYPE.string:
        this.#string(value as string);
        break;
      case TYPE.bytes:
        this.#delimited(value as Uint8Array);
        break;
      case TYPE.bool:
        this.uint32(value === true ? 1 : 0);
        break;
      case TYPE.uint32:
        this.uint32((value as number) >>> 0);
        break;
      case TYPE.enum:
      case TYPE.int32:
        this.#int32(value as number);
        break;
      case TYPE.sint32:
        this.uint32((((value as number) << 1) ^ ((value as number) >> 31)) >>> 0);
        break;
      case TYPE.int64:
      case TYPE.uint64:
        this.#uint64(BigInt.asUintN(64, value as bigint));
        break;
      case TYPE.sint64:
        this.#uint64(BigInt.asUintN(64, ((value as bigint) << 1n) ^ ((value as bigint) >> 63n)));
        break;
      case TYPE.double:
        pos = this.#fixed(8);
        this.#view.setFloat64(pos, value as number, true);
        break;
      case TYPE.float:
        pos = this.#fixed(4);
        this.#view.setFloat32(pos, value as number, true);
        break;
      case TYPE.fixed32:
      case TYPE.sfixed32:
        pos = this.#fixed(4);
        this.#view.setUint32(pos, value as number, true);
        break;
      case TYPE.fixed64:
      case TYPE.sfixed64:
        pos = this.#fixed(8);
        this.#view.setBigUint64(pos, BigInt.asUintN(64, value as bigint), true);
        break;
      default:
        throw new TypeError(`a value of type ${type} is no scalar`);
    }
  }

  /** Negative numbers are written with the sign extended to 64 bits. */
  #int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.#uint64(BigInt.asUintN(64, BigInt(value)));
  }

  /** Writes into room that is there already and answers where it ends. */
  #varint(start: number, value: number): number {
    let pos = start;
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[pos++] = rest;
    return pos;
  }

  #uint64(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#pos++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#pos++] = Number(rest);
  }

  #string(text: string): void {
    const start = this.open();
    // A UTF-16 code unit becomes at most three bytes.
    this.#reserve(text.length * 3);
    this.#pos += utf8.encodeInto(text, this.#bytes.subarray(this.#pos)).written;
    this.close(start);
  }

  #delimited(bytes: Uint8Array): void {
    this.uint32(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#pos);
    this.#pos += bytes.length;
  }

  #fixed(size: number): number {
    this.#reserve(size);
    const pos = this.#pos;
    this.#pos += size;
    return pos;
  }

  #reserve(size: number): void {
    const needed = this.#pos + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#pos));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

import { TYPE, type ValueType } from './schema.ts';
import { decodeText } from './text-table.ts';
import { WIRE, WireError } from './wire.ts';

/** Reads values from bytes; throws a `WireError` on whatever is no protobuf, and never reads beyond the end. */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the next value begins. */
  pos = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a length and answers where what it announces ends. */
  end(limit: number): number {
    const length = this.tag(limit);
    const end = this.pos + length;
    if (end > limit) throw new WireError(`a length of ${length} bytes where ${limit - this.pos} are left`);
    return end;
  }

  /** Reads a field's number and wire type, or a length: a varint of 32 bits that must not be longer. */
  tag(limit: number): number {
    const { bytes, pos } = this;
    if (pos < limit && bytes[pos]! < 0x80) {
      this.pos = pos + 1;
      return bytes[pos]!;
    }
    const value = this.uint32(limit);
    const size = this.pos - pos;
    if (size > 5 || (size === 5 && bytes[this.pos - 1]! > 0x0f)) throw new WireError('a tag or length beyond 32 bits');
    return value;
  }

  /** Reads a varint of which the low 32 bits count. */
  uint32(limit: number): number {
    const { bytes } = this;
    let pos = this.pos;
    if (pos >= limit) throw new WireError('the message is cut off');
    let byte = bytes[pos++]!;
    if (byte < 0x80) {
      this.pos = pos;
      return byte;
    }
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      if (pos >= limit) throw new WireError('the message is cut off');
      byte = bytes[pos++]!;
      // Bits beyond 32 are read for negative numbers, which have ten bytes, and dropped.
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = pos;
        return value >>> 0;
      }
    }
    throw new WireError('a varint of more than 10 bytes');
  }

  /** Reads a varint of 64 bits. */
  uint64(limit: number): bigint {
    const start = this.pos;
    const { bytes } = this;
    // Seven bytes hold 49 bits, which a number holds exactly.
    let low = 0;
    let factor = 1;
    for (let pos = start; pos < limit && pos < start + 7; pos++) {
      const byte = bytes[pos]!;
      low += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return BigInt(low);
      }
    }
    let high = 0;
    for (let i = 0; i < 3; i++) {
      const pos = start + 7 + i;
      if (pos >= limit) throw new WireError('the message is cut off');
      const byte = bytes[pos]!;
      high |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        this.pos = pos + 1;
        return BigInt.asUintN(64, (BigInt(high) << 49n) | BigInt(low));
      }
    }
    throw new WireError('a varint of more than 10 bytes');
  }

  /** Reads text; bytes that are not UTF-8 are refused. */
  string(limit: number): string {
    const end = this.end(limit);
    const { bytes, pos } = this;
    this.pos = end;
    try {
      return decodeText(bytes, pos, end);
    } catch (cause) {
      throw new WireError('text that is not UTF-8', { cause });
    }
  }

  /** Reads bytes, as a view of the input: they must not be changed afterwards. */
  delimited(limit: number): Uint8Array {
    const end = this.end(limit);
    const value = this.bytes.subarray(this.pos, end);
    this.pos = end;
    return value;
  }

  /** Reads a value of any type but a message. */
  value(type: ValueType, limit: number): unknown {
    switch (type) {
      case TYPE.string:
        return this.string(limit);
      case TYPE.uint32:
        return this.uint32(limit);
      case TYPE.bool:
        return this.#bool(limit);
      case TYPE.enum:
      case TYPE.int32:
        return this.uint32(limit) | 0;
      case TYPE.bytes:
        return this.delimited(limit);
      case TYPE.double:
        return this.#view.getFloat64(this.#fixed(8, limit), true);
      case TYPE.float:
        return this.#view.getFloat32(this.#fixed(4, limit), true);
      case TYPE.uint64:
        return this.uint64(limit);
      case TYPE.int64:
        return BigInt.asIntN(64, this.uint64(limit));
      case TYPE.sint32: {
        const bits = this.uint32(limit);
        return (bits >>> 1) ^ -(bits & 1);
      }
      case TYPE.sint64: {
        const bits = this.uint64(limit);
        return BigInt.asIntN(64, (bits >> 1n) ^ -(bits & 1n));
      }
      case TYPE.fixed32:
        return this.#view.getUint32(this.#fixed(4, limit), true);
      case TYPE.sfixed32:
        return this.#view.getInt32(this.#fixed(4, limit), true);
      case TYPE.fixed64:
        return this.#view.getBigUint64(this.#fixed(8, limit), true);
      case TYPE.sfixed64:
        return this.#view.getBigInt64(this.#fixed(8, limit), true);
      default:
        throw new TypeError(`a value of type ${type} is no scalar`);
    }
  }

  /** Steps over the value behind the tag of a field that is not known. */
  skip(tag: number, limit: number): void {
    if (tag >>> 3 === 0) throw new WireError('a field of number 0');
    switch (tag & 7) {
      case WIRE.varint:
        this.uint32(limit);
        break;
      case WIRE.fixed64:
        this.#fixed(8, limit);
        break;
      case WIRE.delimited:
        this.pos = this.end(limit);
        break;
      case WIRE.fixed32:
        this.#fixed(4, limit);
        break;
      case 3:
      case 4:
        throw new WireError('a group, which is not supported');
      default:
        throw new WireError(`wire type ${tag & 7} does not exist`);
    }
  }

  /** A bool is true if any of its 64 bits is set. */
  #bool(limit: number): boolean {
    if (this.pos < limit && this.bytes[this.pos]! < 0x80) return this.bytes[this.pos++] !== 0;
    return this.uint64(limit) !== 0n;
  }

  /** Steps over so many bytes and answers where they begin. */
  #fixed(size: number, limit: number): number {
    const { pos } = this;
    if (limit - pos < size) throw new WireError('the message is cut off');
    this.pos = pos + size;
    return pos;
  }
}

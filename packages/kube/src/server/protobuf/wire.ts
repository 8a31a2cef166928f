/** The protobuf wire format (Protocol Buffers, "Encoding"): varints, length-delimited fields, fixed-width numbers. */
import { badRequest } from '../../shared/api-errors.ts';
import type { ApiStatusError } from '../../shared/status.ts';

/** How a field is written; groups (3 and 4) are long gone and refused. */
export type WireType = 'varint' | 'fixed64' | 'bytes' | 'fixed32';

const WIRE_TYPES: readonly (WireType | undefined)[] = ['varint', 'fixed64', 'bytes', undefined, undefined, 'fixed32'];

/** What is told about bytes that are no message. */
export function malformed(why: string): ApiStatusError {
  return badRequest(`the body is not a valid protobuf message: ${why}`);
}

/** Reads one message's bytes from front to back. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  /** Number of the field that `next` found. */
  field = 0;
  wireType: WireType = 'varint';

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.isAtEnd) return false;
    const tag = Number(this.varint());
    const wireType = WIRE_TYPES[tag % 8];
    this.field = Math.floor(tag / 8);
    if (this.field < 1 || this.field > 536_870_911) throw malformed(`field number ${this.field} does not exist`);
    if (wireType === undefined) throw malformed(`field ${this.field} has wire type ${tag % 8}`);
    this.wireType = wireType;
    return true;
  }

  /** An unsigned 64-bit number. */
  varint(): bigint {
    let low = 0;
    // Up to four bytes fit into a small number, which nearly all values do.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low += (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed('a number is longer than ten bytes');
  }

  /** The bytes of a length-delimited field; a view, not a copy. */
  bytes(): Uint8Array {
    const length = Number(this.varint());
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed(`field ${this.field} is cut off`);
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  double(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, true);
  }

  /** Steps over a field that the message's table does not have: a newer client may send more than we know. */
  skip(): void {
    switch (this.wireType) {
      case 'varint':
        this.varint();
        return;
      case 'bytes':
        this.bytes();
        return;
      case 'fixed64':
        this.#advance(8);
        return;
      case 'fixed32':
        this.#advance(4);
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw malformed('it ends within a number');
    this.#at++;
    return byte;
  }

  #advance(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw malformed(`field ${this.field} is cut off`);
    this.#at = at + count;
    return at;
  }
}

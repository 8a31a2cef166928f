/** Integers with a prefix (RFC 7541 §5.1). */

/** Where a reader stands in the bytes; one object per decoder, so that results need no allocation. */
export interface Cursor {
  position: number;
}

/** Result of readInteger when the bytes end within the integer. */
export const INTEGER_TRUNCATED = -1;
/** Result of readInteger when the integer is longer or larger than anything sensible. */
export const INTEGER_OVERFLOW = -2;
/** Most bytes that writeInteger writes. */
export const MAX_INTEGER_BYTES = 6;

const MAX_VALUE = 2 ** 31;
const MAX_SHIFT = 4 * 7;

/** Reads the integer at the cursor, whose first byte carries it in the bits of `mask`, and moves the cursor; negative: an error. */
export function readInteger(cursor: Cursor, bytes: Buffer, end: number, mask: number): number {
  let position = cursor.position;
  if (position >= end) return INTEGER_TRUNCATED;
  let value = bytes[position++]! & mask;
  if (value === mask) {
    for (let shift = 0; ; shift += 7) {
      if (shift > MAX_SHIFT) return INTEGER_OVERFLOW;
      if (position >= end) return INTEGER_TRUNCATED;
      const byte = bytes[position++]!;
      // A product, not a shift: at the fifth byte 32 bits are not enough.
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    if (value > MAX_VALUE) return INTEGER_OVERFLOW;
  }
  cursor.position = position;
  return value;
}

/** Writes `value` at `offset` with the bits `pattern` above the prefix `mask`; returns the offset behind it. */
export function writeInteger(out: Buffer, offset: number, pattern: number, mask: number, value: number): number {
  if (value < mask) {
    out[offset] = pattern | value;
    return offset + 1;
  }
  out[offset++] = pattern | mask;
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out[offset++] = (rest & 127) | 128;
  out[offset++] = rest;
  return offset;
}

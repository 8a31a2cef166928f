// The least that is needed to look into an encoded message without decoding it.

/** A varint of more bytes than this does not fit 64 bits. */
const MAX_VARINT_BYTES = 10;

/** A place in encoded bytes. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Steps over the value behind a tag; false when the bytes are no message. */
export function skipField(cursor: Cursor, tag: number): boolean {
  switch (tag & 7) {
    case 0:
      return readVarint(cursor) !== undefined;
    case 1:
      return skip(cursor, 8);
    case 2: {
      const length = readVarint(cursor);
      return length !== undefined && skip(cursor, length);
    }
    case 5:
      return skip(cursor, 4);
    default:
      // Groups (3 and 4) are not part of proto3, 6 and 7 do not exist.
      return false;
  }
}

function skip(cursor: Cursor, count: number): boolean {
  if (count > cursor.bytes.length - cursor.at) return false;
  cursor.at += count;
  return true;
}

/**
 * Reads a varint as a double; undefined when the bytes end or it is too long. Exact for every length that could fit, and a larger one is
 * refused by the bounds checks.
 */
export function readVarint(cursor: Cursor): number | undefined {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) return undefined;
    cursor.at += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return undefined;
}

/** How many fields a message has at its top level, counted up to a limit; malformed rest is left to the decoder. */
export function countFields(bytes: Uint8Array, limit: number): number {
  const cursor: Cursor = { bytes, at: 0 };
  let count = 0;
  while (cursor.at < bytes.length && count < limit) {
    const tag = readVarint(cursor);
    if (tag === undefined || !skipField(cursor, tag)) break;
    count += 1;
  }
  return count;
}

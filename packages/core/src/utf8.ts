import { MeshError } from './errors.ts';
import { err, ok, type Result } from './result.ts';

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8 and refuses bytes that are not, naming the offset of the first wrong one. */
export function decodeUtf8(bytes: Uint8Array): Result<string, MeshError> {
  try {
    return ok(strict.decode(bytes));
  } catch (thrown) {
    const offset = findInvalidUtf8(bytes);
    if (offset < 0) throw MeshError.from(thrown);
    const shown = `0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}`;
    return err(
      new MeshError('MESH_UTF8', `invalid UTF-8 at byte ${offset} (${shown})`, {
        hint: 'save the document as UTF-8',
      }),
    );
  }
}

/** How many bytes the text takes. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** The offset of the first byte that starts no well-formed sequence (Unicode Standard, table 3-7), or -1. */
export function findInvalidUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** The length of the well-formed sequence at an offset, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return isContinuation(bytes[at + 1]) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    // Below 0xa0 the form is longer than needed, from 0xa0 on it is half of a surrogate pair.
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return isWithin(bytes[at + 1], low, high) && isContinuation(bytes[at + 2]) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    // Below 0x90 the form is longer than needed, from 0x90 on it is beyond the last code point.
    const low = lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xf4 ? 0x8f : 0xbf;
    const isWhole = isContinuation(bytes[at + 2]) && isContinuation(bytes[at + 3]);
    return isWithin(bytes[at + 1], low, high) && isWhole ? 4 : 0;
  }
  return 0;
}

function isContinuation(byte: number | undefined): boolean {
  return isWithin(byte, 0x80, 0xbf);
}

function isWithin(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high;
}

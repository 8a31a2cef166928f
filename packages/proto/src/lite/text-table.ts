// Texts of configuration repeat: names of headers, clusters and extensions, type URLs. A text that was seen lately is handed out again,
// which costs less than to decode it once more and keeps one copy in memory.

/** Longer texts are seldom the same. */
const MAX_BYTES = 128;
const SLOTS = 1024;

/** By hash, of any message decoded before; written by `decodeText` only. Another text with the same hash takes the place over. */
const table: string[] = new Array<string>(SLOTS).fill('');

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes in UTF-8; throws a TypeError if they are no UTF-8. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > MAX_BYTES) return utf8.decode(bytes.subarray(start, end));
  // FNV-1a; the bytes are looked through for such as are not ASCII on the way.
  let hash = length;
  let seen = 0;
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos]!;
    seen |= byte;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  if (seen > 0x7f) return utf8.decode(bytes.subarray(start, end));
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = table[slot]!;
  if (known.length === length && isSame(known, bytes, start)) return known;
  const text = utf8.decode(bytes.subarray(start, end));
  table[slot] = text;
  return text;
}

/** True if the bytes are the characters of a text, all of them ASCII. */
function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** Bytes read four at a time: text is checked and compared so in a fraction of the time. */

/** Nearly everything is read in one buffer, which all connections share. Sole writer: wordsOf. */
let latest: Uint8Array | undefined;
let latestWords: DataView = new DataView(new ArrayBuffer(0));

/** The bytes as words of 32 bits. */
export function wordsOf(bytes: Uint8Array): DataView {
  if (bytes === latest) return latestWords;
  latest = bytes;
  latestWords = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return latestWords;
}

/** The word that four ASCII characters make. */
export function wordOf(text: string): number {
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24);
}

/**
 * Where the printable ASCII that begins at `start` has ended, or up to three bytes before that. A byte below 32, 127 or one above sets the highest bit
 * of its place in one of the three terms; a borrow or carry comes from a byte that has done so itself.
 */
export function skipPrintable(words: DataView, start: number, limit: number): number {
  let at = start;
  for (const last = limit - 4; at <= last; at += 4) {
    const word = words.getInt32(at, true);
    if ((((word - 0x20202020) | word | (word + 0x01010101)) & 0x80808080) !== 0) break;
  }
  return at;
}

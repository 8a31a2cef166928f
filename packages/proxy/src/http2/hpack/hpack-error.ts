/** Results of HpackDecoder.decode below zero. */
export const HPACK_ERROR = {
  /** The list is larger than the limit: refuse the stream (431); the connection lives on. */
  listTooLarge: -1,
  /** There are more fields than the limit: refuse the stream (431); the connection lives on. */
  tooManyFields: -2,
  /** The block ends within a field. */
  truncated: -11,
  /** An integer is longer or larger than allowed. */
  integerOverflow: -12,
  /** An index points behind the tables or is zero. */
  badIndex: -13,
  /** A Huffman string has wrong padding or holds EOS. */
  badHuffman: -14,
  /** A size update is above SETTINGS_HEADER_TABLE_SIZE. */
  sizeUpdateTooLarge: -15,
  /** A size update stands behind a field. */
  sizeUpdateMisplaced: -16,
  /** We lowered the table size and the peer's next block does not begin with an update to it. */
  sizeUpdateMissing: -17,
} as const;

/** Name of one of HPACK_ERROR. */
export type HpackErrorName = keyof typeof HPACK_ERROR;

/** Whether a result of decode ends the connection with COMPRESSION_ERROR (RFC 9113 §4.3). */
export function isCompressionError(result: number): boolean {
  return result <= HPACK_ERROR.truncated;
}

/** Name of a result of decode below zero, for logs and GOAWAY debug data. */
export function hpackErrorName(result: number): HpackErrorName | undefined {
  for (const [name, code] of Object.entries(HPACK_ERROR)) {
    if (code === result) return name as HpackErrorName;
  }
  return undefined;
}

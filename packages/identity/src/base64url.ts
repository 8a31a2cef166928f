/** Base64url without padding (RFC 7515 §2), strict: one byte sequence has exactly one text. */

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/** Bytes or UTF-8 text as base64url. */
export function encodeBase64Url(data: Uint8Array | string): string {
  return Buffer.from(data as string).toString('base64url');
}

/** The bytes, or undefined for padding, white space, other alphabets and left-over bits. */
export function decodeBase64Url(text: string): Buffer | undefined {
  if (!ALPHABET.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  // A second text for the same bytes would make two tokens that are one: the unused bits must be zero.
  return bytes.toString('base64url') === text ? bytes : undefined;
}

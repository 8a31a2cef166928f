const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDED = /^[A-Za-z0-9+/_-]*(={0,2})$/;
const INVALID = 0xff;

/** Values by character code, of both alphabets: the standard one and that for URLs. */
const VALUES = valueTable();

function valueTable(): Uint8Array {
  const table = new Uint8Array(128).fill(INVALID);
  for (let i = 0; i < ALPHABET.length; i++) table[ALPHABET.charCodeAt(i)] = i;
  table['-'.charCodeAt(0)] = 62;
  table['_'.charCodeAt(0)] = 63;
  return table;
}

/** The bytes of a text in base64, standard or for URLs, padded or not; undefined if it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const padding = PADDED.exec(text)?.[1];
  if (padding === undefined) return undefined;
  const digits = text.length - padding.length;
  if (digits % 4 === 1 || (padding !== '' && text.length % 4 !== 0)) return undefined;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let bits = 0;
  let count = 0;
  let pos = 0;
  for (let i = 0; i < digits; i++) {
    bits = ((bits << 6) | VALUES[text.charCodeAt(i)]!) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[pos++] = (bits >> count) & 0xff;
    }
  }
  return bytes;
}

/** Bytes as text in standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    text += left > 1 ? ALPHABET[(bits >> 6) & 63]! : '=';
    text += left > 2 ? ALPHABET[bits & 63]! : '=';
  }
  return text;
}

/** Texts that go into heads from configuration, metadata and certificates: what could end a line or a target is replaced. */

/** What no receiver need take in a field value (RFC 9110 §5.5), nor more than a byte a character: a wider one would be cut to some byte. */
const UNSAFE = /[^\t -~\u0080-\u00ff]/;

/** 1 for the characters of a field value that every receiver takes, by their code. */
export const SAFE_BYTE = Uint8Array.from({ length: 256 }, (_, code) =>
  UNSAFE.test(String.fromCharCode(code)) ? 0 : 1,
);

/** A field value that every receiver takes: control characters become spaces. */
export function safeValue(value: string): string {
  return UNSAFE.test(value) ? replaceUnsafe(value) : value;
}

function replaceUnsafe(value: string): string {
  let safe = '';
  for (const char of value) {
    if (!UNSAFE.test(char)) safe += char;
    else safe += char > '\u00ff' ? '?' : ' ';
  }
  return safe;
}

/** A path without white space and control characters, which are percent-encoded. */
export function safePath(path: string): string {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code <= 32 || code >= 127) return encodeUnsafe(path);
  }
  return path;
}

function encodeUnsafe(path: string): string {
  let out = '';
  for (const byte of Buffer.from(path, 'utf8')) {
    out +=
      byte <= 32 || byte >= 127 ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte);
  }
  return out;
}

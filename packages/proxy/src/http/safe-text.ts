/** Texts that go into heads from configuration, metadata and certificates: what could end a line or a target is replaced. */

/** A field value that every receiver takes (RFC 9110 §5.5): control characters become spaces. */
export function safeValue(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (!isSafe(value.charCodeAt(i))) return replaceUnsafe(value);
  }
  return value;
}

/** Latin1 is all that a field can carry; a wider character would be cut to some byte. */
function isSafe(code: number): boolean {
  return (code >= 32 || code === 9) && code !== 127 && code < 256;
}

function replaceUnsafe(value: string): string {
  let safe = '';
  for (const char of value) {
    const code = char.codePointAt(0)!;
    if (isSafe(code)) safe += char;
    else safe += code > 255 ? '?' : ' ';
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

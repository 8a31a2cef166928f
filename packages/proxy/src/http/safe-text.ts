/** Texts that go into heads from configuration, metadata and certificates: what could end a line or a target is replaced. */

/** A field value without NUL, CR and LF. */
export function safeValue(value: string): string {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    // Latin1 is all that a field can carry (RFC 9110 §5.5); a wider character would be cut to some byte.
    if (code === 13 || code === 10 || code === 0 || code > 255) return replaceUnsafe(value);
  }
  return value;
}

function replaceUnsafe(value: string): string {
  return value.replace(/[\0\r\n]/g, ' ').replace(/[^\0-\u00ff]/g, '?');
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

/** Texts that go into heads from configuration, metadata and certificates: what could end a line or a target is replaced. */

/** A field value that every receiver takes (RFC 9110 §5.5): control characters become spaces. */
export function safeValue(value: string): string {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    // Latin1 is all that a field can carry; a wider character would be cut to some byte.
    if ((code < 32 && code !== 9) || code === 127 || code > 255) return replaceUnsafe(value);
  }
  return value;
}

function replaceUnsafe(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return value.replace(/[\0-\x08\x0a-\x1f\x7f]/g, ' ').replace(/[^\0-\u00ff]/g, '?');
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

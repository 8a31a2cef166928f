import type { HeaderSource } from '../../match/header-matcher.ts';

const NOT_ASCII = /[^\0-\x7f]/;
const NOT_BYTES = /[^\0-\xff]/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The first value of a header: Envoy prints one line of those that are repeated. */
export function firstValue(source: HeaderSource | undefined, name: string): string | undefined {
  const joined = source?.get(name);
  if (joined === undefined || !joined.includes(',')) return joined;
  return source?.repeated?.(name)?.[0] ?? joined;
}

/** The text that the bytes of a header's value stand for; bytes that are not UTF-8 stand for one character each. */
export function decodeBytes(value: string): string {
  return NOT_ASCII.test(value) && !NOT_BYTES.test(value) ? decodeUtf8(value) : value;
}

function decodeUtf8(value: string): string {
  try {
    return decoder.decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
  } catch (error: unknown) {
    if (error instanceof TypeError) return value;
    throw error;
  }
}

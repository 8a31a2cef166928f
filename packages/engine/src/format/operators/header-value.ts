import type { HeaderSource } from '../../match/header-matcher.ts';

const NOT_ASCII = /[^\0-\x7f]/;
const decoder = new TextDecoder();

/** The first value of a header: Envoy prints one line of those that are repeated. */
export function firstValue(source: HeaderSource | undefined, name: string): string | undefined {
  const joined = source?.get(name);
  if (joined === undefined || !joined.includes(',')) return joined;
  return source?.repeated?.(name)?.[0] ?? joined;
}

/** The text that the bytes of a header's value stand for; what is not UTF-8 becomes replacement characters. */
export function decodeBytes(value: string): string {
  return NOT_ASCII.test(value) ? decoder.decode(Uint8Array.from(value, (char) => char.charCodeAt(0))) : value;
}

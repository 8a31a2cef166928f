/** Named bytes of the grammar. */
export const HTAB = 9;
/** Line feed. */
export const LF = 10;
/** Carriage return. */
export const CR = 13;
/** Space. */
export const SP = 32;
/** The separator of list elements. */
export const COMMA = 44;
/** The path's first byte. */
export const SLASH = 47;
/** The digit zero. */
export const DIGIT_0 = 48;
/** The separator of name and value. */
export const COLON = 58;
/** The start of a chunk extension. */
export const SEMICOLON = 59;
/** The start of the query. */
export const QUESTION = 63;
/** The value of HEX_VALUE for a byte that is no hex digit. */
export const NOT_HEX = 255;
/** The class of `?` in TARGET_BYTE. */
export const TARGET_QUERY = 2;

const ALPHA_DIGIT = /[A-Za-z0-9]/;

function tableOf(classify: (char: string, code: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => classify(String.fromCharCode(code), code));
}

/** 1 for every byte of a token (RFC 9110 §5.6.2): methods and field names. */
export const TOKEN_BYTE = tableOf((char) => (ALPHA_DIGIT.test(char) || "!#$%&'*+-.^_`|~".includes(char) ? 1 : 0));

/** 1 for every byte inside a field value or reason phrase: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5). */
export const VALUE_BYTE = tableOf((_, code) => (code === HTAB || (code >= SP && code !== 127) ? 1 : 0));

/**
 * Not 0 for the bytes of a request target: printable ASCII except `#` (a fragment never travels); TARGET_QUERY for `?`.
 * Wider than RFC 3986 (quotes, braces, bars): user agents send those and no parser disagrees about them.
 */
export const TARGET_BYTE = tableOf((char, code) => {
  if (char === '?') return TARGET_QUERY;
  return code > SP && code < 127 && char !== '#' ? 1 : 0;
});

/** 1 for the bytes of `host[:port]` (RFC 3986 §3.2.2 and §3.2.3): user information is left out on purpose. */
export const AUTHORITY_BYTE = tableOf((char) =>
  ALPHA_DIGIT.test(char) || "-._~!$&'()*+,;=:[]%".includes(char) ? 1 : 0,
);

/** The number a hex digit stands for, NOT_HEX for every other byte. */
export const HEX_VALUE = tableOf((char) => (/[0-9A-Fa-f]/.test(char) ? Number.parseInt(char, 16) : NOT_HEX));

/** ASCII letters in lower case, every other byte as it is. */
export const LOWER = tableOf((_, code) => (code >= 65 && code <= 90 ? code + 32 : code));

/** Whether bytes[start, end) spell `word` (lower case), ignoring ASCII case. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  const { length } = word;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if (LOWER[bytes[start + i]!] !== word[i]) return false;
  return true;
}

/** The bytes of an ASCII word, for comparisons. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Texts of the Kubernetes API quote names the way Go does; clients and scripts compare them literally. */

const PLAIN = /^[\x20-\x7e]*$/;
const SHORT: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u;

/** The text in double quotes with Go's escapes (the `%q` verb). */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return JSON.stringify(text);
  let quoted = '"';
  for (const char of text) quoted += SHORT[char] ?? (isPrintable(char) ? char : escapeRune(char.codePointAt(0)!));
  return `${quoted}"`;
}

function isPrintable(char: string): boolean {
  return char === ' ' || !UNPRINTABLE.test(char);
}

function escapeRune(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  // A lone surrogate cannot be written as UTF-8; Go would read it as the replacement character.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

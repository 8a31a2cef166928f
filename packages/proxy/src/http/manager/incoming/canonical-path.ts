/**
 * Brings a path into one form, so that routes and policies see what the server behind them will see: RFC 3986 §6.2.2 as browsers do it, with two
 * steps beyond (Envoy's as of 1.40): `\` is a slash, and a dot segment is one with a parameter too (`/..;x/`), for servers that cut those off.
 */

/** A path that has none of this is canonical. A dot matters behind a slash only. */
const IS_SUSPICIOUS = /[\\%"<>^`{|}\x7f-\xff]|\/\.\.?(?:[/;]|$)/;

const PERCENT = 37;
const BACKSLASH = 92;

/** What becomes of a character that is written as itself, by its code: 1 for percent-encoding. */
const IS_ENCODED = tableOf('"<>^`{|}\x7f');
/** Characters that need no encoding (RFC 3986 §2.3), by their code: written as themselves. */
const IS_UNRESERVED = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~');

/** The canonical form of a path without its query; undefined when there is none, for it holds an encoded NUL. */
export function canonicalPath(path: string): string | undefined {
  if (!IS_SUSPICIOUS.test(path)) return path;
  const decoded = decodeUnreserved(path);
  return decoded === undefined ? undefined : removeDotSegments(decoded);
}

function decodeUnreserved(path: string): string | undefined {
  let out = '';
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === PERCENT) {
      const byte = escapedByte(path, i);
      if (byte === 0) return undefined;
      if (byte < 0) {
        // What follows must not become a part of it when it is changed itself.
        const next = path.charCodeAt(i + 1);
        out += isChanged(next) || (hexDigit(next) >= 0 && isChanged(path.charCodeAt(i + 2))) ? '%25' : '%';
        continue;
      }
      out += IS_UNRESERVED[byte] === 1 ? String.fromCharCode(byte) : path.slice(i, i + 3);
      i += 2;
    } else if (code === BACKSLASH) out += '/';
    else if (code > 127 || IS_ENCODED[code] === 1) out += `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else out += path[i]!;
  }
  return out;
}

/** Whether a character may become another; not for NaN, where there is none. */
function isChanged(code: number): boolean {
  return code === PERCENT || code > 127 || IS_ENCODED[code] === 1;
}

/** The byte that `%xx` at `at` stands for, -1 when it is no escape. */
function escapedByte(path: string, at: number): number {
  const high = hexDigit(path.charCodeAt(at + 1));
  const low = hexDigit(path.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** RFC 3986 §5.2.4, where a segment's parameters do not hide its dots. */
function removeDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.slice(1).split('/');
  segments.forEach((segment, i) => {
    const dots = dotsOf(segment);
    if (dots === 2) kept.pop();
    if (dots === 0) kept.push(segment);
    // `/a/..` is the directory, as `/a/../` is.
    else if (i === segments.length - 1) kept.push('');
  });
  return `/${kept.join('/')}`;
}

/** 1 for `.`, 2 for `..`, 0 for anything else. */
function dotsOf(segment: string): number {
  if (!segment.startsWith('.')) return 0;
  const semicolon = segment.indexOf(';');
  const name = semicolon < 0 ? segment : segment.slice(0, semicolon);
  if (name === '.') return 1;
  return name === '..' ? 2 : 0;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

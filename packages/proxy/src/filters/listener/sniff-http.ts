/** Tells HTTP by the first line of a connection. */

/** What the first bytes of a connection are. */
export type SniffedHttp = 'http10' | 'http11' | 'http2' | 'other' | 'incomplete';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const LF = 10;
const CR = 13;
const SPACE = 32;
const FIRST_VISIBLE = 33;
const DELETE = 127;
/** A first line that is longer is taken for something else. */
const MAX_LINE_BYTES = 32 * 1024;
const MAX_METHOD_BYTES = 32;

/** Index: a byte; whether it may stand in a token (RFC 9110 §5.6.2), as which methods are. */
const IS_TOKEN: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)),
);

/** Looks at bytes[0, end). */
export function sniffHttp(bytes: Buffer, end: number): SniffedHttp {
  const length = Math.min(end, PREFACE.length);
  if (bytes.compare(PREFACE, 0, length, 0, length) === 0) return end >= PREFACE.length ? 'http2' : 'incomplete';
  const methodEnd = endOfMethod(bytes, end);
  if (methodEnd < 0) return 'other';
  const lf = bytes.indexOf(LF, methodEnd);
  if (lf < 0 || lf >= end) return end > MAX_LINE_BYTES ? 'other' : 'incomplete';
  const lineEnd = bytes[lf - 1] === CR ? lf - 1 : lf;
  return versionOf(bytes, methodEnd, lineEnd);
}

/** Where the space behind the method is, or `end` while it may still come; below 0 when there is no method. */
function endOfMethod(bytes: Buffer, end: number): number {
  for (let at = 0; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === SPACE) return at === 0 ? -1 : at;
    if (!IS_TOKEN[byte] || at >= MAX_METHOD_BYTES) return -1;
  }
  return end;
}

function versionOf(bytes: Buffer, methodEnd: number, lineEnd: number): SniffedHttp {
  const space = bytes.lastIndexOf(SPACE, lineEnd - 1);
  if (space <= methodEnd + 1) return 'other';
  for (let at = methodEnd + 1; at < space; at++) {
    if (bytes[at]! < FIRST_VISIBLE || bytes[at]! >= DELETE) return 'other';
  }
  const version = bytes.toString('latin1', space + 1, lineEnd);
  if (version === 'HTTP/1.1') return 'http11';
  return version === 'HTTP/1.0' ? 'http10' : 'other';
}

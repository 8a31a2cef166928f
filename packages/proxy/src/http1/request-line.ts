import {
  AUTHORITY_BYTE,
  asciiBytes,
  COLON,
  CR,
  DIGIT_0,
  equalsIgnoreCase,
  LF,
  QUESTION,
  SLASH,
  SP,
  TARGET_BYTE,
  TARGET_QUERY,
  TOKEN_BYTE,
} from './bytes.ts';
import { type HeadScan, TargetKind } from './head-scan.ts';
import { NEED_MORE, ScanState } from './scan-states.ts';
import { WireError } from './wire-errors.ts';
import { wordOf, wordsOf } from './words.ts';

const VERSION = asciiBytes('HTTP/1.');
const HTTP = wordOf('HTTP');
const VERSION_1_1 = wordOf('/1.1');
/** `HTTP/1.1` and CRLF. */
const VERSION_LINE = 10;
const SCHEMES = [asciiBytes('http://'), asciiBytes('https://')] as const;
const CONNECT = asciiBytes('CONNECT');
const OPTIONS = asciiBytes('OPTIONS');
const HASH = 35;
const ASTERISK = 42;
const BRACKET_OPEN = 91;
const BRACKET_CLOSE = 93;

/** Scans the request line from scan.position; 0 = need more, negative = error, else the offset behind the line. */
export function scanRequestLine(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  if (scan.state < ScanState.method) {
    const result = skipEmptyLine(scan, bytes, limit);
    if (result <= 0) return result;
  }
  if (scan.state === ScanState.method) {
    const result = scanMethod(scan, bytes, limit);
    if (result <= 0) return result;
  }
  if (scan.state === ScanState.target) {
    const result = scanTarget(scan, bytes, limit);
    if (result <= 0) return result;
  }
  return scanVersion(scan, bytes, limit);
}

/** RFC 9112 §2.2: one empty line before a request is tolerated, since old clients send it behind a body. */
function skipEmptyLine(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  let at = scan.position;
  if (at >= limit) return NEED_MORE;
  if (scan.state === ScanState.start) {
    if (bytes[at] === CR) {
      scan.state = ScanState.emptyLine;
      scan.position = ++at;
    } else {
      if (bytes[at] === LF) return -WireError.bareLf;
      scan.state = ScanState.method;
      scan.methodStart = at;
      return 1;
    }
  }
  if (at >= limit) return NEED_MORE;
  if (bytes[at] !== LF) return -WireError.bareCr;
  scan.position = at + 1;
  scan.methodStart = at + 1;
  scan.state = ScanState.method;
  return 1;
}

function scanMethod(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  let at = scan.position;
  while (at < limit && TOKEN_BYTE[bytes[at]!] === 1) at++;
  scan.position = at;
  if (at >= limit) return NEED_MORE;
  const byte = bytes[at];
  if (byte !== SP || at === scan.methodStart) {
    if (byte === LF) return -WireError.bareLf;
    return byte === CR && at === scan.methodStart ? -WireError.leadingEmptyLines : -WireError.invalidMethod;
  }
  scan.methodEnd = at;
  scan.targetStart = at + 1;
  scan.queryStart = 0;
  scan.position = at + 1;
  scan.state = ScanState.target;
  return 1;
}

function scanTarget(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  let at = scan.position;
  const end = scan.targetStart + scan.limits.maxTargetBytes + 1;
  const stop = Math.min(limit, end);
  for (; at < stop; at++) {
    const kind = TARGET_BYTE[bytes[at]!]!;
    if (kind === 0) break;
    if (kind === TARGET_QUERY && scan.queryStart === 0) scan.queryStart = at;
  }
  scan.position = at;
  if (at === end) return -WireError.targetTooLong;
  if (at >= limit) return NEED_MORE;
  const byte = bytes[at];
  if (byte === LF) return -WireError.bareLf;
  // A line that ends behind the target is HTTP/0.9.
  if (byte === CR && at > scan.targetStart) return -WireError.unsupportedVersion;
  if (byte === HASH && at > scan.targetStart) return -WireError.fragmentInTarget;
  if (byte !== SP || at === scan.targetStart) return -WireError.invalidTarget;
  scan.targetEnd = at;
  if (scan.queryStart === 0) scan.queryStart = at;
  if (!classifyTarget(scan, bytes)) return -WireError.invalidTarget;
  scan.versionStart = at + 1;
  scan.position = at + 1;
  scan.state = ScanState.version;
  return 1;
}

/** Scans `HTTP/1.x` and the CRLF behind it. */
function scanVersion(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  let at = scan.position;
  const start = scan.versionStart;
  if (at === start && limit - start >= VERSION_LINE) {
    const words = wordsOf(bytes);
    // The usual version, at once.
    if (words.getInt32(start, true) === HTTP && words.getInt32(start + 4, true) === VERSION_1_1) {
      scan.minorVersion = 1;
      at = start + 8;
    }
  }
  while (at < limit) {
    const byte = bytes[at]!;
    const place = at - start;
    if (place < 7) {
      if (byte !== VERSION[place]) return versionFault(byte, place);
    } else if (place === 7) {
      if (byte !== DIGIT_0 && byte !== DIGIT_0 + 1) return versionFault(byte, place);
      scan.minorVersion = byte - DIGIT_0;
    } else if (place === 8) {
      if (byte !== CR) return byte === LF ? -WireError.bareLf : -WireError.badVersion;
    } else {
      if (byte !== LF) return -WireError.bareCr;
      return at + 1;
    }
    at++;
  }
  scan.position = at;
  return NEED_MORE;
}

/** Places of the numbers in `HTTP/1.1`. */
const MAJOR = 5;
const MINOR = 7;

/** What is wrong with a version, by its first byte that is wrong: a version that is another one, or none at all. */
function versionFault(byte: number, place: number): number {
  if (byte === LF) return -WireError.bareLf;
  const isNumber = (place === MAJOR || place === MINOR) && byte >= DIGIT_0 && byte <= DIGIT_0 + 9;
  const isMissing = place === 0 && byte === CR;
  return isNumber || isMissing ? -WireError.unsupportedVersion : -WireError.badVersion;
}

/** Finds the form of the target and what it holds (RFC 9112 §3.2); false if the method does not allow the form. */
function classifyTarget(scan: HeadScan, bytes: Uint8Array): boolean {
  const { targetStart: start, targetEnd: end } = scan;
  scan.pathStart = start;
  // Methods are case-sensitive.
  if (spells(bytes, scan.methodStart, scan.methodEnd, CONNECT)) {
    scan.targetKind = TargetKind.authority;
    scan.authorityStart = start;
    scan.authorityEnd = end;
    scan.pathStart = end;
    scan.queryStart = end;
    return isHostAndPort(bytes, start, end);
  }
  if (bytes[start] === SLASH) {
    scan.targetKind = TargetKind.origin;
    return true;
  }
  if (bytes[start] === ASTERISK) {
    scan.targetKind = TargetKind.asterisk;
    return end - start === 1 && spells(bytes, scan.methodStart, scan.methodEnd, OPTIONS);
  }
  scan.targetKind = TargetKind.absolute;
  const scheme = SCHEMES.find((each) => equalsIgnoreCase(bytes, start, Math.min(end, start + each.length), each));
  if (scheme === undefined) return false;
  let at = start + scheme.length;
  scan.authorityStart = at;
  while (at < end && AUTHORITY_BYTE[bytes[at]!] === 1) at++;
  scan.authorityEnd = at;
  scan.pathStart = at;
  // User information (`user@host`) stops the loop at its `@` and is refused here, as RFC 9110 §4.2.4 advises.
  return at > scan.authorityStart && (at === end || bytes[at] === SLASH || bytes[at] === QUESTION);
}

function spells(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  return end - start === word.length && bytes[start] === word[0] && equalsExactly(bytes, start, word);
}

function equalsExactly(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}

/** Authority form must name host and port; only the brackets of an IPv6 address may hold colons, and only as the whole host. */
function isHostAndPort(bytes: Uint8Array, start: number, end: number): boolean {
  const isBracketed = bytes[start] === BRACKET_OPEN;
  const stop = isBracketed ? BRACKET_CLOSE : COLON;
  const hostStart = isBracketed ? start + 1 : start;
  let at = hostStart;
  for (; at < end && bytes[at] !== stop; at++) {
    const byte = bytes[at]!;
    if (AUTHORITY_BYTE[byte] !== 1 || byte === BRACKET_OPEN || byte === BRACKET_CLOSE) return false;
  }
  if (at === hostStart) return false;
  if (isBracketed) at++;
  if (at >= end || bytes[at] !== COLON) return false;
  const digits = end - at - 1;
  if (digits < 1 || digits > 5) return false;
  for (at++; at < end; at++) if (bytes[at]! < DIGIT_0 || bytes[at]! > DIGIT_0 + 9) return false;
  return true;
}

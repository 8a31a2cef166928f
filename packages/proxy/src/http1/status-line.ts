import { asciiBytes, CR, DIGIT_0, LF, SP, VALUE_BYTE } from './bytes.ts';
import type { HeadScan } from './head-scan.ts';
import { NEED_MORE, ScanState } from './scan-states.ts';
import { WireError } from './wire-errors.ts';
import { wordOf, wordsOf } from './words.ts';

const VERSION = asciiBytes('HTTP/1.');
const HTTP = wordOf('HTTP');
const VERSION_1_1 = wordOf('/1.1');

/** Scans the status line from scan.position; 0 = need more, negative = error, else the offset behind the line. */
export function scanStatusLine(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  if (scan.state === ScanState.start) {
    scan.versionStart = scan.position;
    scan.statusStart = scan.position + 9;
    scan.status = 0;
    scan.state = ScanState.status;
  }
  if (scan.state === ScanState.status) {
    const result = scanVersionAndStatus(scan, bytes, limit);
    if (result <= 0) return result;
  }
  let at = scan.position;
  if (scan.state === ScanState.reason) {
    while (at < limit && VALUE_BYTE[bytes[at]!] === 1) at++;
    scan.position = at;
    if (at >= limit) return NEED_MORE;
    if (bytes[at] !== CR) return bytes[at] === LF ? -WireError.bareLf : -WireError.controlCharacter;
    scan.reasonEnd = at;
    scan.position = ++at;
    scan.state = ScanState.reasonEnd;
  }
  if (at >= limit) return NEED_MORE;
  return bytes[at] === LF ? at + 1 : -WireError.bareCr;
}

/** `HTTP/1.x`, a space, three digits, then a space or the line's end: many servers leave the space out with the reason. */
function scanVersionAndStatus(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  const start = scan.versionStart;
  if (scan.position === start && limit - start > VERSION.length + 2) {
    const words = wordsOf(bytes);
    // The usual version, at once.
    if (words.getInt32(start, true) === HTTP && words.getInt32(start + 4, true) === VERSION_1_1) {
      scan.minorVersion = 1;
      scan.position = start + 8;
    }
  }
  for (let at = scan.position; at < limit; at++) {
    const byte = bytes[at]!;
    const place = at - start;
    if (place < 7) {
      if (byte !== VERSION[place]) return -WireError.badVersion;
    } else if (place === 7) {
      if (byte !== DIGIT_0 && byte !== DIGIT_0 + 1) return -WireError.badVersion;
      scan.minorVersion = byte - DIGIT_0;
    } else if (place === 8) {
      if (byte !== SP) return -WireError.invalidStatusLine;
    } else if (place < 12) {
      // No status is below 100, so the first digit is not 0.
      if (byte < DIGIT_0 + (place === 9 ? 1 : 0) || byte > DIGIT_0 + 9) return -WireError.invalidStatusLine;
      scan.status = scan.status * 10 + (byte - DIGIT_0);
    } else {
      if (byte !== SP && byte !== CR) return byte === LF ? -WireError.bareLf : -WireError.invalidStatusLine;
      scan.reasonStart = byte === SP ? at + 1 : at;
      scan.reasonEnd = at;
      scan.position = at + 1;
      scan.state = byte === SP ? ScanState.reason : ScanState.reasonEnd;
      return 1;
    }
  }
  scan.position = limit;
  return NEED_MORE;
}

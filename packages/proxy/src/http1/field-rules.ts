import { KNOWN_HEADER_IDS, KnownHeader, type KnownHeaderName } from '../http/known-headers.ts';
import { AUTHORITY_BYTE, asciiBytes, COMMA, DIGIT_0, equalsIgnoreCase, HTAB, SP } from './bytes.ts';
import { Coding, ConnectionOption, FieldColumn, HeadRole, type HeadScan, TargetKind } from './head-scan.ts';
import { WireError } from './wire-errors.ts';

/** 15 digits are exact in a double with room to add to. */
const MAX_LENGTH_DIGITS = 15;

const CLOSE = asciiBytes('close');
const KEEP_ALIVE = asciiBytes('keep-alive');
const UPGRADE = asciiBytes('upgrade');
const CHUNKED = asciiBytes('chunked');
const CONTINUE = asciiBytes('100-continue');
/** The other registered codings; `identity` was taken out of the standard and hides a length in some parsers. */
const OTHER_CODINGS = ['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress'].map(asciiBytes);

const HOST = KnownHeader.host;
const CONTENT_LENGTH = KnownHeader['content-length'];
const TRANSFER_ENCODING = KnownHeader['transfer-encoding'];
const CONNECTION = KnownHeader.connection;
const EXPECT = KnownHeader.expect;

/** RFC 9110 §6.5.1: framing, routing, request modifiers, authentication, content format; and what is meant for one hop. */
const FORBIDDEN_IN_TRAILERS: readonly KnownHeaderName[] = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'http2-settings',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'set-cookie',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
];
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set(FORBIDDEN_IN_TRAILERS);
const IS_FORBIDDEN_IN_TRAILERS = new Uint8Array(KNOWN_HEADER_IDS);
for (const name of FORBIDDEN_IN_TRAILERS) IS_FORBIDDEN_IN_TRAILERS[KnownHeader[name]] = 1;

/** 0, or the error of a trailer with this id. */
export function checkTrailer(id: number): number {
  return IS_FORBIDDEN_IN_TRAILERS[id] === 1 ? WireError.forbiddenTrailer : 0;
}

/** Whether a field of this name (in lower case) is left out of trailers. */
export function isForbiddenTrailer(name: string): boolean {
  return FORBIDDEN_TRAILERS.has(name);
}

/** Takes framing facts from one field of a head; 0 or a WireError code. Called in the order of the fields, counts already updated. */
export function applyFieldRule(scan: HeadScan, bytes: Uint8Array, row: number, id: number): number {
  const start = scan.fields[row + FieldColumn.valueStart]!;
  const end = scan.fields[row + FieldColumn.valueEnd]!;
  if (id === HOST) return scan.role === HeadRole.request ? applyHost(scan, bytes, start, end) : 0;
  if (id === CONTENT_LENGTH) return applyContentLength(scan, bytes, start, end);
  if (id === TRANSFER_ENCODING) return forEachItem(scan, bytes, start, end, true);
  if (id === CONNECTION) return forEachItem(scan, bytes, start, end, false);
  if (id === EXPECT && equalsIgnoreCase(bytes, start, end, CONTINUE)) scan.expectsContinue = true;
  return 0;
}

/** Rules over the whole head of a request; 0 or a WireError code. */
export function finishRequest(scan: HeadScan): number {
  if (scan.minorVersion === 1 && scan.counts[HOST] === 0) return WireError.missingHost;
  const error = finishResponse(scan);
  if (error !== 0 || scan.targetKind !== TargetKind.authority) return error;
  // What follows a CONNECT is the tunnel's (RFC 9110 §9.3.6): one parser's content is the next one's tunnel.
  return scan.contentLength > 0 || scan.isChunked ? WireError.contentInConnect : 0;
}

/** Rules over the whole head of a response, which hold for requests too; 0 or a WireError code. */
export function finishResponse(scan: HeadScan): number {
  if (scan.counts[TRANSFER_ENCODING] === 0) return 0;
  if (scan.minorVersion === 0) return WireError.transferCodingInHttp10;
  if (scan.contentLength >= 0) return WireError.lengthAndTransferCoding;
  if ((scan.codings & Coding.chunked) === 0) return WireError.chunkedNotFinal;
  if ((scan.codings & Coding.other) !== 0) return WireError.unsupportedTransferCoding;
  scan.isChunked = true;
  return 0;
}

function applyHost(scan: HeadScan, bytes: Uint8Array, start: number, end: number): number {
  if (scan.counts[HOST]! > 1) return WireError.severalHosts;
  for (let at = start; at < end; at++) if (AUTHORITY_BYTE[bytes[at]!] !== 1) return WireError.invalidHost;
  return 0;
}

function applyContentLength(scan: HeadScan, bytes: Uint8Array, start: number, end: number): number {
  if (scan.counts[CONTENT_LENGTH]! > 1) return WireError.duplicateContentLength;
  if (start === end) return WireError.invalidContentLength;
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return WireError.invalidContentLength;
    length = length * 10 + digit;
  }
  if (end - start > MAX_LENGTH_DIGITS) return WireError.contentLengthOverflow;
  scan.contentLength = length;
  return 0;
}

/**
 * Walks a comma-separated list. Empty elements are legal (RFC 9110 §5.6.1.2), but not among transfer codings, where parsers disagree on them.
 */
function forEachItem(scan: HeadScan, bytes: Uint8Array, start: number, end: number, isCoding: boolean): number {
  let at = start;
  while (at < end) {
    while (at < end && isBlank(bytes[at]!)) at++;
    const from = at;
    while (at < end && bytes[at] !== COMMA) at++;
    let to = at++;
    while (to > from && isBlank(bytes[to - 1]!)) to--;
    if (to === from && !isCoding) continue;
    if (isCoding) {
      const error = applyCoding(scan, bytes, from, to);
      if (error !== 0) return error;
    } else scan.connection |= connectionOption(bytes, from, to);
  }
  if (!isCoding) return 0;
  if (start === end) return WireError.chunkedNotFinal;
  return bytes[end - 1] === COMMA ? WireError.unknownTransferCoding : 0;
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

function applyCoding(scan: HeadScan, bytes: Uint8Array, from: number, to: number): number {
  // Also when chunked came in an earlier Transfer-Encoding field: the fields are one list.
  if ((scan.codings & Coding.chunked) !== 0) return WireError.chunkedNotFinal;
  if (equalsIgnoreCase(bytes, from, to, CHUNKED)) {
    scan.codings |= Coding.chunked;
    return 0;
  }
  for (const coding of OTHER_CODINGS) {
    if (equalsIgnoreCase(bytes, from, to, coding)) {
      scan.codings |= Coding.other;
      return 0;
    }
  }
  return WireError.unknownTransferCoding;
}

function connectionOption(bytes: Uint8Array, from: number, to: number): number {
  if (equalsIgnoreCase(bytes, from, to, KEEP_ALIVE)) return ConnectionOption.keepAlive;
  if (equalsIgnoreCase(bytes, from, to, CLOSE)) return ConnectionOption.close;
  return equalsIgnoreCase(bytes, from, to, UPGRADE) ? ConnectionOption.upgrade : ConnectionOption.other;
}

import { LAST_RULED_HEADER, lookupHeader, matchKnownHeader, UNKNOWN_HEADER } from '../http/known-headers.ts';
import { COLON, CR, HTAB, LF, SP, TOKEN_BYTE, VALUE_BYTE } from './bytes.ts';
import { applyFieldRule, checkTrailer, finishRequest, finishResponse } from './field-rules.ts';
import { FieldColumn, HeadRole, type HeadScan } from './head-scan.ts';
import { scanRequestLine } from './request-line.ts';
import { NEED_MORE, ScanState } from './scan-states.ts';
import { scanStatusLine } from './status-line.ts';
import { WireError } from './wire-errors.ts';
import { skipPrintable, wordsOf } from './words.ts';

const { nameEnd: NAME_END, valueStart: VALUE_START, valueEnd: VALUE_END, id: ID, stride: STRIDE } = FieldColumn;

/**
 * Scans a request head from where the last call on `scan` stopped up to `limit`. Returns the head's end when complete, NEED_MORE, or a negated
 * WireError code. Every byte is looked at once, however the input is split, and the result does not depend on the split.
 * Call scan.begin(start) before the first call, and not again after an end or an error without it.
 */
export function scanRequestHead(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  const capped = capLimit(scan, limit);
  if (scan.state < ScanState.lineStart) {
    scan.role = HeadRole.request;
    const line = scanRequestLine(scan, bytes, capped);
    if (line <= 0) return line === NEED_MORE ? moreOrTooLarge(scan, capped) : line;
    enterFields(scan, line);
  }
  const end = scanFields(scan, bytes, capped);
  if (end <= 0) return end === NEED_MORE ? moreOrTooLarge(scan, capped) : end;
  const error = finishRequest(scan);
  return error === 0 ? end : -error;
}

/** Scans a response head; results and use as scanRequestHead. */
export function scanResponseHead(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  const capped = capLimit(scan, limit);
  if (scan.state < ScanState.lineStart) {
    scan.role = HeadRole.response;
    const line = scanStatusLine(scan, bytes, capped);
    if (line <= 0) return line === NEED_MORE ? moreOrTooLarge(scan, capped) : line;
    enterFields(scan, line);
  }
  const end = scanFields(scan, bytes, capped);
  if (end <= 0) return end === NEED_MORE ? moreOrTooLarge(scan, capped) : end;
  const error = finishResponse(scan);
  return error === 0 ? end : -error;
}

/** Scans the trailer fields of a chunked body with their empty line; results and use as scanRequestHead. */
export function scanTrailers(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  const capped = capLimit(scan, limit);
  if (scan.state < ScanState.lineStart) {
    scan.role = HeadRole.trailers;
    enterFields(scan, scan.start);
  }
  const end = scanFields(scan, bytes, capped);
  return end === NEED_MORE ? moreOrTooLarge(scan, capped) : end;
}

/** Bytes behind the size limit are never looked at, so the limit and other errors come in the same order at any split. */
function capLimit(scan: HeadScan, limit: number): number {
  const cap = scan.start + scan.limits.maxHeadBytes;
  return Math.min(limit, cap);
}

function moreOrTooLarge(scan: HeadScan, capped: number): number {
  return capped - scan.start >= scan.limits.maxHeadBytes ? -WireError.headTooLarge : NEED_MORE;
}

function enterFields(scan: HeadScan, at: number): void {
  scan.fieldsStart = at;
  scan.position = at;
  scan.state = ScanState.lineStart;
}

/** In the place of an id. */
const NOT_LOOKED_UP = -1;

/** The field lines and the empty line: a state machine whose states only matter when the bytes run out. */
function scanFields(scan: HeadScan, bytes: Uint8Array, limit: number): number {
  const { fields } = scan;
  const words = wordsOf(bytes);
  let at = scan.position;
  let state = scan.state;
  let row = scan.fieldCount * STRIDE;
  let id: number = NOT_LOOKED_UP;
  while (at < limit) {
    if (state === ScanState.lineStart) {
      if (bytes[at] === CR) {
        state = ScanState.headEnd;
        at++;
        continue;
      }
      if (scan.fieldCount === scan.limits.maxFields) return -WireError.tooManyFields;
      fields[row] = at;
      state = ScanState.name;
      // The head before, which has left its ids here, was in most cases another of the same sender with the same fields.
      id = fields[row + ID]!;
      const guessed = id === UNKNOWN_HEADER ? -1 : matchKnownHeader(bytes, at, limit, id);
      if (guessed < 0) id = NOT_LOOKED_UP;
      else {
        fields[row + NAME_END] = guessed;
        at = guessed + 1;
        state = ScanState.space;
      }
    }
    if (state === ScanState.name) {
      while (at < limit && TOKEN_BYTE[bytes[at]!] === 1) at++;
      if (at >= limit) break;
      if (bytes[at] !== COLON || at === fields[row]) return -nameError(bytes[at]!, at === fields[row]);
      fields[row + NAME_END] = at++;
      state = ScanState.space;
    }
    if (state === ScanState.space) {
      while (at < limit && (bytes[at] === SP || bytes[at] === HTAB)) at++;
      if (at >= limit) break;
      fields[row + VALUE_START] = at;
      state = ScanState.value;
    }
    if (state === ScanState.value) {
      at = skipPrintable(words, at, limit);
      while (at < limit && VALUE_BYTE[bytes[at]!] === 1) at++;
      if (at >= limit) break;
      if (bytes[at] !== CR) return bytes[at] === LF ? -WireError.bareLf : -WireError.controlCharacter;
      let end = at;
      const start = fields[row + VALUE_START]!;
      while (end > start && (bytes[end - 1] === SP || bytes[end - 1] === HTAB)) end--;
      fields[row + VALUE_END] = end;
      at++;
      state = ScanState.valueEnd;
      if (at >= limit) break;
    }
    if (bytes[at] !== LF) return -WireError.bareCr;
    at++;
    if (state === ScanState.headEnd) {
      scan.end = at;
      return at;
    }
    if (id === NOT_LOOKED_UP) id = lookupHeader(bytes, fields[row]!, fields[row + NAME_END]!);
    const error = endField(scan, bytes, row, id);
    if (error !== 0) return -error;
    row += STRIDE;
    id = NOT_LOOKED_UP;
    state = ScanState.lineStart;
  }
  scan.position = at;
  scan.state = state;
  return NEED_MORE;
}

/** Enters a complete field into the tables and applies the rules of its name. */
function endField(scan: HeadScan, bytes: Uint8Array, row: number, id: number): number {
  scan.fields[row + ID] = id;
  const field = scan.fieldCount++;
  if (id === UNKNOWN_HEADER) return 0;
  const isFirst = scan.counts[id]!++ === 0;
  if (isFirst) scan.first[id] = field;
  if (scan.role === HeadRole.trailers) return checkTrailer(id);
  return id <= LAST_RULED_HEADER ? applyFieldRule(scan, bytes, row, id) : 0;
}

/** Says why a name did not end at a colon. */
function nameError(byte: number, isEmpty: boolean): number {
  if (byte === COLON) return WireError.emptyName;
  if (byte === SP || byte === HTAB) return isEmpty ? WireError.obsFold : WireError.whitespaceBeforeColon;
  if (byte === LF) return WireError.bareLf;
  if (byte === CR) return WireError.missingColon;
  return byte < SP || byte === 127 ? WireError.controlCharacter : WireError.invalidName;
}

import { KNOWN_HEADER_IDS } from '../http/known-headers.ts';

/** Bounds of one head. */
export interface HeadLimits {
  /** From the first byte to the empty line's end. */
  readonly maxHeadBytes: number;
  readonly maxFields: number;
  readonly maxTargetBytes: number;
}

/** Envoy's defaults for size and number of headers; the target may fill the head. */
export const DEFAULT_HEAD_LIMITS: HeadLimits = { maxHeadBytes: 60 * 1024, maxFields: 100, maxTargetBytes: 60 * 1024 };

/** The form of a request target (RFC 9112 §3.2). */
export const TargetKind = { none: 0, origin: 1, absolute: 2, authority: 3, asterisk: 4 } as const;

/** Bits of HeadScan.connection: the options named by the Connection fields. */
export const ConnectionOption = { close: 1, keepAlive: 2, upgrade: 4, other: 8 } as const;

/** Bits of HeadScan.codings: the transfer codings seen so far. */
export const Coding = { chunked: 1, other: 2 } as const;

/** What a scan reads; trailers have fields only. */
export const HeadRole = { request: 0, response: 1, trailers: 2 } as const;

/** Numbers per field in HeadScan.fields. */
const STRIDE = 5;
/** Places inside a field's row. */
export const FieldColumn = { nameStart: 0, nameEnd: 1, valueStart: 2, valueEnd: 3, id: 4, stride: STRIDE } as const;

/**
 * Everything the scanner learns about one head, as offsets into the scanned bytes. One object serves all heads of a connection, one after
 * the other: begin() resets it in time proportional to the fields of the last head. Written by the scanner only. The offsets hold until
 * the bytes move; relocate() follows a move.
 */
export class HeadScan {
  readonly limits: HeadLimits;
  /** Rows of nameStart, nameEnd, valueStart, valueEnd, id; use the accessors outside of hot code. */
  readonly fields: Int32Array;
  /** Index of the first field of each known id, -1 without one. */
  readonly first: Int32Array;
  /** How many fields each known id has. */
  readonly counts: Int32Array;
  fieldCount = 0;
  /** Where the head starts (a tolerated empty line included) and ends (behind its empty line; 0 until complete). */
  start = 0;
  end = 0;
  /** Where the first field line starts. */
  fieldsStart = 0;
  methodStart = 0;
  methodEnd = 0;
  targetKind: number = TargetKind.none;
  targetStart = 0;
  targetEnd = 0;
  /** The authority inside an absolute or authority form; both 0 in other forms. */
  authorityStart = 0;
  authorityEnd = 0;
  /** Path and query: behind the authority in absolute form (may be empty), else the whole target. */
  pathStart = 0;
  /** The first `?` of the target, targetEnd without one. */
  queryStart = 0;
  versionStart = 0;
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  minorVersion = 1;
  statusStart = 0;
  status = 0;
  reasonStart = 0;
  reasonEnd = 0;
  /** -1 without a Content-Length. */
  contentLength = -1;
  /** Whether Transfer-Encoding is chunked. */
  isChunked = false;
  /** Bits of ConnectionOption. */
  connection = 0;
  /** Bits of Coding. */
  codings = 0;
  /** Whether Expect is 100-continue. */
  expectsContinue = false;
  /** Where the scanner goes on and in which of its states; of no use to others. */
  position = 0;
  state = 0;
  role: number = HeadRole.request;

  constructor(limits: HeadLimits = DEFAULT_HEAD_LIMITS) {
    this.limits = limits;
    this.fields = new Int32Array((limits.maxFields + 1) * STRIDE);
    this.first = new Int32Array(KNOWN_HEADER_IDS).fill(-1);
    this.counts = new Int32Array(KNOWN_HEADER_IDS);
  }

  /** Forgets the last head: the next one starts at `start`. */
  begin(start: number): void {
    for (let row = this.fieldCount * STRIDE + FieldColumn.id; row >= 0; row -= STRIDE) {
      const id = this.fields[row]!;
      this.first[id] = -1;
      this.counts[id] = 0;
    }
    this.fieldCount = 0;
    this.start = start;
    this.position = start;
    this.state = 0;
    this.end = 0;
    this.targetKind = TargetKind.none;
    this.authorityStart = 0;
    this.authorityEnd = 0;
    this.queryStart = 0;
    this.status = 0;
    this.contentLength = -1;
    this.isChunked = false;
    this.connection = 0;
    this.codings = 0;
    this.expectsContinue = false;
  }

  /** Tells that the head's bytes were moved so that they now start at `start`; works on unfinished heads too. */
  relocate(start: number): void {
    const shift = start - this.start;
    if (shift === 0) return;
    const { fields } = this;
    // The row behind the last one may be half filled.
    const end = (this.fieldCount + 1) * STRIDE;
    for (let row = 0; row < end; row += STRIDE) {
      fields[row]! += shift;
      fields[row + FieldColumn.nameEnd]! += shift;
      fields[row + FieldColumn.valueStart]! += shift;
      fields[row + FieldColumn.valueEnd]! += shift;
    }
    this.start = start;
    this.position += shift;
    if (this.end !== 0) this.end += shift;
    this.fieldsStart += shift;
    this.versionStart += shift;
    if (this.role === HeadRole.request) this.#relocateRequestLine(shift);
    else {
      this.statusStart += shift;
      this.reasonStart += shift;
      this.reasonEnd += shift;
    }
  }

  /** Whether a known header is present. */
  has(id: number): boolean {
    return this.first[id]! >= 0;
  }

  nameStart(field: number): number {
    return this.fields[field * STRIDE]!;
  }

  nameEnd(field: number): number {
    return this.fields[field * STRIDE + FieldColumn.nameEnd]!;
  }

  valueStart(field: number): number {
    return this.fields[field * STRIDE + FieldColumn.valueStart]!;
  }

  valueEnd(field: number): number {
    return this.fields[field * STRIDE + FieldColumn.valueEnd]!;
  }

  /** The known id of a field, 0 for other names. */
  id(field: number): number {
    return this.fields[field * STRIDE + FieldColumn.id]!;
  }

  /** Behind the CRLF of a field's line: lines follow each other without gaps. */
  lineEnd(field: number): number {
    return field + 1 < this.fieldCount ? this.nameStart(field + 1) : this.end - 2;
  }

  /** The next field with the same known id, -1 at the end; begin with `first[id]`. */
  next(field: number): number {
    const id = this.id(field);
    for (let other = field + 1; other < this.fieldCount; other++) if (this.id(other) === id) return other;
    return -1;
  }

  #relocateRequestLine(shift: number): void {
    this.methodStart += shift;
    this.methodEnd += shift;
    this.targetStart += shift;
    this.targetEnd += shift;
    this.pathStart += shift;
    if (this.queryStart !== 0) this.queryStart += shift;
    if (this.authorityEnd === 0) return;
    this.authorityStart += shift;
    this.authorityEnd += shift;
  }
}

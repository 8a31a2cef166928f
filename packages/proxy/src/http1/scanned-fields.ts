/**
 * The fields of a message that came in by HTTP/1: the bytes as they came with the scanner's offsets, and the changes made since. What nobody
 * touched is copied out as it came in, whole runs of lines at a time.
 */
import type { FieldList } from '../http/head.ts';
import { latin1Slice, latin1Write } from '../http/latin1.ts';
import { safeValue } from '../http/safe-text.ts';
import { LOWER, TOKEN_BYTE } from './bytes.ts';
import { FieldColumn, type HeadScan } from './head-scan.ts';
import { HOP_BY_HOP, HOP_BY_HOP_IDS } from './hop-by-hop.ts';
import { KNOWN_HEADER_ID, KnownHeader, knownHeaderName, UNKNOWN_HEADER } from './known-headers.ts';

const {
  stride: STRIDE,
  id: ID,
  nameStart: NAME,
  nameEnd: NAME_END,
  valueStart: VALUE,
  valueEnd: VALUE_END,
} = FieldColumn;

/** Below this a loop is quicker than a call into the runtime. */
const SHORT_TEXT = 48;
const FIRST_STORE = 512;
/** Retained bytes beyond this are not kept for the next message. */
const LARGEST_KEPT_STORE = 8 * 1024;

const COOKIE = KnownHeader.cookie;
const CONTENT_LENGTH = KnownHeader['content-length'];
const TE = KnownHeader.te;

/** See the file's head. */
export class ScannedFields implements FieldList {
  scan: HeadScan;
  bytes: Buffer;
  /** 1 for each row of the scan that is not part of the list any more. Sole writers: hide() and reset(). */
  protected readonly hidden: Uint8Array;
  protected hiddenCount = 0;
  /** No row behind this one is hidden. */
  #lastHidden = -1;
  protected readonly addedNames: string[] = [];
  protected readonly addedValues: string[] = [];
  isRetained = false;
  /** Whether something was added that only the codec may write. */
  #isCodecsAdded = false;
  #store: Buffer | undefined;

  constructor(scan: HeadScan, bytes: Buffer) {
    this.scan = scan;
    this.bytes = bytes;
    this.hidden = new Uint8Array(scan.limits.maxFields + 1);
  }

  /** Forgets the changes: another message has been scanned. */
  reset(bytes: Buffer): void {
    this.bytes = bytes;
    this.isRetained = false;
    for (let row = 0; row <= this.#lastHidden; row++) this.hidden[row] = 0;
    this.#lastHidden = -1;
    this.hiddenCount = 0;
    this.#isCodecsAdded = false;
    if (this.addedNames.length > 0) {
      this.addedNames.length = 0;
      this.addedValues.length = 0;
    }
  }

  get(name: string): string | undefined {
    const { scan } = this;
    const id = KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER;
    let value: string | undefined;
    const separator = id === COOKIE ? '; ' : ',';
    for (let row = this.#first(id, name); row >= 0; row = this.#next(row, id, name)) {
      const text = latin1Slice(this.bytes, scan.fields[row * STRIDE + VALUE]!, scan.fields[row * STRIDE + VALUE_END]!);
      value = value === undefined ? text : value + separator + text;
    }
    for (let i = 0; i < this.addedNames.length; i++) {
      if (this.addedNames[i] !== name) continue;
      value = value === undefined ? this.addedValues[i]! : value + separator + this.addedValues[i]!;
    }
    return value;
  }

  has(name: string): boolean {
    return this.#first(KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER, name) >= 0 || this.addedNames.includes(name);
  }

  hasPrefix(prefix: string): boolean {
    const { scan, hidden } = this;
    for (let row = 0; row < scan.fieldCount; row++) {
      const start = scan.nameStart(row);
      if (scan.nameEnd(row) - start < prefix.length || hidden[row] === 1) continue;
      if (isName(this.bytes, start, prefix)) return true;
    }
    for (const name of this.addedNames) if (name.startsWith(prefix)) return true;
    return false;
  }

  repeated(name: string): readonly string[] | undefined {
    const { scan } = this;
    const id = KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER;
    const first = this.#first(id, name);
    if (first < 0 ? this.addedNames.length < 2 : this.#next(first, id, name) < 0 && !this.addedNames.includes(name))
      return undefined;
    const values: string[] = [];
    for (let row = first; row >= 0; row = this.#next(row, id, name)) {
      values.push(latin1Slice(this.bytes, scan.valueStart(row), scan.valueEnd(row)));
    }
    for (let i = 0; i < this.addedNames.length; i++) if (this.addedNames[i] === name) values.push(this.addedValues[i]!);
    return values.length > 1 ? values : undefined;
  }

  set(name: string, value: string): void {
    this.remove(name);
    this.add(name, value);
  }

  add(name: string, value: string): void {
    checkName(name);
    if (HOP_BY_HOP.has(name)) this.#isCodecsAdded = true;
    this.addedNames.push(name);
    this.addedValues.push(safeValue(value));
  }

  remove(name: string): void {
    const id = KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER;
    for (let row = this.#first(id, name); row >= 0; row = this.#next(row, id, name)) this.hide(row);
    const { addedNames } = this;
    if (addedNames.length === 0) return;
    for (let at = addedNames.indexOf(name); at >= 0; at = addedNames.indexOf(name, at)) {
      addedNames.splice(at, 1);
      this.addedValues.splice(at, 1);
    }
  }

  /** The Content-Length as the scanner checked it, -1 without one; undefined if it was changed since. */
  get scannedLength(): number | undefined {
    if (this.addedNames.includes('content-length')) return undefined;
    const row = this.scan.first[CONTENT_LENGTH]!;
    return row < 0 || this.hidden[row] === 1 ? -1 : this.scan.contentLength;
  }

  /** Takes every field with a known id out of the list. */
  removeKnown(id: number): void {
    const { scan } = this;
    let row = scan.first[id]!;
    for (let left = row < 0 ? 0 : scan.counts[id]!; left > 0; left--) {
      this.hide(row);
      if (left > 1) row = scan.next(row);
    }
  }

  /** Takes what concerns one hop only out of the list, and what the message's Connection fields name (`named`). */
  protected hideHopByHop(named: ReadonlySet<string> | undefined): void {
    const { first } = this.scan;
    for (let i = 0; i < HOP_BY_HOP_IDS.length; i++) {
      const id = HOP_BY_HOP_IDS[i]!;
      if (first[id]! >= 0) this.removeKnown(id);
    }
    if (named === undefined) return;
    for (let row = 0; row < this.scan.fieldCount; row++) if (named.has(this.#name(row))) this.hide(row);
  }

  /** `te` may only say `trailers` beyond this hop. */
  protected keepOnlyTrailersInTe(): void {
    if (this.scan.first[TE]! < 0) return;
    const value = this.get('te') ?? '';
    if (value === 'trailers') return;
    this.removeKnown(TE);
    const codings = value.toLowerCase().split(',');
    if (codings.some((coding) => coding.trim() === 'trailers')) this.add('te', 'trailers');
  }

  forEach(visit: (name: string, value: string) => void): void {
    const { scan, bytes } = this;
    for (let row = 0; row < scan.fieldCount; row++) {
      if (this.hidden[row] === 1) continue;
      visit(this.#name(row), latin1Slice(bytes, scan.valueStart(row), scan.valueEnd(row)));
    }
    for (let i = 0; i < this.addedNames.length; i++) visit(this.addedNames[i]!, this.addedValues[i]!);
  }

  get fieldCount(): number {
    return this.scan.fieldCount - this.hiddenCount + this.addedNames.length;
  }

  get byteSize(): number {
    const { scan } = this;
    let size = this.addedBytes;
    for (let row = 0; row < scan.fieldCount; row++) {
      if (this.hidden[row] === 0)
        size += scan.nameEnd(row) - scan.nameStart(row) + scan.valueEnd(row) - scan.valueStart(row) + 4;
    }
    return size;
  }

  retain(): void {
    const { scan, bytes } = this;
    if (this.isRetained) return;
    this.isRetained = true;
    const { start, end } = scan;
    const length = end - start;
    if (this.#store === undefined || this.#store.length < length) {
      this.#store = Buffer.allocUnsafeSlow(Math.max(length, FIRST_STORE));
    }
    if (length < SHORT_TEXT) for (let i = 0; i < length; i++) this.#store[i] = bytes[start + i]!;
    else bytes.copy(this.#store, 0, start, end);
    scan.relocate(0);
    this.bytes = this.#store;
  }

  release(): void {
    if (this.#store !== undefined && this.#store.length > LARGEST_KEPT_STORE) this.#store = undefined;
  }

  /** At most so many bytes are written by writeFields. */
  get writtenBytesBound(): number {
    return this.scan.end - this.scan.fieldsStart + this.addedBytes;
  }

  /** Writes the field lines without the empty line; returns where they end. */
  writeFields(out: Buffer, at: number): number {
    const { scan, bytes, hidden } = this;
    const { fields } = scan;
    const count = scan.fieldCount;
    let to = at;
    let from = scan.fieldsStart;
    if (this.hiddenCount > 0) {
      for (let row = 0; row < count; row++) {
        if (hidden[row] === 0) continue;
        const lineStart = fields[row * STRIDE + NAME]!;
        to = copyBytes(bytes, from, lineStart, out, to);
        from = scan.lineEnd(row);
      }
    }
    to = copyBytes(bytes, from, scan.end - 2, out, to);
    for (let i = 0; i < this.addedNames.length; i++) {
      if (this.#isCodecsAdded && HOP_BY_HOP.has(this.addedNames[i]!)) continue;
      to = putText(out, to, this.addedNames[i]!);
      out[to] = 58;
      out[to + 1] = 32;
      to = putText(out, to + 2, this.addedValues[i]!);
      out[to] = 13;
      out[to + 1] = 10;
      to += 2;
    }
    return to;
  }

  /** Takes a row of the scan out of the list. */
  hide(row: number): void {
    if (this.hidden[row] === 1) return;
    this.hidden[row] = 1;
    this.hiddenCount++;
    if (row > this.#lastHidden) this.#lastHidden = row;
  }

  protected get addedBytes(): number {
    let size = 0;
    for (let i = 0; i < this.addedNames.length; i++)
      size += this.addedNames[i]!.length + this.addedValues[i]!.length + 4;
    return size;
  }

  #name(row: number): string {
    const { scan } = this;
    const known = knownHeaderName(scan.id(row));
    return known ?? latin1Slice(this.bytes, scan.nameStart(row), scan.nameEnd(row)).toLowerCase();
  }

  /** The first visible row of a name. */
  #first(id: number, name: string): number {
    if (id === UNKNOWN_HEADER) return this.#nextUnknown(0, name);
    const row = this.scan.first[id]!;
    return row >= 0 && this.hidden[row] === 1 ? this.#next(row, id, name) : row;
  }

  #next(row: number, id: number, name: string): number {
    if (id === UNKNOWN_HEADER) return this.#nextUnknown(row + 1, name);
    if (this.scan.counts[id]! === 1) return -1;
    let next = this.scan.next(row);
    while (next >= 0 && this.hidden[next] === 1) next = this.scan.next(next);
    return next;
  }

  #nextUnknown(from: number, name: string): number {
    const { fields, fieldCount } = this.scan;
    for (let row = from; row < fieldCount; row++) {
      const at = row * STRIDE;
      if (fields[at + ID] !== UNKNOWN_HEADER || this.hidden[row] === 1) continue;
      const start = fields[at + NAME]!;
      if (fields[at + NAME_END]! - start === name.length && isName(this.bytes, start, name)) return row;
    }
    return -1;
  }
}

/** Names that have been found good. Sole writer: checkName. */
const GOOD_NAMES = new Set<string>();
const MAX_GOOD_NAMES = 1000;

/** A name that no message may have is a mistake of the caller, as in the other kinds of lists. */
function checkName(name: string): void {
  if (GOOD_NAMES.has(name)) return;
  let isGood = name.length > 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    isGood &&= code < 128 && TOKEN_BYTE[code] === 1 && LOWER[code] === code;
  }
  if (!isGood) throw new RangeError(`${JSON.stringify(name)} is not a field name in lower case`);
  if (GOOD_NAMES.size < MAX_GOOD_NAMES) GOOD_NAMES.add(name);
}

function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (LOWER[bytes[start + i]!] !== name.charCodeAt(i)) return false;
  return true;
}

/** Copies bytes[start, end) to out[at…] and returns where they end. */
export function copyBytes(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  const length = end - start;
  if (length < SHORT_TEXT) for (let i = 0; i < length; i++) out[at + i] = bytes[start + i]!;
  else bytes.copy(out, at, start, end);
  return at + length;
}

/** Writes latin1 text and returns where it ends. */
export function putText(out: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length < SHORT_TEXT) for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i);
  else latin1Write(out, at, text);
  return at + length;
}

/**
 * The fields of a message that came in by HTTP/1: the bytes as they came with the scanner's offsets, and the changes made since. What nobody
 * touched is copied out as it came in, whole runs of lines at a time.
 */
import type { FieldList } from '../http/head.ts';
import {
  KNOWN_HEADER_ID,
  KNOWN_HEADER_IDS,
  KnownHeader,
  knownHeaderName,
  UNKNOWN_HEADER,
} from '../http/known-headers.ts';
import { latin1Slice, rememberedText } from '../http/latin1.ts';
import type { NameSet } from '../http/name-set.ts';
import { AddedFields, checkedId } from './added-fields.ts';
import { LOWER } from './bytes.ts';
import { FieldColumn, type HeadScan } from './head-scan.ts';
import { HOP_BY_HOP_IDS } from './hop-by-hop.ts';
import { type NameCase, spellName } from './name-case.ts';
import { copyBytes } from './text.ts';

const {
  stride: STRIDE,
  id: ID,
  nameStart: NAME,
  nameEnd: NAME_END,
  valueStart: VALUE,
  valueEnd: VALUE_END,
} = FieldColumn;

const FIRST_STORE = 512;
/** Retained bytes beyond this are not kept for the next message. */
const LARGEST_KEPT_STORE = 8 * 1024;

/** 1 for the ids of fields whose values come again and again, and are no secrets. */
const MAY_BE_REMEMBERED = new Uint8Array(KNOWN_HEADER_IDS).fill(1);
for (const name of [
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-forwarded-client-cert',
] as const) {
  MAY_BE_REMEMBERED[KnownHeader[name]] = 0;
}
MAY_BE_REMEMBERED[UNKNOWN_HEADER] = 0;

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
  readonly #added = new AddedFields();
  isRetained = false;
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
    this.#added.reset();
  }

  get(name: string): string | undefined {
    return this.find(KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER, name);
  }

  has(name: string): boolean {
    return this.holds(KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER, name);
  }

  getKnown(id: number): string | undefined {
    return this.find(id, '');
  }

  hasKnown(id: number): boolean {
    return this.holds(id, '');
  }

  hasPrefix(prefix: string): boolean {
    const { scan, hidden } = this;
    for (let row = 0; row < scan.fieldCount; row++) {
      const start = scan.nameStart(row);
      if (scan.nameEnd(row) - start < prefix.length || hidden[row] === 1) continue;
      if (isName(this.bytes, start, prefix)) return true;
    }
    const added = this.#added;
    for (let i = 0; i < added.count; i++) if (added.name(i).startsWith(prefix)) return true;
    return false;
  }

  hasAnyOf({ names, byId, hasOthers }: NameSet): boolean {
    const { fields, fieldCount } = this.scan;
    for (let row = 0; row < fieldCount; row++) {
      const id = fields[row * STRIDE + ID]!;
      if (id === UNKNOWN_HEADER ? !(hasOthers && names.has(this.#name(row))) : byId[id] === 0) continue;
      if (this.hidden[row] === 0) return true;
    }
    const added = this.#added;
    for (let i = 0; i < added.count; i++) {
      const id = added.id(i);
      if (id === UNKNOWN_HEADER ? hasOthers && names.has(added.name(i)) : byId[id] === 1) return true;
    }
    return false;
  }

  removeAnyOf({ names, byId, hasOthers }: NameSet): void {
    const { fields, fieldCount } = this.scan;
    for (let row = 0; row < fieldCount; row++) {
      const id = fields[row * STRIDE + ID]!;
      if (id === UNKNOWN_HEADER ? hasOthers && names.has(this.#name(row)) : byId[id] === 1) this.hide(row);
    }
    const added = this.#added;
    for (let i = added.count - 1; i >= 0; i--) {
      const id = added.id(i);
      const name = added.name(i);
      if (id === UNKNOWN_HEADER ? hasOthers && names.has(name) : byId[id] === 1) {
        added.remove(id, name);
        i = Math.min(i, added.count);
      }
    }
  }

  repeated(name: string): readonly string[] | undefined {
    const { scan } = this;
    const id = KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER;
    const added = this.#added;
    const first = this.#first(id, name);
    const isSingle = first >= 0 && this.#next(first, id, name) < 0 && added.find(id, name) < 0;
    if (isSingle || (first < 0 && added.count < 2)) return undefined;
    const values: string[] = [];
    for (let row = first; row >= 0; row = this.#next(row, id, name)) {
      values.push(latin1Slice(this.bytes, scan.valueStart(row), scan.valueEnd(row)));
    }
    for (let i = added.find(id, name); i >= 0; i = added.find(id, name, i + 1)) values.push(added.value(i));
    return values.length > 1 ? values : undefined;
  }

  set(name: string, value: string): void {
    this.put(checkedId(name), name, value);
  }

  add(name: string, value: string): void {
    this.#added.add(checkedId(name), name, value);
  }

  remove(name: string): void {
    this.drop(KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER, name);
  }

  setKnown(id: number, value: string): void {
    this.put(id, knownHeaderName(id)!, value);
  }

  addKnown(id: number, value: string): void {
    this.#added.add(id, knownHeaderName(id)!, value);
  }

  addBytes(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.#added.addBytes(id, knownHeaderName(id)!, bytes, start, end);
  }

  removeKnown(id: number): void {
    this.drop(id, '');
  }

  /** The Content-Length as the scanner checked it, -1 without one; undefined if it was changed since. */
  get scannedLength(): number | undefined {
    if (this.#added.find(CONTENT_LENGTH, '') >= 0) return undefined;
    const row = this.scan.first[CONTENT_LENGTH]!;
    return row < 0 || this.hidden[row] === 1 ? -1 : this.scan.contentLength;
  }

  /** The values of a field by its id, or by its name where it has none. */
  protected find(id: number, name: string): string | undefined {
    const { scan } = this;
    let value: string | undefined;
    const separator = id === COOKIE ? '; ' : ',';
    for (let row = this.#first(id, name); row >= 0; row = this.#next(row, id, name)) {
      const text = latin1Slice(this.bytes, scan.fields[row * STRIDE + VALUE]!, scan.fields[row * STRIDE + VALUE_END]!);
      value = value === undefined ? text : value + separator + text;
    }
    const added = this.#added;
    for (let i = added.find(id, name); i >= 0; i = added.find(id, name, i + 1)) {
      const text = added.value(i);
      value = value === undefined ? text : value + separator + text;
    }
    return value;
  }

  protected holds(id: number, name: string): boolean {
    return this.#first(id, name) >= 0 || this.#added.find(id, name) >= 0;
  }

  protected put(id: number, name: string, value: string): void {
    this.drop(id, name);
    this.#added.add(id, name, value);
  }

  protected drop(id: number, name: string): void {
    if (id !== UNKNOWN_HEADER) this.hideKnown(id);
    else for (let row = this.#nextUnknown(0, name); row >= 0; row = this.#nextUnknown(row + 1, name)) this.hide(row);
    this.#added.remove(id, name);
  }

  /** Takes every scanned field with a known id out of the list. */
  protected hideKnown(id: number): void {
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
      if (first[id]! >= 0) this.hideKnown(id);
    }
    if (named === undefined) return;
    for (let row = 0; row < this.scan.fieldCount; row++) if (named.has(this.#name(row))) this.hide(row);
  }

  /** `te` may only say `trailers` beyond this hop. */
  protected keepOnlyTrailersInTe(): void {
    if (this.scan.first[TE]! < 0) return;
    const value = this.getKnown(TE) ?? '';
    if (value === 'trailers') return;
    this.hideKnown(TE);
    const codings = value.toLowerCase().split(',');
    if (codings.some((coding) => coding.trim() === 'trailers')) this.addKnown(TE, 'trailers');
  }

  forEach(visit: (name: string, value: string, id: number) => void): void {
    const { scan, bytes } = this;
    for (let row = 0; row < scan.fieldCount; row++) {
      if (this.hidden[row] === 1) continue;
      const id = scan.id(row);
      const textOf = MAY_BE_REMEMBERED[id] === 1 ? rememberedText : latin1Slice;
      visit(this.#name(row), textOf(bytes, scan.valueStart(row), scan.valueEnd(row)), id);
    }
    const added = this.#added;
    for (let i = 0; i < added.count; i++) visit(added.name(i), added.value(i), added.id(i));
  }

  get fieldCount(): number {
    return this.scan.fieldCount - this.hiddenCount + this.#added.count;
  }

  get byteSize(): number {
    const { scan } = this;
    let size = this.#added.byteSize;
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
    copyBytes(bytes, start, end, this.#store, 0);
    scan.relocate(0);
    this.bytes = this.#store;
  }

  release(): void {
    if (this.#store !== undefined && this.#store.length > LARGEST_KEPT_STORE) this.#store = undefined;
  }

  /** At most so many bytes are written by writeFields. */
  get writtenBytesBound(): number {
    return this.scan.end - this.scan.fieldsStart + this.#added.byteSize;
  }

  /** Writes the field lines without the empty line; returns where they end. */
  writeFields(out: Buffer, at: number, nameCase: NameCase): number {
    const { scan, hidden } = this;
    const count = scan.fieldCount;
    let to = at;
    let from = scan.fieldsStart;
    let first = 0;
    if (this.hiddenCount > 0) {
      const last = this.#lastHidden;
      for (let row = 0; row <= last; row++) {
        if (hidden[row] === 0) continue;
        to = this.#writeRun(first, row, from, scan.fields[row * STRIDE + NAME]!, out, to, nameCase);
        first = row + 1;
        from = scan.lineEnd(row);
      }
    }
    to = this.#writeRun(first, count, from, scan.end - 2, out, to, nameCase);
    return this.#added.write(out, to, nameCase);
  }

  /** Takes a row of the scan out of the list. */
  hide(row: number): void {
    if (this.hidden[row] === 1) return;
    this.hidden[row] = 1;
    this.hiddenCount++;
    if (row > this.#lastHidden) this.#lastHidden = row;
  }

  /** Writes the lines of rows [first, end), which are bytes[from, stop). */
  #writeRun(
    first: number,
    end: number,
    from: number,
    stop: number,
    out: Buffer,
    at: number,
    nameCase: NameCase,
  ): number {
    const to = copyBytes(this.bytes, from, stop, out, at);
    if (nameCase === 'preserve') return to;
    const { scan } = this;
    const shift = at - from;
    for (let row = first; row < end; row++) {
      spellName(out, scan.nameStart(row) + shift, scan.nameEnd(row) + shift, nameCase);
    }
    return to;
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

function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (LOWER[bytes[start + i]!] !== name.charCodeAt(i)) return false;
  return true;
}

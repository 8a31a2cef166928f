import type { HeadScan } from './head-scan.ts';

/** Below this a loop is quicker than a call into the runtime. */
const SHORT_COPY = 48;
const FIRST_EDITS = 32;
const FIRST_SCRATCH = 1024;
/** Numbers per edit: the range replaced, and the range in the scratch that replaces it. */
const STRIDE = 4;

const COLON_SPACE = Buffer.from(': ');
const CRLF = Buffer.from('\r\n');

/**
 * Collects edits of a scanned head, then writes them in one pass that leaves head and body bytes contiguous. One object serves many heads:
 * begin() starts over. Inserted bytes are copied into a scratch buffer at once, so sources may be short-lived. Edits must not overlap; the
 * caller guarantees that inserted bytes are valid where they go. Offsets of the scan are those of before apply().
 */
export class HeadEditor {
  /** After apply() or applyTo(): where the new head starts and ends, and where the bytes behind it end. */
  headStart = 0;
  headEnd = 0;
  dataEnd = 0;
  #scan: HeadScan | undefined = undefined;
  #edits = new Int32Array(FIRST_EDITS * STRIDE);
  #count = 0;
  /** How many bytes the head grows. */
  #delta = 0;
  #scratch = Buffer.allocUnsafeSlow(FIRST_SCRATCH);
  #scratchEnd = 0;

  /** Starts over with a complete scan. */
  begin(scan: HeadScan): void {
    this.#scan = scan;
    this.#count = 0;
    this.#delta = 0;
    this.#scratchEnd = 0;
  }

  /** Whether apply() would change anything. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** How many bytes apply() adds to the head (negative: takes away). */
  get growth(): number {
    return this.#delta;
  }

  /** Removes a field with its line. */
  removeField(field: number): void {
    const scan = this.#head();
    this.replace(scan.nameStart(field), scan.lineEnd(field));
  }

  /** Removes all fields with a known id. */
  removeKnown(id: number): void {
    const scan = this.#head();
    for (let field = scan.first[id]!; field >= 0; field = scan.next(field)) this.removeField(field);
  }

  /** Replaces the value of a field. */
  replaceValue(field: number, value: Uint8Array | string): void {
    const scan = this.#head();
    this.replace(scan.valueStart(field), scan.valueEnd(field), value);
  }

  /** Appends a field behind the last one; several come in the order of the calls. */
  appendField(name: Uint8Array | string, value: Uint8Array | string): void {
    const at = this.#head().end - 2;
    const from = this.#scratchEnd;
    this.#put(name);
    this.#put(COLON_SPACE);
    this.#put(value);
    this.#put(CRLF);
    this.#record(at, at, from);
  }

  /** Appends one or more complete field lines, each with its CRLF. */
  appendLines(lines: Uint8Array | string): void {
    const at = this.#head().end - 2;
    this.replace(at, at, lines);
  }

  replaceMethod(method: Uint8Array | string): void {
    const scan = this.#head();
    this.replace(scan.methodStart, scan.methodEnd, method);
  }

  replaceTarget(target: Uint8Array | string): void {
    const scan = this.#head();
    this.replace(scan.targetStart, scan.targetEnd, target);
  }

  /** Replaces the minor version's digit of a request or response. */
  replaceMinorVersion(minor: 0 | 1): void {
    const at = this.#head().versionStart + 7;
    this.replace(at, at + 1, minor === 0 ? '0' : '1');
  }

  /** Replaces status and reason. */
  replaceStatus(status: number, reason: Uint8Array | string): void {
    const scan = this.#head();
    const from = this.#scratchEnd;
    this.#put(String(status));
    this.#put(' ');
    this.#put(reason);
    this.#record(scan.statusStart, scan.reasonEnd, from);
  }

  /** Replaces bytes [start, end) of the head by `bytes` (a string is Latin-1). */
  replace(start: number, end: number, bytes: Uint8Array | string = ''): void {
    const from = this.#scratchEnd;
    this.#put(bytes);
    this.#record(start, end, from);
  }

  /**
   * Writes the new head into the buffer it came from. Bytes behind the head up to `dataEnd` stay contiguous with it; the shorter of head and data
   * moves. Nothing outside [floor, capacity) is written; what lies behind `dataEnd` (a pipelined request) must be out of the way. False, and
   * nothing touched, if the result does not fit: use applyTo().
   */
  apply(bytes: Uint8Array, dataEnd: number, room: { readonly floor: number; readonly capacity: number }): boolean {
    const scan = this.#head();
    const delta = this.#delta;
    const { start, end } = scan;
    const canMoveHead = start - delta >= room.floor;
    const fitsBehind = dataEnd + delta <= room.capacity;
    if (!canMoveHead && !fitsBehind) return false;
    const movesHead = canMoveHead && (!fitsBehind || (delta !== 0 && dataEnd - end > end - start));
    this.#sort();
    this.#move(bytes, dataEnd, movesHead ? -delta : 0);
    return true;
  }

  /** Writes the new head and the bytes behind it up to `dataEnd` into another buffer at `at`; false if it has no room. */
  applyTo(target: Uint8Array, at: number, bytes: Uint8Array, dataEnd: number): boolean {
    const scan = this.#head();
    if (at + (dataEnd - scan.start) + this.#delta > target.length) return false;
    this.#sort();
    const edits = this.#edits;
    let from = scan.start;
    let to = at;
    for (let i = 0; i < this.#count * STRIDE; i += STRIDE) {
      const start = edits[i]!;
      copy(bytes, from, start, target, to);
      to += start - from;
      copy(this.#scratch, edits[i + 2]!, edits[i + 3]!, target, to);
      to += edits[i + 3]! - edits[i + 2]!;
      from = edits[i + 1]!;
    }
    copy(bytes, from, dataEnd, target, to);
    this.#finish(at, dataEnd - scan.start + at);
    return true;
  }

  /**
   * The kept ranges between the edits move by the growth before them plus `base`. Ranges moving left go first, in rising order, then those moving
   * right, in falling order: no range is overwritten before it moved, since the order of ranges never changes.
   */
  #move(bytes: Uint8Array, dataEnd: number, base: number): void {
    const { start: headStart } = this.#head();
    const edits = this.#edits;
    const end = this.#count * STRIDE;
    let from = headStart;
    let shift = base;
    for (let i = 0; i <= end; i += STRIDE) {
      const to = i < end ? edits[i]! : dataEnd;
      if (shift < 0 && to > from) bytes.copyWithin(from + shift, from, to);
      if (i === end) break;
      shift += edits[i + 3]! - edits[i + 2]! - (edits[i + 1]! - edits[i]!);
      from = edits[i + 1]!;
    }
    let to = dataEnd;
    for (let i = end; i >= 0; i -= STRIDE) {
      const rangeStart = i > 0 ? edits[i - STRIDE + 1]! : headStart;
      if (shift > 0 && to > rangeStart) bytes.copyWithin(rangeStart + shift, rangeStart, to);
      if (i === 0) break;
      const edit = i - STRIDE;
      const length = edits[edit + 3]! - edits[edit + 2]!;
      to = edits[edit]!;
      shift -= length - (edits[edit + 1]! - to);
    }
    for (let i = 0; i < end; i += STRIDE) {
      const length = edits[i + 3]! - edits[i + 2]!;
      copy(this.#scratch, edits[i + 2]!, edits[i + 3]!, bytes, edits[i]! + shift);
      shift += length - (edits[i + 1]! - edits[i]!);
    }
    this.#finish(headStart + base, dataEnd + base);
  }

  #finish(headStart: number, oldDataEnd: number): void {
    const scan = this.#head();
    this.headStart = headStart;
    this.headEnd = headStart + (scan.end - scan.start) + this.#delta;
    this.dataEnd = oldDataEnd + this.#delta;
  }

  /** By start; edits at one place stay in the order of the calls. Mostly sorted already. */
  #sort(): void {
    const edits = this.#edits;
    for (let i = STRIDE; i < this.#count * STRIDE; i += STRIDE) {
      const start = edits[i]!;
      let place = i;
      while (place > 0 && edits[place - STRIDE]! > start) place -= STRIDE;
      if (place === i) continue;
      const [end, from, to] = [edits[i + 1]!, edits[i + 2]!, edits[i + 3]!];
      edits.copyWithin(place + STRIDE, place, i);
      edits[place] = start;
      edits[place + 1] = end;
      edits[place + 2] = from;
      edits[place + 3] = to;
    }
  }

  #record(start: number, end: number, from: number): void {
    const row = this.#count * STRIDE;
    if (row === this.#edits.length) {
      const grown = new Int32Array(row * 2);
      grown.set(this.#edits);
      this.#edits = grown;
    }
    this.#edits[row] = start;
    this.#edits[row + 1] = end;
    this.#edits[row + 2] = from;
    this.#edits[row + 3] = this.#scratchEnd;
    this.#count++;
    this.#delta += this.#scratchEnd - from - (end - start);
  }

  #put(bytes: Uint8Array | string): void {
    const { length } = bytes;
    const at = this.#scratchEnd;
    if (at + length > this.#scratch.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#scratch.length * 2, at + length));
      this.#scratch.copy(grown, 0, 0, at);
      this.#scratch = grown;
    }
    if (typeof bytes === 'string') this.#scratch.write(bytes, at, 'latin1');
    else copy(bytes, 0, length, this.#scratch, at);
    this.#scratchEnd = at + length;
  }

  #head(): HeadScan {
    if (this.#scan === undefined) throw new Error('the head editor was used before begin()');
    return this.#scan;
  }
}

function copy(source: Uint8Array, from: number, end: number, target: Uint8Array, to: number): void {
  const length = end - from;
  if (length > SHORT_COPY) target.set(source.subarray(from, end), to);
  else for (let i = 0; i < length; i++) target[to + i] = source[from + i]!;
}

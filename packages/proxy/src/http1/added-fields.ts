import { KNOWN_HEADER_ID, UNKNOWN_HEADER } from '../http/known-headers.ts';
import { SAFE_BYTE, safeValue } from '../http/safe-text.ts';
import { COLON, CR, LF, LOWER, SP, TOKEN_BYTE } from './bytes.ts';
import { IS_HOP_BY_HOP } from './hop-by-hop.ts';
import { type NameCase, spellName } from './name-case.ts';
import { copyLine } from './text.ts';

/** With larger values, or more of them, nothing is kept for the next message. */
const LARGEST_KEPT_VALUE = 1024;
const MOST_KEPT = 32;
/** `: ` and CRLF. */
const LINE_OVERHEAD = 4;
const FIRST_LINE = 64;

/** Key: a name that has been found good; value: its id. Sole writer: checkedId. */
const GOOD_NAMES = new Map<string, number>(KNOWN_HEADER_ID);
const MOST_GOOD_NAMES = 1000;

/** The id of a name that a field may be given. A name that no message may have is a mistake of the caller, as in the other kinds of lists. */
export function checkedId(name: string): number {
  const known = GOOD_NAMES.get(name);
  if (known !== undefined) return known;
  let isGood = name.length > 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    isGood &&= code < 128 && TOKEN_BYTE[code] === 1 && LOWER[code] === code;
  }
  if (!isGood) throw new RangeError(`${JSON.stringify(name)} is not a field name in lower case`);
  if (GOOD_NAMES.size < MOST_GOOD_NAMES) GOOD_NAMES.set(name, UNKNOWN_HEADER);
  return UNKNOWN_HEADER;
}

/** One added field with its line as it is written. It stays when its message has gone: the next one is mostly given the same fields. */
class AddedField {
  name = '';
  id: number = UNKNOWN_HEADER;
  line = new Uint8Array(FIRST_LINE);
  /** Of the line. */
  length = 0;
  /** Undefined when the value came as bytes and nobody has asked for its text. */
  #value: string | undefined = '';

  get value(): string {
    this.#value ??= Buffer.from(this.line.buffer, this.line.byteOffset).toString(
      'latin1',
      this.#valueStart,
      this.length - 2,
    );
    return this.#value;
  }

  is(id: number, name: string): boolean {
    return id === UNKNOWN_HEADER ? this.name === name : this.id === id;
  }

  set(id: number, name: string, value: string): void {
    if (name === this.name && value === this.#value) return;
    this.#begin(id, name, value.length);
    this.#value = value;
    if (this.#putText(value)) return;
    this.#value = safeValue(value);
    this.#putText(this.#value);
  }

  setBytes(id: number, name: string, bytes: Uint8Array, start: number, end: number): void {
    this.#begin(id, name, end - start);
    this.#value = undefined;
    const { line } = this;
    let to = this.#valueStart;
    for (let at = start; at < end; at++) line[to++] = bytes[at]!;
    this.#end(to);
  }

  get #valueStart(): number {
    return this.name.length + 2;
  }

  #begin(id: number, name: string, valueLength: number): void {
    const length = name.length + valueLength + LINE_OVERHEAD;
    const isLonger = length > this.line.length;
    if (isLonger) this.line = new Uint8Array(length);
    if (name === this.name && !isLonger) return;
    this.name = name;
    this.id = id;
    const { line } = this;
    const end = name.length;
    for (let i = 0; i < end; i++) line[i] = name.charCodeAt(i);
    line[end] = COLON;
    line[end + 1] = SP;
  }

  /** False if there is a character that no receiver need take. */
  #putText(value: string): boolean {
    const { line } = this;
    let to = this.#valueStart;
    let isSafe = true;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      // The table has nothing for what is more than a byte.
      if (SAFE_BYTE[code] !== 1) isSafe = false;
      line[to++] = code;
    }
    this.#end(to);
    return isSafe;
  }

  #end(at: number): void {
    this.line[at] = CR;
    this.line[at + 1] = LF;
    this.length = at + 2;
  }
}

/** Fields that were added to a list of scanned ones. */
export class AddedFields {
  /** Only `count` are of this message: arrays that shrink and grow again cost more than what is written. */
  readonly #fields: AddedField[] = [];
  count = 0;
  #isLarge = false;

  /** Forgets all of them. */
  reset(): void {
    if (this.#isLarge || this.#fields.length > MOST_KEPT) {
      this.#fields.length = 0;
      this.#isLarge = false;
    }
    this.count = 0;
  }

  name(at: number): string {
    return this.#fields[at]!.name;
  }

  id(at: number): number {
    return this.#fields[at]!.id;
  }

  value(at: number): string {
    return this.#fields[at]!.value;
  }

  /** Adds a field; `id` is what checkedId said of the name. */
  add(id: number, name: string, value: string): void {
    this.#next().set(id, name, value);
    if (value.length > LARGEST_KEPT_VALUE) this.#isLarge = true;
  }

  /** Adds a field whose value is printable ASCII. */
  addBytes(id: number, name: string, bytes: Uint8Array, start: number, end: number): void {
    this.#next().setBytes(id, name, bytes, start, end);
  }

  /** The first field from `from` on by its id, or by its name where it has none; -1 without one. */
  find(id: number, name: string, from = 0): number {
    const { count } = this;
    for (let i = from; i < count; i++) if (this.#fields[i]!.is(id, name)) return i;
    return -1;
  }

  /** Takes out every field with this id, or this name where it has none. */
  remove(id: number, name: string): void {
    let kept = this.find(id, name);
    if (kept < 0) return;
    const fields = this.#fields;
    for (let i = kept + 1; i < this.count; i++) {
      const field = fields[i]!;
      if (field.is(id, name)) continue;
      fields[i] = fields[kept]!;
      fields[kept++] = field;
    }
    this.count = kept;
  }

  /** Bytes of the field lines. */
  get byteSize(): number {
    const { count } = this;
    let size = 0;
    for (let i = 0; i < count; i++) size += this.#fields[i]!.length;
    return size;
  }

  /** Writes the field lines; returns where they end. What only the codec may write is left out. */
  write(out: Buffer, at: number, nameCase: NameCase): number {
    const { count } = this;
    let to = at;
    for (let i = 0; i < count; i++) {
      const field = this.#fields[i]!;
      if (IS_HOP_BY_HOP[field.id] === 1) continue;
      const start = to;
      to = copyLine(field.line, field.length, out, to);
      if (nameCase === 'proper') spellName(out, start, start + field.name.length, nameCase);
    }
    return to;
  }

  #next(): AddedField {
    const at = this.count++;
    const field = this.#fields[at];
    if (field !== undefined) return field;
    const made = new AddedField();
    this.#fields[at] = made;
    return made;
  }
}

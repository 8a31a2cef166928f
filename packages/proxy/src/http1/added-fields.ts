import { KNOWN_HEADER_ID, UNKNOWN_HEADER } from '../http/known-headers.ts';
import { latin1Slice } from '../http/latin1.ts';
import { SAFE_BYTE, safeValue } from '../http/safe-text.ts';
import { COLON, CR, LF, LOWER, SP, TOKEN_BYTE } from './bytes.ts';
import { IS_HOP_BY_HOP } from './hop-by-hop.ts';
import { type NameCase, spellName } from './name-case.ts';
import { copyBytes } from './text.ts';

/** With more bytes or fields nothing is kept for the next message. */
const LARGEST_KEPT_STORE = 4096;
const MOST_KEPT = 32;
const FIRST_STORE = 256;
/** `: ` */
const NAME_END = 2;
/** CRLF. */
const LINE_END = 2;
const NOTHING = Buffer.alloc(0);

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

/** One added field: where its line stands in the store. It stays when its message has gone: the next one is mostly given the same fields. */
class AddedField {
  name = '';
  id: number = UNKNOWN_HEADER;
  start = 0;
  end = 0;
  /** Undefined when the value came as bytes and nobody has asked for its text. */
  value: string | undefined = '';

  is(id: number, name: string): boolean {
    return id === UNKNOWN_HEADER ? this.name === name : this.id === id;
  }

  get valueStart(): number {
    return this.start + this.name.length + NAME_END;
  }
}

/** Fields that were added to a list of scanned ones, as the lines that are written. */
export class AddedFields {
  /** Only `count` are of this message: arrays that shrink and grow again cost more than what is written. */
  readonly #fields: AddedField[] = [];
  count = 0;
  /** The lines, one behind the other, up to #end. */
  #store = NOTHING;
  #end = 0;
  /** So many fields, of this message and of those before, are in the store as they say: what is written over others takes these out. */
  #intact = 0;
  /** Whether something in the store is not to be written: a field that was taken out, or one that only the codec may write. */
  #hasGaps = false;

  /** Forgets all of them. */
  reset(): void {
    if (this.#store.length > LARGEST_KEPT_STORE || this.#fields.length > MOST_KEPT) {
      this.#fields.length = 0;
      this.#store = NOTHING;
      this.#intact = 0;
    }
    this.count = 0;
    this.#end = 0;
    this.#hasGaps = false;
  }

  name(at: number): string {
    return this.#fields[at]!.name;
  }

  id(at: number): number {
    return this.#fields[at]!.id;
  }

  value(at: number): string {
    const field = this.#fields[at]!;
    field.value ??= latin1Slice(this.#store, field.valueStart, field.end - LINE_END);
    return field.value;
  }

  /** Adds a field; `id` is what checkedId said of the name. */
  add(id: number, name: string, value: string): void {
    const field = this.#next();
    if (this.#isInPlace(field) && field.name === name && field.value === value) {
      this.#end = field.end;
      return;
    }
    this.#begin(field, id, name, value.length);
    field.value = value;
    if (this.#putText(field, value)) return;
    field.value = safeValue(value);
    this.#putText(field, field.value);
  }

  /** Adds a field whose value is printable ASCII. */
  addBytes(id: number, name: string, bytes: Uint8Array, start: number, end: number): void {
    const field = this.#next();
    this.#begin(field, id, name, end - start);
    field.value = undefined;
    const store = this.#store;
    let to = field.valueStart;
    for (let at = start; at < end; at++) store[to++] = bytes[at]!;
    this.#finish(field, to);
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
    this.#hasGaps = true;
  }

  /** Bytes of the field lines. */
  get byteSize(): number {
    const { count } = this;
    if (!this.#hasGaps) return this.#end;
    let size = 0;
    for (let i = 0; i < count; i++) size += this.#fields[i]!.end - this.#fields[i]!.start;
    return size;
  }

  /** Writes the field lines; returns where they end. What only the codec may write is left out. */
  write(out: Buffer, at: number, nameCase: NameCase): number {
    if (!this.#hasGaps && nameCase !== 'proper') return copyBytes(this.#store, 0, this.#end, out, at);
    const { count } = this;
    let to = at;
    for (let i = 0; i < count; i++) {
      const field = this.#fields[i]!;
      if (IS_HOP_BY_HOP[field.id] === 1) continue;
      const start = to;
      to = copyBytes(this.#store, field.start, field.end, out, to);
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

  /** Whether the latest field stands where it is to stand, behind the others. */
  #isInPlace(field: AddedField): boolean {
    return this.count <= this.#intact && field.start === this.#end;
  }

  /** Gives a field the place behind the others, and writes its name. */
  #begin(field: AddedField, id: number, name: string, valueLength: number): void {
    const start = this.#end;
    const nameEnd = start + name.length;
    this.#reserve(nameEnd + NAME_END + valueLength + LINE_END);
    if (IS_HOP_BY_HOP[id] === 1) this.#hasGaps = true;
    const store = this.#store;
    const isInPlace = this.#isInPlace(field);
    const length = name.length + NAME_END + valueLength + LINE_END;
    // What is longer or shorter than it was, or elsewhere, may reach into what stood behind.
    if (!isInPlace || field.end - start !== length) this.#intact = this.count;
    if (isInPlace && field.name === name) return;
    field.start = start;
    field.name = name;
    field.id = id;
    for (let i = 0; i < name.length; i++) store[start + i] = name.charCodeAt(i);
    store[nameEnd] = COLON;
    store[nameEnd + 1] = SP;
  }

  /** False if there is a character that no receiver need take. */
  #putText(field: AddedField, value: string): boolean {
    const store = this.#store;
    let to = field.valueStart;
    let isSafe = true;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      // The table has nothing for what is more than a byte.
      if (SAFE_BYTE[code] !== 1) isSafe = false;
      store[to++] = code;
    }
    this.#finish(field, to);
    return isSafe;
  }

  #finish(field: AddedField, valueEnd: number): void {
    this.#store[valueEnd] = CR;
    this.#store[valueEnd + 1] = LF;
    field.end = valueEnd + LINE_END;
    this.#end = field.end;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#store.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#store.length * 2, FIRST_STORE));
    this.#store.copy(larger, 0, 0, this.#end);
    this.#store = larger;
    this.#intact = this.count - 1;
  }
}

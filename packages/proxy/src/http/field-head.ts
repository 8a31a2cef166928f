import { type HeaderField, type HeaderName, INDEXING, NAME_ROLE, nameOf, sharedFields } from '../http2/hpack/index.ts';
import type { FieldList } from './head.ts';
import { knownHeaderName, UNKNOWN_HEADER } from './known-headers.ts';
import type { NameSet } from './name-set.ts';
import { safeValue } from './safe-text.ts';

/** HPACK counts this with every field; ENTRY_OVERHEAD of RFC 7541 §4.1. */
const SIZE_OVERHEAD = 32;
/** What a field costs beside its bytes in HTTP/1 text: `: ` and CRLF. */
const LINE_OVERHEAD = 4;

/** A name that the program uses, and the shared field that was made of it last: nearly always the next one too. */
interface KnownName {
  readonly header: HeaderName;
  last: HeaderField | undefined;
}

/** The program's names are few; those that configuration adds are the rest. */
const MOST_KNOWN_NAMES = 1024;
/** Key: name. Sole writer: rememberName. */
const KNOWN_NAMES = new Map<string, KnownName>();

/**
 * A list of HPACK fields: what HTTP/2 receives, and what the proxy makes itself. Fields that nobody changes are passed on as the objects they
 * came as, which the next encoder finds by identity. The array belongs to the list. Trailers are this class; heads extend it.
 */
export class FieldHead implements FieldList {
  /** The fields in order, without pseudo-headers; for encoders. */
  readonly fields: HeaderField[];

  constructor(fields: HeaderField[]) {
    this.fields = fields;
  }

  /** A list of the fields with these names (in lower case) and values. */
  static fromPairs(pairs: Iterable<readonly [string, string]>): FieldHead {
    return new FieldHead(fieldsOf(pairs));
  }

  get(name: string): string | undefined {
    const { fields } = this;
    const { length } = fields;
    for (let i = 0; i < length; i++) {
      if (fields[i]!.name === name) return this.#joined(name, i);
    }
    return undefined;
  }

  has(name: string): boolean {
    for (const field of this.fields) if (field.name === name) return true;
    return false;
  }

  hasPrefix(prefix: string): boolean {
    const { fields } = this;
    for (let i = 0; i < fields.length; i++) if (fields[i]!.name.startsWith(prefix)) return true;
    return false;
  }

  hasAnyOf({ names }: NameSet): boolean {
    const { fields } = this;
    for (let i = 0; i < fields.length; i++) if (names.has(fields[i]!.name)) return true;
    return false;
  }

  removeAnyOf({ names }: NameSet): void {
    const { fields } = this;
    let kept = 0;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      if (!names.has(field.name)) fields[kept++] = field;
    }
    fields.length = kept;
  }

  repeated(name: string): readonly string[] | undefined {
    const { fields } = this;
    const first = fields.findIndex((field) => field.name === name);
    if (first < 0 || !fields.some((field, i) => i > first && field.name === name)) return undefined;
    return fields.filter((field) => field.name === name).map(({ value }) => value);
  }

  set(name: string, value: string): void {
    const { fields } = this;
    const next = makeField(name, value);
    for (let i = 0; i < fields.length; i++) {
      if (fields[i]!.name !== name) continue;
      fields[i] = next;
      this.#removeFrom(name, i + 1);
      return;
    }
    fields.push(next);
  }

  add(name: string, value: string): void {
    this.fields.push(makeField(name, value));
  }

  remove(name: string): void {
    this.#removeFrom(name, 0);
  }

  getKnown(id: number): string | undefined {
    return this.get(knownHeaderName(id)!);
  }

  hasKnown(id: number): boolean {
    return this.has(knownHeaderName(id)!);
  }

  setKnown(id: number, value: string): void {
    this.set(knownHeaderName(id)!, value);
  }

  addKnown(id: number, value: string): void {
    this.add(knownHeaderName(id)!, value);
  }

  removeKnown(id: number): void {
    this.remove(knownHeaderName(id)!);
  }

  addBytes(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.addKnown(id, Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
  }

  forEach(visit: (name: string, value: string, id: number) => void): void {
    for (const field of this.fields) visit(field.name, field.value, UNKNOWN_HEADER);
  }

  get fieldCount(): number {
    return this.fields.length;
  }

  get byteSize(): number {
    let size = 0;
    for (const field of this.fields) size += lineSize(field);
    return size;
  }

  /** Nothing to do: fields hold no bytes of a connection. */
  retain(): void {}

  /** Nothing to do: the list is the collector's. */
  release(): void {}

  #joined(name: string, first: number): string {
    const { fields } = this;
    let text = fields[first]!.value;
    for (let i = first + 1; i < fields.length; i++) {
      if (fields[i]!.name === name) text += (name === 'cookie' ? '; ' : ',') + fields[i]!.value;
    }
    return text;
  }

  #removeFrom(name: string, start: number): void {
    const { fields } = this;
    let kept = start;
    for (let i = start; i < fields.length; i++) {
      const field = fields[i]!;
      if (field.name !== name) fields[kept++] = field;
    }
    if (kept < fields.length) fields.length = kept;
  }
}

/**
 * A shared object where the field may be indexed, else one for this use. What could end a line in the value is replaced; a name that no message
 * may have is a mistake of the caller.
 */
export function makeField(name: string, value: string): HeaderField {
  const known = KNOWN_NAMES.get(name) ?? rememberName(name);
  const { last } = known;
  if (last !== undefined && last.value === value) return last;
  const field = fieldOf(known.header, value);
  if (field.indexing === INDEXING.incremental) known.last = field;
  return field;
}

/** The same for a name that is not the program's own. */
export function fieldOf(header: HeaderName, value: string): HeaderField {
  if (header.role === NAME_ROLE.invalid) {
    throw new RangeError(`${JSON.stringify(header.text)} is not a field name in lower case`);
  }
  return sharedFields.intern(header, safeValue(value));
}

function rememberName(name: string): KnownName {
  const known: KnownName = { header: nameOf(name), last: undefined };
  if (KNOWN_NAMES.size < MOST_KNOWN_NAMES) KNOWN_NAMES.set(name, known);
  return known;
}

/** The fields with these names and values; pseudo-headers are a mistake of the caller. */
export function fieldsOf(pairs: Iterable<readonly [string, string]>): HeaderField[] {
  const fields: HeaderField[] = [];
  for (const [name, value] of pairs) {
    const field = makeField(name, value);
    if (field.header.role >= NAME_ROLE.unknownPseudo) {
      throw new RangeError(`${name} is a pseudo-header, not a field of a list`);
    }
    fields.push(field);
  }
  return fields;
}

/** Bytes of a field as an HTTP/1 line. */
export function lineSize(field: HeaderField): number {
  return field.size - SIZE_OVERHEAD + LINE_OVERHEAD;
}

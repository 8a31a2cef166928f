import { type HeaderName, INDEXING, type Indexing, nameOf } from './header-name.ts';

/** What every entry of a table counts beside its bytes (RFC 7541 §4.1). */
export const ENTRY_OVERHEAD = 32;

const SHORTEST_INDEXED_COOKIE = 20;
/** Longer fields are mostly unique (queries, tokens) and would fill the table alone. */
const LARGEST_INDEXED = 512;
const LONGEST_INDEXED_PATH = 128;

let lastId = 0;

/** A header field. Immutable but for notes about its value; name and value are latin1 strings. The same object on two connections means the same field. */
export class HeaderField {
  readonly header: HeaderName;
  readonly name: string;
  readonly value: string;
  /** Size in tables and header lists (RFC 7541 §4.1). */
  readonly size: number;
  readonly indexing: Indexing;
  /** Index in the static table, 0 if not there. */
  readonly staticIndex: number;
  /** Spreads fields over hash slots; unique until it wraps. */
  readonly id: number;
  /** What the message rules found out about the value, kept because shared fields come by again and again: 0 while nobody asked. */
  valueCheck = 0;
  /** The field as a line of HTTP/1, kept for the same reason: undefined while nobody asked. */
  line: Uint8Array | undefined;

  constructor(header: HeaderName, value: string, indexing: Indexing, staticIndex = 0) {
    this.header = header;
    this.name = header.text;
    this.value = value;
    this.size = header.text.length + value.length + ENTRY_OVERHEAD;
    this.indexing = indexing;
    this.staticIndex = staticIndex;
    lastId = (lastId + 1) & 0x3fffffff;
    this.id = lastId;
  }

  /** Says that no hop may put the field into a table. */
  get isNeverIndexed(): boolean {
    return this.indexing === INDEXING.never;
  }
}

/** How a field goes on the wire when its sender left it open. */
export function indexingOf(header: HeaderName, value: string): Indexing {
  if (header.indexing !== INDEXING.incremental) return header.indexing;
  const name = header.text;
  if (name === 'cookie' && value.length < SHORTEST_INDEXED_COOKIE) return INDEXING.never;
  if (name === ':path' && (value.length > LONGEST_INDEXED_PATH || value.includes('?'))) return INDEXING.none;
  return name.length + value.length > LARGEST_INDEXED - ENTRY_OVERHEAD ? INDEXING.none : INDEXING.incremental;
}

/** A field for one use, such as a request id: not shared and not put into tables. */
export function literalField(name: string, value: string): HeaderField {
  const header = checkedName(name, value);
  return new HeaderField(header, value, indexingOf(header, value) === INDEXING.never ? INDEXING.never : INDEXING.none);
}

/** A field that no hop may put into a table. */
export function neverIndexedField(name: string, value: string): HeaderField {
  return new HeaderField(checkedName(name, value), value, INDEXING.never);
}

/** The name object for a field given as text. Throws if a character is not latin1: cut to a byte it could become a line end. */
export function checkedName(name: string, value: string): HeaderName {
  for (const text of [name, value]) {
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) > 255) throw new RangeError(`header ${name}: character ${i} is not latin1`);
    }
  }
  return nameOf(name);
}

import { checkedName, HeaderField, indexingOf } from './header-field.ts';
import { type HeaderName, INDEXING } from './header-name.ts';
import { staticField } from './static-table.ts';

/** How much an interner may hold, per generation; it holds two. */
export interface InternerLimits {
  readonly maxFields: number;
  /** In sizes of fields (RFC 7541 §4.1). */
  readonly maxBytes: number;
  /** Values of one name: a name with more is taken for one with unique values, and its further fields are not indexed. */
  readonly maxValuesPerName: number;
}

const DEFAULT_LIMITS: InternerLimits = { maxFields: 4096, maxBytes: 512 * 1024, maxValuesPerName: 128 };

type Generation = Map<HeaderName, Map<string, HeaderField>>;

/**
 * Gives the same object for the same field, whatever connection it came from, so that passing a field on is a look-up by identity.
 * When the young generation is full it becomes the old one, and the old one is dropped: peers that send unique fields can make it
 * forget, never grow, and it recovers by itself when they stop. A forgotten field costs compression only.
 */
export class FieldInterner {
  readonly #limits: InternerLimits;
  /** Key: name, then value; written by #add only. */
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngCount = 0;
  #youngBytes = 0;
  #oldCount = 0;

  constructor(limits: Partial<InternerLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Fields held. */
  get count(): number {
    return this.#youngCount + this.#oldCount;
  }

  /** The field with this text, for fields that the program makes itself. Throws if a character is not latin1. */
  field(name: string, value: string): HeaderField {
    return this.intern(checkedName(name, value), value);
  }

  /** The field with this name and value: a shared object if it may be indexed, else a fresh one. */
  intern(header: HeaderName, value: string): HeaderField {
    if (header.staticIndex !== 0) {
      const known = staticField(header, value);
      if (known !== undefined) return known;
    }
    const indexing = indexingOf(header, value);
    if (indexing !== INDEXING.incremental) return new HeaderField(header, value, indexing);
    const values = this.#young.get(header);
    const young = values?.get(value);
    if (young !== undefined) return young;
    if (values !== undefined && values.size >= this.#limits.maxValuesPerName) {
      return this.#old.get(header)?.get(value) ?? new HeaderField(header, value, INDEXING.none);
    }
    return this.#add(header, this.#old.get(header)?.get(value) ?? new HeaderField(header, value, indexing));
  }

  #add(header: HeaderName, field: HeaderField): HeaderField {
    if (this.#youngCount >= this.#limits.maxFields || this.#youngBytes + field.size > this.#limits.maxBytes) {
      this.#old = this.#young;
      this.#oldCount = this.#youngCount;
      this.#young = new Map();
      this.#youngCount = 0;
      this.#youngBytes = 0;
    }
    let values = this.#young.get(header);
    if (values === undefined) {
      values = new Map();
      this.#young.set(header, values);
    }
    values.set(field.value, field);
    this.#youngCount++;
    this.#youngBytes += field.size;
    return field;
  }
}

/** The interner of the process: one, since fields cross from connection to connection. */
export const sharedFields = new FieldInterner();

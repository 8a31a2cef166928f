import { decodeUtf8 } from '@weft/core';

interface Entry {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly next: Entry | undefined;
}

/** Longer texts are hardly names, and would make the table a store of whatever clients send. */
const MAX_BYTES = 512;

/** More texts of one hash than chance makes of all that the table holds: somebody looks for them. */
const MAX_CHAIN = 8;

/**
 * Names as text, by their bytes. A thousand clients name the same thousand clusters: they share the texts, and finding one costs a fraction
 * of decoding it.
 */
export class NameTable {
  readonly #limit: number;
  /** Hash of the bytes to the texts that have it; written by `#add`. */
  readonly #entries = new Map<number, Entry>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** The text of these bytes; undefined when they are no UTF-8. */
  read(bytes: Uint8Array, start: number, length: number): string | undefined {
    if (length > MAX_BYTES) return decode(bytes.subarray(start, start + length));
    const hash = hashOf(bytes, start, length);
    let chain = 0;
    for (let entry = this.#entries.get(hash); entry !== undefined; entry = entry.next) {
      if (isEqual(entry.bytes, bytes, start, length)) return entry.text;
      chain += 1;
    }
    if (chain >= MAX_CHAIN) return decode(bytes.subarray(start, start + length));
    return this.#add(hash, bytes.slice(start, start + length));
  }

  #add(hash: number, bytes: Uint8Array): string | undefined {
    const text = decode(bytes);
    if (text === undefined) return undefined;
    // Names come and go with the mesh; starting over now and then is simpler than to know which are in use.
    if (this.#size >= this.#limit) {
      this.#entries.clear();
      this.#size = 0;
    }
    this.#entries.set(hash, { bytes, text, next: this.#entries.get(hash) });
    this.#size += 1;
    return text;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  return text.kind === 'ok' ? text.value : undefined;
}

/** FNV-1a in 32 bits. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < start + length; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash | 0;
}

function isEqual(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (known[at] !== bytes[start + at]) return false;
  return true;
}

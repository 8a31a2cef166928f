import { safeValue } from '../http/safe-text.ts';
import { LOWER, TOKEN_BYTE } from './bytes.ts';
import { IS_HOP_BY_HOP } from './hop-by-hop.ts';
import { KNOWN_HEADER_ID, UNKNOWN_HEADER } from './known-headers.ts';
import { type NameCase, spellName } from './name-case.ts';
import { putText } from './text.ts';

/** With larger values, or more of them, nothing is kept for the next message. */
const LARGEST_KEPT_VALUE = 1024;
const MOST_KEPT = 32;

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

/** Fields that were added to a list of scanned ones. */
export class AddedFields {
  readonly names: string[] = [];
  readonly values: string[] = [];
  /** Only so many are of this message: arrays that shrink and grow again cost more than what is written. */
  count = 0;
  /** Whether there is a field that only the codec may write. */
  #hasHopByHop = false;
  #isLarge = false;

  /** Forgets all of them. */
  reset(): void {
    if (this.#isLarge || this.names.length > MOST_KEPT) {
      this.names.length = 0;
      this.values.length = 0;
      this.#isLarge = false;
    }
    this.count = 0;
    this.#hasHopByHop = false;
  }

  /** Adds a field; `id` is what checkedId said of the name. */
  add(id: number, name: string, value: string): void {
    const safe = safeValue(value);
    if (IS_HOP_BY_HOP[id] === 1) this.#hasHopByHop = true;
    if (safe.length > LARGEST_KEPT_VALUE) this.#isLarge = true;
    this.names[this.count] = name;
    this.values[this.count] = safe;
    this.count++;
  }

  /** The first field of this name from `from` on; -1 without one. */
  find(name: string, from = 0): number {
    for (let i = from; i < this.count; i++) if (this.names[i] === name) return i;
    return -1;
  }

  /** Takes out every field of this name. */
  remove(name: string): void {
    let kept = this.find(name);
    if (kept < 0) return;
    for (let i = kept + 1; i < this.count; i++) {
      if (this.names[i] === name) continue;
      this.names[kept] = this.names[i]!;
      this.values[kept++] = this.values[i]!;
    }
    this.count = kept;
  }

  /** Bytes of the field lines. */
  get byteSize(): number {
    let size = 0;
    for (let i = 0; i < this.count; i++) size += this.names[i]!.length + this.values[i]!.length + 4;
    return size;
  }

  /** Writes the field lines; returns where they end. */
  write(out: Buffer, at: number, nameCase: NameCase): number {
    let to = at;
    for (let i = 0; i < this.count; i++) {
      const name = this.names[i]!;
      if (this.#hasHopByHop && IS_HOP_BY_HOP[checkedId(name)] === 1) continue;
      to = putText(out, to, name);
      if (nameCase === 'proper') spellName(out, to - name.length, to, nameCase);
      out[to] = 58;
      out[to + 1] = 32;
      to = putText(out, to + 2, this.values[i]!);
      out[to] = 13;
      out[to + 1] = 10;
      to += 2;
    }
    return to;
  }
}

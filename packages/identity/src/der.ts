/** A strict reader of DER (X.690 §10): definite, shortest lengths and one-byte tags only, which is all X.509 uses. */

/** One element: its tag and where its content stands. */
export interface DerElement {
  readonly tag: number;
  /** Where the tag stands. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** The tags that certificates use. */
export const DER_TAG = Object.freeze({
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
});

/** Thrown for malformed bytes; callers turn it into a result. */
export class DerError extends Error {
  override name = 'DerError';
}

const MAX_LENGTH_BYTES = 4;

/** Reads elements one after the other within bounds. */
export class DerReader {
  readonly bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The tag of the next element, or undefined at the end. */
  get nextTag(): number | undefined {
    return this.isAtEnd ? undefined : this.bytes[this.#at];
  }

  /** Reads the next element; with a tag given, anything else is refused. */
  read(expectedTag?: number): DerElement {
    const offset = this.#at;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new DerError(`tag with several bytes at offset ${offset}`);
    if (expectedTag !== undefined && tag !== expectedTag) {
      throw new DerError(`expected tag 0x${expectedTag.toString(16)} at offset ${offset}, found 0x${tag.toString(16)}`);
    }
    const length = this.#length();
    if (length > this.#end - this.#at) throw new DerError(`element at offset ${offset} reaches beyond its parent`);
    const element = { tag, offset, start: this.#at, end: this.#at + length };
    this.#at = element.end;
    return element;
  }

  /** A reader of what is inside an element. */
  inside(element: DerElement): DerReader {
    return new DerReader(this.bytes, element.start, element.end);
  }

  /** Reads the next element and returns a reader of its inside. */
  enter(tag: number): DerReader {
    return this.inside(this.read(tag));
  }

  /** The content of an element. */
  content(element: DerElement): Uint8Array {
    return this.bytes.subarray(element.start, element.end);
  }

  /** Refuses bytes after the last element. */
  finish(): void {
    if (!this.isAtEnd) throw new DerError(`unexpected bytes at offset ${this.#at}`);
  }

  #byte(): number {
    if (this.isAtEnd) throw new DerError(`unexpected end at offset ${this.#at}`);
    const byte = this.bytes[this.#at] as number;
    this.#at += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > MAX_LENGTH_BYTES)
      throw new DerError(`length of ${count} bytes at offset ${this.#at - 1}`);
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1))
      throw new DerError(`length not in its shortest form at ${this.#at}`);
    return length;
  }
}

/** Certificates and requests are nested about ten deep. */
const MAX_DEPTH = 32;
const CONSTRUCTED = 0x20;

/** Refuses bytes that are not exactly one element with well-formed elements inside, as lenient readers accept them. */
export function checkDer(bytes: Uint8Array): void {
  const outer = new DerReader(bytes);
  const element = outer.read();
  outer.finish();
  checkInside(outer, element, MAX_DEPTH);
}

function checkInside(reader: DerReader, element: DerElement, depthLeft: number): void {
  if ((element.tag & CONSTRUCTED) === 0) return;
  if (depthLeft === 0) throw new DerError(`elements nested deeper than ${MAX_DEPTH}`);
  const inside = reader.inside(element);
  while (!inside.isAtEnd) checkInside(inside, inside.read(), depthLeft - 1);
}

/** An object identifier as dotted numbers. */
export function decodeOid(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const [index, byte] of content.entries()) {
    if (arc === 0n && byte === 0x80) throw new DerError('object identifier not in its shortest form');
    arc = arc * 128n + BigInt(byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0n;
    } else if (index === content.length - 1 || arc > 2n ** 64n) throw new DerError('object identifier is malformed');
  }
  const [head, ...rest] = arcs;
  if (head === undefined) throw new DerError('object identifier is empty');
  const top = head < 80n ? head / 40n : 2n;
  return [top, head - top * 40n, ...rest].join('.');
}

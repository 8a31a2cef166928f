/** Writes DER (X.690 §10): definite lengths in their shortest form. */
import { DER_TAG } from './der.ts';

/** One element of the parts given, one after the other. */
export function derElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = headOf(tag, length);
  return Buffer.concat([head, ...parts], head.length + length);
}

/** A SEQUENCE. */
export function derSequence(...parts: readonly Uint8Array[]): Buffer {
  return derElement(DER_TAG.sequence, ...parts);
}

/** An object identifier from its dotted numbers, of which none is beyond 32 bits. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return derElement(DER_TAG.objectIdentifier, Uint8Array.from(bytes));
}

/** A BIT STRING; the last `unusedBits` of the bytes do not count. */
export function derBits(bytes: Uint8Array, unusedBits: number = 0): Buffer {
  return derElement(DER_TAG.bitString, Uint8Array.of(unusedBits), bytes);
}

/** Text that is known to be ASCII, or that the tag says is UTF-8. */
export function derText(tag: number, text: string): Buffer {
  return derElement(tag, Buffer.from(text, 'utf8'));
}

/** A time of whole seconds: two digits of the year until 2049, four afterwards (RFC 5280 §4.1.2.5). */
export function derTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const year = Number(digits.slice(0, 4));
  const isShort = year >= 1950 && year < 2050;
  return isShort ? derText(DER_TAG.utcTime, digits.slice(2)) : derText(DER_TAG.generalizedTime, digits);
}

function headOf(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length);
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff);
  return Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

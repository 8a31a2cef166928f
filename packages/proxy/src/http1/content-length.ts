import type { FieldList } from '../http/head.ts';
import { DIGIT_0 } from './bytes.ts';
import { ScannedFields } from './scanned-fields.ts';

/** 15 digits are exact in a double with room to add to. */
const MAX_LENGTH_DIGITS = 15;

/**
 * The length that a head to be sent promises, -1 without one. What is not one plain number is taken out: each receiver would read it in its own
 * way.
 */
export function promisedLength(head: FieldList): number {
  const scanned = head instanceof ScannedFields ? head.scannedLength : undefined;
  if (scanned !== undefined) return scanned;
  const text = head.get('content-length');
  if (text === undefined) return -1;
  const length = lengthOf(text);
  if (length < 0) head.remove('content-length');
  return length;
}

function lengthOf(text: string): number {
  const digits = text.length;
  if (digits === 0 || digits > MAX_LENGTH_DIGITS) return -1;
  let length = 0;
  for (let i = 0; i < digits; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

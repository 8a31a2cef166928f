import { COLON, LF, LOWER } from './bytes.ts';

/** How names of fields are spelt on the wire: in lower case, as they came, or with capital letters. */
export type NameCase = 'lower' | 'preserve' | 'proper';

const LETTER_A = 97;
const LETTER_Z = 122;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const CAPITAL = 32;

/** Spells the names of the field lines in out[start, end). A capital follows everything that is no letter and no digit (Envoy's proper_case_words). */
export function spellNames(out: Buffer, start: number, end: number, nameCase: NameCase): void {
  if (nameCase === 'preserve') return;
  const isProper = nameCase === 'proper';
  let at = start;
  while (at < end) {
    let isFirst = isProper;
    for (; at < end && out[at] !== COLON && out[at] !== LF; at++) {
      const byte = LOWER[out[at]!]!;
      const isLetter = byte >= LETTER_A && byte <= LETTER_Z;
      out[at] = isFirst && isLetter ? byte - CAPITAL : byte;
      isFirst = isProper && !isLetter && (byte < DIGIT_0 || byte > DIGIT_9);
    }
    while (at < end && out[at] !== LF) at++;
    at++;
  }
}

import { COLON, LF, LOWER } from './bytes.ts';

/** How names of fields are spelt on the wire: in lower case, as they came, or with capital letters. */
export type NameCase = 'lower' | 'preserve' | 'proper';

const LETTER_A = 97;
const LETTER_Z = 122;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const CAPITAL = 32;

/** Spells the name in out[start, end). A capital follows everything that is no letter and no digit (Envoy's proper_case_words). */
export function spellName(out: Buffer, start: number, end: number, nameCase: NameCase): void {
  if (nameCase === 'lower') for (let at = start; at < end; at++) out[at] = LOWER[out[at]!]!;
  else if (nameCase === 'proper') spellProper(out, start, end);
}

function spellProper(out: Buffer, start: number, end: number): void {
  let isFirst = true;
  for (let at = start; at < end; at++) {
    const byte = LOWER[out[at]!]!;
    const isLetter = byte >= LETTER_A && byte <= LETTER_Z;
    out[at] = isFirst && isLetter ? byte - CAPITAL : byte;
    isFirst = !isLetter && (byte < DIGIT_0 || byte > DIGIT_9);
  }
}

/** Spells the names of the field lines in out[start, end), which are in lower case. */
export function spellLines(out: Buffer, start: number, end: number, nameCase: NameCase): void {
  if (nameCase !== 'proper') return;
  let at = start;
  while (at < end) {
    const from = at;
    while (at < end && out[at] !== COLON) at++;
    spellProper(out, from, at);
    while (at < end && out[at] !== LF) at++;
    at++;
  }
}

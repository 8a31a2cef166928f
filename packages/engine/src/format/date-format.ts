/** Dates by the formats of strftime, with Envoy's `%f` and `%3f` for parts of a second and those of its `%E` forms that people write. */
import { err, ok, type Result } from '@weft/core';
import { type DateFields, dateFields } from './date-fields.ts';
import { CONVERSIONS, type Conversion, offsetText } from './date-specifiers.ts';

const US_PER_S = 1_000_000;
const US_DIGITS = 6;
const NS_DIGITS = 9;

/** A part of a format: text of the second, or digits of its fraction. */
type Part =
  | { readonly kind: 'text'; readonly of: (date: DateFields) => string }
  | { readonly kind: 'fraction'; readonly digits: number };

/** A compiled date format; the text of a second is kept until the next one comes. */
export class DateFormat {
  /** What stands before, between and behind the fractions. */
  readonly #groups: readonly (readonly ((date: DateFields) => string)[])[];
  readonly #digits: readonly number[];
  readonly #isLocal: boolean;
  #second = Number.NaN;
  #texts: readonly string[] = [];

  constructor(parts: readonly Part[], isLocal: boolean) {
    const groups: ((date: DateFields) => string)[][] = [[]];
    const digits: number[] = [];
    for (const part of parts) {
      if (part.kind === 'text') groups.at(-1)!.push(part.of);
      else {
        digits.push(part.digits);
        groups.push([]);
      }
    }
    this.#groups = groups;
    this.#digits = digits;
    this.#isLocal = isLocal;
  }

  /** The text of a time in microseconds since 1970. */
  format(us: number): string {
    const second = Math.floor(us / US_PER_S);
    if (second !== this.#second) this.#enter(second);
    const texts = this.#texts;
    const digits = this.#digits;
    let out = texts[0]!;
    for (let i = 0; i < digits.length; i += 1) out += fraction(us - second * US_PER_S, digits[i]!) + texts[i + 1]!;
    return out;
  }

  #enter(second: number): void {
    const date = dateFields(second, this.#isLocal);
    this.#texts = this.#groups.map((group) => group.map((of) => of(date)).join(''));
    this.#second = second;
  }
}

function fraction(us: number, digits: number): string {
  const text = String(US_PER_S + Math.trunc(us)).slice(1);
  return digits <= US_DIGITS ? text.slice(0, digits) : text.padEnd(digits, '0');
}

/** Flags, width, the `E` and `O` forms and the letter. */
const SPECIFIER = /%([-_0^#]*)([1-9]\d*)?(E[0-9]*|O)?([a-zA-Z%])/y;

/** How much of a format an error shows. */
const SHOWN = 6;

/** Compiles a date format, or says what in it is not understood. */
export function compileDateFormat(format: string, isLocal: boolean): Result<DateFormat, string> {
  const parts = partsOf(format);
  return parts.kind === 'err' ? parts : ok(new DateFormat(parts.value, isLocal));
}

function partsOf(format: string): Result<readonly Part[], string> {
  const parts: Part[] = [];
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf('%', at);
    const text = format.slice(at, percent === -1 ? format.length : percent);
    if (text !== '') parts.push({ kind: 'text', of: () => text });
    if (percent === -1) break;
    SPECIFIER.lastIndex = percent;
    const found = SPECIFIER.exec(format);
    const added = found === null ? undefined : specifierParts(found);
    if (found === null || added === undefined) {
      return err(`${JSON.stringify(format.slice(percent, percent + SHOWN))} is no conversion of a date`);
    }
    parts.push(...added);
    // Not lastIndex, which the format that a conversion stands for has moved.
    at = percent + found[0].length;
  }
  return ok(parts);
}

function specifierParts([, flags = '', width, form = '', letter = '']: RegExpExecArray): readonly Part[] | undefined {
  if (letter === 'f' && flags === '') return fractionParts(width, form);
  if (form === 'O') return undefined;
  if (form !== '') return flags === '' && width === undefined ? extendedParts(form.slice(1), letter) : undefined;
  const conversion = CONVERSIONS.get(letter);
  if (conversion === undefined || (width !== undefined && conversion.kind !== 'number')) return undefined;
  if (conversion.kind !== 'format') return [{ kind: 'text', of: padded(conversion, flags, width) }];
  const longer = partsOf(conversion.format);
  return flags === '' && longer.kind === 'ok' ? longer.value : undefined;
}

/** `%f`, `%3f` and `%E3f`. */
function fractionParts(width: string | undefined, form: string): readonly Part[] | undefined {
  const given = form === '' ? width : form.slice(1);
  if (form === 'O' || (form !== '' && width !== undefined)) return undefined;
  const digits = given === undefined || given === '' ? NS_DIGITS : Number(given);
  return digits >= 1 && digits <= NS_DIGITS ? [{ kind: 'fraction', digits }] : undefined;
}

/** `%Ez`, `%ET`, `%E3S` and `%E4Y`. */
function extendedParts(amount: string, letter: string): readonly Part[] | undefined {
  if (letter === 'T' && amount === '') return [{ kind: 'text', of: () => 'T' }];
  if (letter === 'z' && amount === '') return [{ kind: 'text', of: (date) => offsetText(date, ':') }];
  if (letter === 'Y' && amount === '4') return [{ kind: 'text', of: ({ year }) => String(year).padStart(4, '0') }];
  if (letter !== 'S' || amount === '') return undefined;
  const digits = Number(amount);
  const seconds: Part = { kind: 'text', of: ({ second }) => String(second).padStart(2, '0') };
  if (digits === 0) return [seconds];
  const point: Part = { kind: 'text', of: () => '.' };
  return digits <= NS_DIGITS ? [seconds, point, { kind: 'fraction', digits }] : undefined;
}

const MAX_WIDTH = 64;

/** A conversion with the flags of glibc: `-` for no padding, `_` for blanks, `0` for zeros, `^` for capital letters. */
function padded(conversion: Exclude<Conversion, { kind: 'format' }>, flags: string, width: string | undefined) {
  if (conversion.kind === 'text') {
    return flags.includes('^') ? (date: DateFields) => conversion.of(date).toUpperCase() : conversion.of;
  }
  const digits = flags.includes('-') ? 1 : Math.min(Number(width ?? conversion.width), MAX_WIDTH);
  const pad = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : conversion.pad;
  return (date: DateFields) => String(conversion.of(date)).padStart(digits, pad);
}

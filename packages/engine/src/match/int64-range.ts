import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import type { StringMatcher } from './string-matcher.ts';

/** envoy.type.v3.Int64Range: from `start` up to but without `end`. */
export interface Int64RangeSpec {
  readonly start: bigint;
  readonly end: bigint;
}

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const INTEGER = /^[ \t-\r]*([+-]?[0-9]+)[ \t-\r]*$/;
/** Texts up to this length hold numbers that a double represents exactly. */
const MAX_EXACT_LENGTH = 15;

/** Compiles a test for texts that are a decimal integer within a range; everything else does not match. */
export function compileInt64Range(spec: Int64RangeSpec, path: string): Compiled<StringMatcher> {
  for (const bound of [spec.start, spec.end]) {
    if (bound < MIN || bound > MAX) return fail(path, `${bound} does not fit into a 64-bit integer`);
  }
  const { start, end } = spec;
  const text = `range [${start}, ${end})`;
  // Rounding a bound beyond 2^53 cannot move it across a number of at most 15 digits.
  const lowest = Number(start);
  const highest = Number(end);
  return ok({
    matches: (value) => {
      const small = smallInteger(value);
      return Number.isNaN(small) ? bigInRange(value, start, end) : small >= lowest && small < highest;
    },
    describe: () => text,
  });
}

/** The value of a short text of digits with a sign; NaN when it is anything else. */
function smallInteger(text: string): number {
  const first = text.charCodeAt(0);
  const hasSign = first === 0x2d || first === 0x2b;
  const from = hasSign ? 1 : 0;
  if (text.length === from || text.length > MAX_EXACT_LENGTH) return Number.NaN;
  let value = 0;
  for (let i = from; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return first === 0x2d ? -value : value;
}

/** Longer texts of digits are not looked at: they cannot fit, even with leading zeros nobody means. */
const MAX_LENGTH = 256;

function bigInRange(text: string, start: bigint, end: bigint): boolean {
  if (text.length > MAX_LENGTH) return false;
  const found = INTEGER.exec(text);
  if (found === null) return false;
  const digits = found[1]!;
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  return value >= MIN && value <= MAX && value >= start && value < end;
}

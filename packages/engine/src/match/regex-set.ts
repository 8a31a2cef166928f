/** A set of code points: sorted, disjoint, non-adjacent ranges, flat as `[from, to, from, to, …]`, both ends included. */
export type CodePointSet = readonly number[];

/** The highest code point. */
export const MAX_CODE_POINT = 0x10ffff;

/** Sorts and merges ranges. */
export function normalizeSet(ranges: readonly number[]): CodePointSet {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [from, to] of pairs) {
    const last = out.length - 1;
    if (last > 0 && from <= out[last]! + 1) out[last] = Math.max(out[last]!, to);
    else out.push(from, to);
  }
  return out;
}

/** Everything that is not in the set. */
export function negateSet(set: CodePointSet): CodePointSet {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i]! > next) out.push(next, set[i]! - 1);
    next = set[i + 1]! + 1;
  }
  if (next <= MAX_CODE_POINT) out.push(next, MAX_CODE_POINT);
  return out;
}

/** Kelvin sign and long s are the only characters beyond ASCII that fold to an ASCII letter. */
const KELVIN = 0x212a;
const LONG_S = 0x17f;

/** Closes an ASCII set under simple case folding; undefined when it reaches beyond ASCII, whose folding is not ours to state. */
export function foldSet(set: CodePointSet): CodePointSet | undefined {
  if (set.length > 0 && set[set.length - 1]! > 0x7f) return undefined;
  const out = [...set];
  for (let i = 0; i < set.length; i += 2) {
    for (let code = set[i]!; code <= set[i + 1]!; code += 1) {
      const lower = code | 0x20;
      if (lower < 0x61 || lower > 0x7a || code < 0x41) continue;
      out.push(lower, lower, lower - 0x20, lower - 0x20);
      if (lower === 0x6b) out.push(KELVIN, KELVIN);
      if (lower === 0x73) out.push(LONG_S, LONG_S);
    }
  }
  return normalizeSet(out);
}

const ALPHA = [0x41, 0x5a, 0x61, 0x7a];
const DIGIT = [0x30, 0x39];

/** The named classes of RE2, all ASCII; `\s` is Perl's and has no vertical tab. */
export const namedSets: Readonly<Record<string, CodePointSet>> = {
  d: DIGIT,
  s: [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20],
  w: [...DIGIT, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
  alnum: [...DIGIT, ...ALPHA],
  alpha: ALPHA,
  ascii: [0, 0x7f],
  blank: [0x09, 0x09, 0x20, 0x20],
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: DIGIT,
  graph: [0x21, 0x7e],
  lower: [0x61, 0x7a],
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [0x09, 0x0d, 0x20, 0x20],
  upper: [0x41, 0x5a],
  word: [...DIGIT, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
  xdigit: [...DIGIT, 0x41, 0x46, 0x61, 0x66],
};

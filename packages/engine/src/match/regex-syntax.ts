/**
 * Reads RE2 syntax into a tree. It is given only what the RE2 engine has accepted, and returns undefined for whatever has
 * no meaning that is provably the same in a JavaScript expression: such patterns run on the RE2 engine instead.
 */
import { type CodePointSet, foldSet, MAX_CODE_POINT, namedSets, negateSet, normalizeSet } from './regex-set.ts';

/** A regular expression as a tree. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'capture'; readonly body: RegexNode }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    };

interface Flags {
  readonly foldCase: boolean;
  readonly dotAll: boolean;
  readonly swapGreed: boolean;
}

interface Cursor {
  readonly text: string;
  at: number;
  flags: Flags;
}

/** Thrown inside this file only: the pattern is valid, but not ours to translate. */
const UNTRANSLATABLE = Symbol('untranslatable');
const NOT_NEWLINE = negateSet([0x0a, 0x0a]);
const ANYTHING = [0, MAX_CODE_POINT];
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };
/** Deeper nesting is left to the RE2 engine, which has its own bound. */
const MAX_DEPTH = 50;

/** The tree of a valid RE2 expression, or undefined when it must run on the RE2 engine. */
export function parseRegex(text: string): RegexNode | undefined {
  const cursor: Cursor = { text, at: 0, flags: { foldCase: false, dotAll: false, swapGreed: false } };
  try {
    const node = parseChoice(cursor, 0);
    return cursor.at === text.length ? node : undefined;
  } catch (thrown) {
    if (thrown === UNTRANSLATABLE) return undefined;
    throw thrown;
  }
}

function parseChoice(cursor: Cursor, depth: number): RegexNode {
  if (depth > MAX_DEPTH) throw UNTRANSLATABLE;
  const items = [parseSequence(cursor, depth)];
  while (cursor.text[cursor.at] === '|') {
    cursor.at += 1;
    items.push(parseSequence(cursor, depth));
  }
  return items.length === 1 ? items[0]! : { kind: 'choice', items };
}

function parseSequence(cursor: Cursor, depth: number): RegexNode {
  const items: RegexNode[] = [];
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at]!;
    if (char === '|' || char === ')') break;
    if (cursor.text.startsWith('\\Q', cursor.at)) {
      parseQuoted(cursor, items);
      continue;
    }
    const atom = parseAtom(cursor, depth);
    if (atom !== undefined) items.push(parseRepeat(cursor, atom));
    else refuseRepeat(cursor);
  }
  return items.length === 1 ? items[0]! : { kind: 'sequence', items };
}

function parseQuoted(cursor: Cursor, items: RegexNode[]): void {
  const end = cursor.text.indexOf('\\E', cursor.at + 2);
  const stop = end === -1 ? cursor.text.length : end;
  cursor.at += 2;
  while (cursor.at < stop) items.push(literal(cursor, takeCodePoint(cursor)));
  cursor.at = end === -1 ? stop : end + 2;
  const last = items.pop();
  if (last !== undefined) items.push(parseRepeat(cursor, last));
  else refuseRepeat(cursor);
}

/** After `(?i)` or `\Q\E` RE2 repeats the atom before them, which is for the RE2 engine to do. */
function refuseRepeat(cursor: Cursor): void {
  if (/[*+?{]/.test(cursor.text[cursor.at] ?? '')) throw UNTRANSLATABLE;
}

function parseAtom(cursor: Cursor, depth: number): RegexNode | undefined {
  const char = cursor.text[cursor.at]!;
  switch (char) {
    case '(':
      return parseGroup(cursor, depth);
    case '[':
      return { kind: 'set', set: parseClass(cursor) };
    case '\\':
      return parseEscape(cursor);
    case '.':
      cursor.at += 1;
      return { kind: 'set', set: cursor.flags.dotAll ? ANYTHING : NOT_NEWLINE };
    case '^':
      cursor.at += 1;
      return { kind: 'begin' };
    case '$':
      cursor.at += 1;
      return { kind: 'end' };
    default:
      return literal(cursor, takeCodePoint(cursor));
  }
}

function takeCodePoint(cursor: Cursor): number {
  const code = cursor.text.codePointAt(cursor.at)!;
  cursor.at += code > 0xffff ? 2 : 1;
  return code;
}

function literal(cursor: Cursor, code: number): RegexNode {
  return { kind: 'set', set: folded(cursor, [code, code]) };
}

function folded(cursor: Cursor, set: CodePointSet): CodePointSet {
  if (!cursor.flags.foldCase) return set;
  const closed = foldSet(set);
  if (closed === undefined) throw UNTRANSLATABLE;
  return closed;
}

const REPEAT = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})(\?)?/y;

function parseRepeat(cursor: Cursor, body: RegexNode): RegexNode {
  REPEAT.lastIndex = cursor.at;
  const found = REPEAT.exec(cursor.text);
  if (found === null) return body;
  cursor.at += found[0].length;
  const [min, max] = repeatBounds(found);
  return { kind: 'repeat', body, min, max, isLazy: (found[4] === '?') !== cursor.flags.swapGreed };
}

function repeatBounds(found: RegExpExecArray): [number, number] {
  const sign = found[0][0];
  if (sign === '*') return [0, Number.POSITIVE_INFINITY];
  if (sign === '+') return [1, Number.POSITIVE_INFINITY];
  if (sign === '?') return [0, 1];
  const min = Number(found[1]);
  if (found[2] === undefined) return [min, min];
  return [min, found[3] === '' || found[3] === undefined ? Number.POSITIVE_INFINITY : Number(found[3])];
}

const GROUP = /\((?:\?P?<\w+>|\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)]))?/y;

/** Flags set inside a group end with it; `(?i)` alone is no atom and holds to the end of the group around it. */
function parseGroup(cursor: Cursor, depth: number): RegexNode | undefined {
  GROUP.lastIndex = cursor.at;
  const found = GROUP.exec(cursor.text);
  if (found === null || (found[0] === '(' && cursor.text[cursor.at + 1] === '?')) throw UNTRANSLATABLE;
  cursor.at += found[0].length;
  const outer = cursor.flags;
  const isCapture = found[3] === undefined;
  if (!isCapture) cursor.flags = applyFlags(outer, found[1] ?? '', found[2] ?? '');
  if (found[3] === ')') return undefined;
  const body = parseChoice(cursor, depth + 1);
  if (cursor.text[cursor.at] !== ')') throw UNTRANSLATABLE;
  cursor.at += 1;
  cursor.flags = outer;
  return isCapture ? { kind: 'capture', body } : body;
}

function applyFlags(flags: Flags, on: string, off: string): Flags {
  // Line mode needs lookbehind in JavaScript, which defeats the engine's linear fallback.
  if (/[^isU]/.test(on) || /[^isUm]/.test(off)) throw UNTRANSLATABLE;
  const pick = (name: string, old: boolean): boolean => (off.includes(name) ? false : old || on.includes(name));
  return {
    foldCase: pick('i', flags.foldCase),
    dotAll: pick('s', flags.dotAll),
    swapGreed: pick('U', flags.swapGreed),
  };
}

function parseEscape(cursor: Cursor): RegexNode {
  const next = cursor.text[cursor.at + 1] ?? '';
  const assertion = assertionOf(next);
  if (assertion !== undefined) {
    cursor.at += 2;
    return assertion;
  }
  const named = takeNamedEscape(cursor);
  if (named !== undefined) return { kind: 'set', set: named };
  return literal(cursor, takeCharEscape(cursor));
}

function assertionOf(letter: string): RegexNode | undefined {
  if (letter === 'A') return { kind: 'begin' };
  if (letter === 'z') return { kind: 'end' };
  if (letter === 'b') return { kind: 'boundary', negated: false };
  if (letter === 'B') return { kind: 'boundary', negated: true };
  return undefined;
}

/** `\d \D \s \S \w \W`, or undefined when something else stands there. */
function takeNamedEscape(cursor: Cursor): CodePointSet | undefined {
  const next = cursor.text[cursor.at + 1] ?? '';
  if (cursor.text[cursor.at] !== '\\' || !/[dDsSwW]/.test(next)) return undefined;
  cursor.at += 2;
  const set = folded(cursor, namedSets[next.toLowerCase()]!);
  return next === next.toLowerCase() ? set : negateSet(set);
}

const HEX = /\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/y;

/** An escape that stands for one character; octal and `\p` are left to the RE2 engine. */
function takeCharEscape(cursor: Cursor): number {
  HEX.lastIndex = cursor.at;
  const hex = HEX.exec(cursor.text);
  if (hex !== null) {
    cursor.at += hex[0].length;
    return Number.parseInt(hex[1] ?? hex[2]!, 16);
  }
  const next = cursor.text[cursor.at + 1] ?? '';
  const control = CONTROL_ESCAPES[next];
  if (control === undefined && !/[!-/:-@[-`{-~]/.test(next)) throw UNTRANSLATABLE;
  cursor.at += 2;
  return control ?? next.charCodeAt(0);
}

const POSIX = /\[:(\^?)([a-z]+):\]/y;

function parseClass(cursor: Cursor): CodePointSet {
  cursor.at += 1;
  const isNegated = cursor.text[cursor.at] === '^';
  if (isNegated) cursor.at += 1;
  const ranges: number[] = [];
  for (let isFirst = true; isFirst || cursor.text[cursor.at] !== ']'; isFirst = false) {
    if (cursor.at >= cursor.text.length) throw UNTRANSLATABLE;
    ranges.push(...parseClassItem(cursor));
  }
  cursor.at += 1;
  const set = normalizeSet(ranges);
  return isNegated ? negateSet(set) : set;
}

function parseClassItem(cursor: Cursor): CodePointSet {
  POSIX.lastIndex = cursor.at;
  const posix = POSIX.exec(cursor.text);
  if (posix !== null) {
    const set = namedSets[posix[2]!];
    if (set === undefined) throw UNTRANSLATABLE;
    cursor.at += posix[0].length;
    const closed = folded(cursor, set);
    return posix[1] === '^' ? negateSet(closed) : closed;
  }
  const named = takeNamedEscape(cursor);
  if (named !== undefined) return named;
  const from = takeClassChar(cursor);
  if (cursor.text[cursor.at] !== '-' || cursor.text[cursor.at + 1] === ']') return folded(cursor, [from, from]);
  cursor.at += 1;
  return folded(cursor, [from, takeClassChar(cursor)]);
}

function takeClassChar(cursor: Cursor): number {
  return cursor.text[cursor.at] === '\\' ? takeCharEscape(cursor) : takeCodePoint(cursor);
}

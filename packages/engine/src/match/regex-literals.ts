/**
 * Expressions that are texts with `.*` or `.+` between them, such as `.*\/v1/.*` or `/files/.*\.js`: most of those that people
 * write for paths. They need no automaton: the texts are looked for one after the other, each as early as it can stand.
 */
import { MAX_CODE_POINT } from './regex-set.ts';
import type { RegexNode } from './regex-syntax.ts';

/** A compiled expression of this form. */
export interface LiteralsMatcher {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** Whether any part of the text matches; undefined when that takes a real engine. */
  search(text: string): boolean | undefined;
}

/** What a `.` may stand for is the same in every gap of an expression, or the form is not ours. */
interface Draft {
  /** Texts, with one more than there are gaps: a gap at an end has an empty text beyond it. */
  readonly texts: string[];
  /** The least length of the gap behind each text but the last. */
  readonly gaps: number[];
  takesNewline: boolean | undefined;
  isBeginAnchored: boolean;
  isEndAnchored: boolean;
}

/** Compiles a tree of this form; undefined for every other. */
export function compileLiterals(node: RegexNode): LiteralsMatcher | undefined {
  const draft: Draft = { texts: [''], gaps: [], takesNewline: undefined, isBeginAnchored: false, isEndAnchored: false };
  if (!read(node, draft)) return undefined;
  const { texts, gaps, isBeginAnchored, isEndAnchored } = draft;
  // Half of a surrogate pair is no character of its own to an engine.
  if (texts.some((text) => /[\ud800-\udfff]/.test(text))) return undefined;
  const isLined = draft.takesNewline === false;
  if (isLined && texts.some((text) => text.includes('\n'))) return undefined;
  return {
    matches: (text) => matchAt(texts, gaps, text, true, true) && !(isLined && text.includes('\n')),
    search: (text) => {
      if (isLined && text.includes('\n')) return undefined;
      return matchAt(texts, gaps, text, isBeginAnchored, isEndAnchored);
    },
  };
}

function read(node: RegexNode, draft: Draft): boolean {
  if (draft.isEndAnchored) return false;
  const last = draft.texts.length - 1;
  switch (node.kind) {
    case 'set':
      if (node.set.length !== 2 || node.set[0] !== node.set[1]) return false;
      draft.texts[last] += String.fromCodePoint(node.set[0]!);
      return true;
    case 'sequence':
      return node.items.every((item) => read(item, draft));
    case 'capture':
      return read(node.body, draft);
    case 'begin':
      if (last !== 0 || draft.texts[0] !== '') return false;
      draft.isBeginAnchored = true;
      return true;
    case 'end':
      draft.isEndAnchored = true;
      return true;
    case 'repeat':
      return readGap(node, draft);
    case 'boundary':
    case 'choice':
      return false;
  }
}

function readGap({ body, min, max }: RegexNode & { kind: 'repeat' }, draft: Draft): boolean {
  if (body.kind !== 'set' || max !== Number.POSITIVE_INFINITY) return false;
  const takesNewline = takesEverything(body.set);
  if (takesNewline === undefined || takesNewline === !(draft.takesNewline ?? takesNewline)) return false;
  draft.takesNewline = takesNewline;
  const last = draft.texts.length - 1;
  if (last > 0 && draft.texts[last] === '') draft.gaps[last - 1]! += min;
  else {
    draft.gaps.push(min);
    draft.texts.push('');
  }
  // Longer gaps would have to count characters, not their halves.
  return draft.gaps.at(-1)! <= 1;
}

/** Whether a set is everything, or everything but a newline; undefined for any other. */
function takesEverything(set: readonly number[]): boolean | undefined {
  if (set.length === 2 && set[0] === 0 && set[1] === MAX_CODE_POINT) return true;
  const isDot = set.length === 4 && set[0] === 0 && set[1] === 0x09 && set[2] === 0x0b && set[3] === MAX_CODE_POINT;
  return isDot ? false : undefined;
}

/** Each text is taken where it first stands: whatever can follow a later place can follow that one too. */
function matchAt(
  texts: readonly string[],
  gaps: readonly number[],
  text: string,
  fromBegin: boolean,
  toEnd: boolean,
): boolean {
  const last = texts.length - 1;
  const first = texts[0]!;
  if (last === 0) return matchText(first, text, fromBegin, toEnd);
  let at = fromBegin ? (text.startsWith(first) ? 0 : -1) : text.indexOf(first);
  if (at === -1) return false;
  at += first.length;
  for (let i = 1; i < last; i += 1) {
    const found = text.indexOf(texts[i]!, at + gaps[i - 1]!);
    if (found === -1) return false;
    at = found + texts[i]!.length;
  }
  at += gaps[last - 1]!;
  const end = texts[last]!;
  if (at + end.length > text.length) return false;
  return toEnd ? text.endsWith(end) : text.indexOf(end, at) !== -1;
}

function matchText(wanted: string, text: string, fromBegin: boolean, toEnd: boolean): boolean {
  if (fromBegin) return toEnd ? text === wanted : text.startsWith(wanted);
  return toEnd ? text.endsWith(wanted) : text.includes(wanted);
}

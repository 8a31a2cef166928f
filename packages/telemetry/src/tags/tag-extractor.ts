import { findTagToken, parseTokenPattern } from './token-pattern.ts';

/** A tag's value and the part of the name that goes with it. */
export interface FoundTag {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Finds one tag in names. */
export interface TagExtractor {
  readonly tag: string;
  /** The first token of all names that may have it; undefined if any may. */
  readonly firstToken: string | undefined;
  find(name: string, tokens: readonly string[]): FoundTag | undefined;
}

/** Finds a tag by a token pattern. */
export function extractByTokens(tag: string, pattern: string): TagExtractor {
  const parsed = parseTokenPattern(pattern);
  const first = parsed.expected[0]!;
  return {
    tag,
    firstToken: first === '$' || first.startsWith('*') ? undefined : first,
    find(_name, tokens) {
      const at = findTagToken(parsed, tokens);
      if (at < 0) return undefined;
      let start = 0;
      for (let i = 0; i < at; i++) start += tokens[i]!.length + 1;
      const value = tokens[at]!;
      const end = start + value.length;
      // One dot goes with the tag: the one behind it or, at the end of the name, the one before.
      if (at < tokens.length - 1) return { value, start, end: end + 1 };
      return { value, start: Math.max(0, start - 1), end };
    },
  };
}

/** What a regular expression for a tag must not be. */
export interface RegexTagOptions {
  /** Part of every name that can match: looked for first, since it is cheaper. */
  readonly substring?: string;
  /** A value that is not a tag after all. */
  readonly exceptValue?: string;
}

/** Finds a tag by a regular expression: group 1 leaves the name, group 2 (or 1) is the value. */
export function extractByRegex(tag: string, regex: string, options: RegexTagOptions = {}): TagExtractor {
  const compiled = new RegExp(regex, 'd');
  const { substring, exceptValue } = options;
  return {
    tag,
    firstToken: firstTokenOf(regex),
    find(name) {
      if (substring !== undefined && !name.includes(substring)) return undefined;
      const match = compiled.exec(name);
      const place = match?.indices?.[1];
      if (match === null || place === undefined || place[0] === place[1]) return undefined;
      const value = match[2] || match[1]!;
      return value === exceptValue ? undefined : { value, start: place[0], end: place[1] };
    },
  };
}

/** Gives every statistic the same tag. */
export function fixedTag(tag: string, value: string): TagExtractor {
  return { tag, firstToken: undefined, find: () => ({ value, start: 0, end: 0 }) };
}

/** The token that an anchored expression begins with, if it is written out. */
function firstTokenOf(regex: string): string | undefined {
  return /^\^(\w+)(?:\\\.|\(\?=\\\.\))/.exec(regex)?.[1];
}

/**
 * Patterns over the dot-separated tokens of a name, as in `vhost.*.vcluster.$.**`: `*` is any token, `**` any number of tokens (at
 * least one at the end of the pattern), `$` the token that is the tag.
 */
export interface TokenPattern {
  readonly expected: readonly string[];
  /** Where `$` stands. */
  readonly tagAt: number;
}

/** Splits a pattern, which must have one `$`. */
export function parseTokenPattern(pattern: string): TokenPattern {
  const expected = pattern.split('.');
  const tagAt = expected.indexOf('$');
  if (tagAt < 0) throw new Error(`token pattern "${pattern}" has no $`);
  return { expected, tagAt };
}

/** The index of the token that is the tag, or -1 if the name does not fit. */
export function findTagToken(pattern: TokenPattern, tokens: readonly string[]): number {
  return match(pattern, tokens, 0, 0, -1);
}

function match(
  pattern: TokenPattern,
  tokens: readonly string[],
  from: number,
  start: number,
  tagSoFar: number,
): number {
  const { expected, tagAt } = pattern;
  let tag = tagSoFar;
  let at = start;
  let e = from;
  for (; e < expected.length && at < tokens.length; e++, at++) {
    const want = expected[e]!;
    if (e === tagAt) tag = at;
    else if (want === '**') {
      if (e === expected.length - 1) return tag;
      for (let next = at; next < tokens.length; next++) {
        const found = match(pattern, tokens, e + 1, next, tag);
        if (found >= 0) return found;
      }
      return -1;
    } else if (want !== '*' && want !== tokens[at]) return -1;
  }
  return e === expected.length && at === tokens.length ? tag : -1;
}

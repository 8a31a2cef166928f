/** Regular expressions in configuration are RE2's, which cannot be made to run for ever. */
import { re2Problem } from '@weft/cel';

/** Longest expression; the proxy bounds the compiled program, which is never shorter than its text. */
export const MAX_REGEX_LENGTH = 1024;

const MAX_CACHED = 4096;
/** Expression -> what is wrong with it (`''`: nothing). Written by `regexProblem` only; emptied when full. */
const verdicts = new Map<string, string>();

/** What is wrong with a regular expression, or undefined. */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_REGEX_LENGTH) return `regex is too large, max length allowed is ${MAX_REGEX_LENGTH}`;
  const known = verdicts.get(pattern);
  if (known !== undefined) return known === '' ? undefined : known;
  const reason = re2Problem(pattern);
  const problem =
    reason === undefined ? undefined : `${reason} (only RE2 syntax is supported: no lookaround, no backreferences)`;
  if (verdicts.size >= MAX_CACHED) verdicts.clear();
  verdicts.set(pattern, problem ?? '');
  return problem;
}

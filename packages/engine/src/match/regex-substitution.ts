import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import { compileRegex, type Regex, type RegexLimits, type RegexSpan } from './regex.ts';
import { wireText } from './wire-text.ts';

/** envoy.type.matcher.v3.RegexMatchAndSubstitute. */
export interface RegexSubstitutionSpec {
  readonly pattern: string;
  /** Text with `\0`…`\9` for groups and `\\` for a backslash. */
  readonly substitution: string;
}

/** A compiled match-and-substitute. */
export interface RegexSubstitution {
  /** The text with every match replaced. */
  apply(text: string): string;
  describe(): string;
}

/** Literal text, or the number of a group. */
type Piece = string | number;

/** Compiles a substitution; a reference to a group that the pattern does not have is an error. */
export function compileRegexSubstitution(
  spec: RegexSubstitutionSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<RegexSubstitution> {
  const regex = compileRegex(wireText(spec.pattern), `${path}.pattern`, limits);
  if (regex.kind === 'err') return regex;
  const pieces = parsePieces(wireText(spec.substitution), regex.value.groupCount, `${path}.substitution`);
  if (pieces.kind === 'err') return pieces;
  const parts = pieces.value;
  return ok({
    apply: (text) => replaceAll(regex.value, parts, text),
    describe: () => `${regex.value.describe()} replaced by ${JSON.stringify(spec.substitution)}`,
  });
}

function parsePieces(text: string, groupCount: number, path: string): Compiled<readonly Piece[]> {
  const pieces: Piece[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== '\\') {
      literal += text[i];
      continue;
    }
    i += 1;
    const next = text[i] ?? '';
    if (next === '\\') {
      literal += '\\';
      continue;
    }
    if (!/^[0-9]$/.test(next)) return fail(path, 'a backslash must be followed by a digit or a backslash');
    const group = Number(next);
    if (group > groupCount) return fail(path, `\\${group} is used, but the pattern has ${groupCount} groups`);
    if (literal !== '') pieces.push(literal);
    literal = '';
    pieces.push(group);
  }
  if (literal !== '') pieces.push(literal);
  return ok(pieces);
}

/** RE2's GlobalReplace: an empty match right after the last match is passed over, which `String.replace` does not do. */
function replaceAll(regex: Regex, pieces: readonly Piece[], text: string): string {
  let out = '';
  let at = 0;
  let lastEnd = -1;
  while (at <= text.length) {
    const found = regex.findFrom(text, at);
    if (found === undefined) break;
    out += text.slice(at, found.start);
    at = found.start;
    if (found.start === found.end && found.start === lastEnd) {
      const width = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      out += text.slice(at, at + width);
      at += width;
      continue;
    }
    out += expand(pieces, found);
    at = found.end;
    lastEnd = at;
  }
  return at < text.length ? out + text.slice(at) : out;
}

function expand(pieces: readonly Piece[], found: RegexSpan): string {
  let out = '';
  for (const piece of pieces) out += typeof piece === 'string' ? piece : (found.groups[piece] ?? '');
  return out;
}

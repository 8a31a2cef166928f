import { MAX_CODE_POINT, negateSet } from './regex-set.ts';
import type { RegexNode } from './regex-syntax.ts';

/** The source of a JavaScript expression (flag `u`) with the meaning of the tree. */
export function emitRegex(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return emitSet(node.set);
    case 'begin':
      return '^';
    case 'end':
      return '$';
    case 'boundary':
      return node.negated ? '\\B' : '\\b';
    case 'sequence':
      return node.items.map((item) => (item.kind === 'choice' ? `(?:${emitRegex(item)})` : emitRegex(item))).join('');
    case 'choice':
      return node.items.map(emitRegex).join('|');
    case 'capture':
      return `(${emitRegex(node.body)})`;
    case 'repeat':
      return emitRepeat(node);
  }
}

function emitRepeat(node: RegexNode & { kind: 'repeat' }): string {
  const body = emitRegex(node.body);
  const isAtom = node.body.kind === 'set' || node.body.kind === 'capture';
  return (isAtom ? body : `(?:${body})`) + emitBounds(node.min, node.max) + (node.isLazy ? '?' : '');
}

function emitBounds(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function emitSet(set: readonly number[]): string {
  if (set.length === 2 && set[0] === set[1]) return emitCode(set[0]!);
  if (set[set.length - 1] === MAX_CODE_POINT) return `[^${emitRanges(negateSet(set))}]`;
  return `[${emitRanges(set)}]`;
}

function emitRanges(set: readonly number[]): string {
  let out = '';
  for (let i = 0; i < set.length; i += 2) {
    out += set[i] === set[i + 1] ? emitCode(set[i]!) : `${emitCode(set[i]!)}-${emitCode(set[i + 1]!)}`;
  }
  return out;
}

function emitCode(code: number): string {
  const char = String.fromCodePoint(code);
  return /[A-Za-z0-9_]/.test(char) ? char : `\\u{${code.toString(16)}}`;
}

import type { RegexNode } from './regex-syntax.ts';

/**
 * The size of a program as RE2 counts it, or less: RE2JS has a step for every `^` and `$`, which RE2 flattens away, and for the
 * text behind a first `^`, which RE2 compares beforehand. In all other forms that were compared RE2 needs more steps, up to
 * twice as many where sets have several ranges.
 */
export function programSizeFor(re2jsSize: number, node: RegexNode | undefined): number {
  return node === undefined ? re2jsSize : re2jsSize - countAnchors(node) - requiredPrefixLength(node);
}

/** Characters between a `^` that begins the expression and the first thing that is no single character. */
function requiredPrefixLength(node: RegexNode): number {
  if (node.kind !== 'sequence' || node.items[0]?.kind !== 'begin') return 0;
  const isCharacter = (item: RegexNode): boolean =>
    item.kind === 'set' && item.set.length === 2 && item.set[0] === item.set[1];
  const end = node.items.findIndex((item, i) => i > 0 && !isCharacter(item));
  return (end === -1 ? node.items.length : end) - 1;
}

function countAnchors(node: RegexNode): number {
  switch (node.kind) {
    case 'begin':
    case 'end':
      return 1;
    case 'sequence':
    case 'choice':
      return node.items.reduce((sum, item) => sum + countAnchors(item), 0);
    case 'capture':
    case 'repeat':
      return countAnchors(node.body);
    case 'set':
    case 'boundary':
      return 0;
  }
}

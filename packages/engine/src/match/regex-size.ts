import type { RegexNode } from './regex-syntax.ts';

/** Steps that RE2 has for a search that begins anywhere; it compiles them even where it never searches. */
const SEARCH_STEPS = 2;

/**
 * The size of a program as RE2 counts it, or a little less. RE2JS has steps for anchors and alternatives, which RE2 flattens
 * away; the text behind a first `^` RE2 compares beforehand. RE2 in turn has a step for each range of a set.
 */
export function programSizeFor(re2jsSize: number, node: RegexNode | undefined): number {
  if (node === undefined) return re2jsSize;
  const size = re2jsSize - countFlattened(node);
  return isAnchored(node) ? size - requiredPrefixLength(node) : size + SEARCH_STEPS;
}

function isAnchored(node: RegexNode): boolean {
  return node.kind === 'begin' || (node.kind === 'sequence' && node.items[0]?.kind === 'begin');
}

/** Characters between a `^` that begins the expression and the first thing that is no single character. */
function requiredPrefixLength(node: RegexNode): number {
  if (node.kind !== 'sequence') return 0;
  const isCharacter = (item: RegexNode): boolean =>
    item.kind === 'set' && item.set.length === 2 && item.set[0] === item.set[1];
  const end = node.items.findIndex((item, i) => i > 0 && !isCharacter(item));
  return (end === -1 ? node.items.length : end) - 1;
}

/** Anchors (those amid an expression do cost RE2 a step), and alternatives beyond the first, as often as they are written out. */
function countFlattened(node: RegexNode): number {
  switch (node.kind) {
    case 'begin':
    case 'end':
      return 1;
    case 'sequence':
      return sumOf(node.items);
    case 'choice':
      return node.items.length - 1 + sumOf(node.items);
    case 'capture':
      return countFlattened(node.body);
    case 'repeat':
      return countFlattened(node.body) * (Number.isFinite(node.max) ? node.max : Math.max(node.min, 1));
    case 'set':
    case 'boundary':
      return 0;
  }
}

function sumOf(items: readonly RegexNode[]): number {
  return items.reduce((sum, item) => sum + countFlattened(item), 0);
}

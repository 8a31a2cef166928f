import type { RegexNode } from './regex-syntax.ts';

/**
 * The size of a program as RE2 counts it, or less: RE2JS has a step for every `^` and `$`, which RE2 flattens away. In all other
 * forms that were compared RE2 needs more steps, up to twice as many where sets have several ranges.
 */
export function programSizeFor(re2jsSize: number, node: RegexNode | undefined): number {
  return node === undefined ? re2jsSize : re2jsSize - countAnchors(node);
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

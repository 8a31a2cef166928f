/** What operators may turn out to be, by the types of their operands; by the names that cel-go gives the overloads. */
import type { CelType } from '../types.ts';

/** Any overload whose cost is one. */
const PLAIN = 'plain';

function mayBe(type: CelType, kind: CelType['kind']): boolean {
  return type.kind === kind || type.kind === 'dyn';
}

function matching(left: CelType, right: CelType, overloads: readonly (readonly [CelType['kind'], string])[]): string[] {
  return overloads.filter(([kind]) => mayBe(left, kind) && mayBe(right, kind)).map(([, id]) => id);
}

function orPlain(special: readonly string[], left: CelType, right: CelType): readonly string[] {
  const isOpen = left.kind === 'dyn' && right.kind === 'dyn';
  return special.length === 0 || isOpen ? [...special, PLAIN] : special;
}

/** The overloads of a binary operator. */
export function operatorOverloads(sign: string, left: CelType, right: CelType): readonly string[] {
  switch (sign) {
    case '==':
    case '!=':
      return ['equality'];
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const special = matching(left, right, [
        ['string', 'text_order'],
        ['bytes', 'text_order'],
      ]);
      return orPlain(special, left, right);
    }
    case '+': {
      const special = matching(left, right, [
        ['bytes', 'add_text'],
        ['list', 'add_list'],
        ['string', 'add_text'],
      ]);
      return orPlain(special, left, right);
    }
    case 'in':
      return [...(mayBe(right, 'list') ? ['in_list'] : []), ...(mayBe(right, 'map') ? [PLAIN] : [])];
    default:
      return [PLAIN];
  }
}

/** The overloads of `operand[key]`. */
export function indexOverloads(operand: CelType, key: CelType): readonly string[] {
  if (operand.kind === 'list') return ['index_list'];
  if (operand.kind === 'map') return ['index_map'];
  if (operand.kind !== 'dyn') return [PLAIN];
  return [...(mayBe(key, 'int') ? ['index_list'] : []), 'index_map', PLAIN];
}

/** The overload of everything else that costs one. */
export const PLAIN_OVERLOADS: readonly string[] = [PLAIN];

/**
 * Kubernetes takes lists and maps that are written out only if all their items are of one type: a rule such as
 * `self.x in ['a', 1]` is most likely a mistake.
 */
import { type CelCompileError, locatedError } from './errors.ts';
import { type CelNode, isBinary } from './syntax/tree.ts';
import { type CelType, typeName } from './types.ts';

type NodeTypes = ReadonlyMap<CelNode, CelType>;

/** The mistake in the first list or map with items of several types, or undefined. */
export function mixedLiteralError(tree: CelNode, types: NodeTypes, source: string): CelCompileError | undefined {
  const visit = (node: CelNode): CelCompileError | undefined => {
    for (const items of itemsOf(node)) {
      const [first] = items;
      const expected = first === undefined ? undefined : itemType(first, types);
      const other = items.find((item) => !isSame(expected, itemType(item, types)));
      if (other === undefined || expected === undefined) continue;
      const found = typeName(itemType(other, types)!);
      return locatedError(`expected type '${typeName(expected)}' but found '${found}'`, source, other.value.pos);
    }
    for (const child of childrenOf(node)) {
      const error = visit(child);
      if (error !== undefined) return error;
    }
    return undefined;
  };
  return visit(tree);
}

interface Item {
  readonly value: CelNode;
  readonly isOptional: boolean;
}

/** What must be of one type: the items of a list, the keys of a map, the values of a map. */
function itemsOf(node: CelNode): readonly (readonly Item[])[] {
  if (node.op === 'list') return [node.args];
  return node.op === 'map' ? [node.args.map(({ key }) => ({ value: key, isOptional: false })), node.args] : [];
}

function itemType({ value, isOptional }: Item, types: NodeTypes): CelType | undefined {
  const type = types.get(value);
  return isOptional && type?.kind === 'optional' ? type.of : type;
}

function isSame(a: CelType | undefined, b: CelType | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return true;
  if (a.kind === 'list' && b.kind === 'list') return isSameWithin(a.item, b.item);
  if (a.kind === 'map' && b.kind === 'map') return isSameWithin(a.key, b.key) && isSameWithin(a.value, b.value);
  if (a.kind === 'optional' && b.kind === 'optional') return isSameWithin(a.of, b.of);
  return a.kind === b.kind && a.kind !== 'object';
}

/** An empty list takes any type of items. */
function isSameWithin(a: CelType, b: CelType): boolean {
  return a.kind === 'dyn' || b.kind === 'dyn' || isSame(a, b);
}

function childrenOf(node: CelNode): readonly CelNode[] {
  if (isBinary(node)) return node.args;
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case '!_':
    case '-_':
      return [node.args];
    case 'call':
      return node.args[1];
    case 'rcall':
      // What is formatted is of many types by its nature.
      return node.args[0] === 'format' ? [node.args[1]] : [node.args[1], ...node.args[2]];
    case 'list':
      return node.args.map(({ value }) => value);
    case 'map':
      return node.args.flatMap(({ key, value }) => [key, value]);
    case 'fold':
      return [node.args.range, node.args.start, node.args.condition, node.args.step, node.args.result];
    case '?:':
    case '[]':
    case '[?]':
    case '||':
    case '&&':
      return node.args;
  }
}

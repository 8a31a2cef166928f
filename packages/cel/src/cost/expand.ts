/** Syntax tree to checked tree: macros become the loops that cel-go makes of them, for these are what is charged. */
import { overloadsFor, signatureOf } from '../functions/dispatch.ts';
import type { CelNode } from '../syntax/tree.ts';
import { type CelType, listOf, optionalOf, T } from '../types.ts';
import type { Checked, CheckedComprehension, CheckedName } from './checked.ts';
import { indexOverloads, operatorOverloads, PLAIN_OVERLOADS } from './overloads.ts';

type MethodNode = CelNode & { op: 'rcall' };

/** The types that the compiler found. A node without one is no value: the `optional` of `optional.of(x)`. */
export type NodeTypes = ReadonlyMap<CelNode, CelType>;

const ACCUMULATOR = '@result';
const UNUSED = '#unused';
const TRUE: Checked = { kind: 'literal', type: T.bool, value: true };

/** Expands a node and all below it. */
export function expand(node: CelNode, types: NodeTypes): Checked {
  const type = types.get(node) ?? T.dyn;
  const next = (child: CelNode): Checked => expand(child, types);
  switch (node.op) {
    case 'value':
      return { kind: 'literal', type, value: node.args };
    case 'id':
      return { kind: 'name', type, name: node.args };
    case '.':
      return { kind: 'select', type, operand: next(node.args[0]), field: node.args[1], isTest: false };
    case '.?':
      return call('_?._', type, [next(node.args[0]), { kind: 'literal', type: T.string, value: node.args[1] }]);
    case '[]': {
      const [operand, key] = [next(node.args[0]), next(node.args[1])];
      return call('_[_]', type, [operand, key], indexOverloads(operand.type, key.type));
    }
    case '[?]':
      return call('_[?_]', type, node.args.map(next));
    case 'list':
      return { kind: 'list', type, items: node.args.map((item) => next(item.value)) };
    case 'map':
      return { kind: 'map', type, entries: node.args.map(({ key, value }) => [next(key), next(value)]) };
    case '?:':
      return choice(type, next(node.args[0]), next(node.args[1]), next(node.args[2]));
    case '||':
    case '&&':
      return logical(`_${node.op}_`, next(node.args[0]), next(node.args[1]));
    case '!_':
    case '-_':
      return call(node.op, type, [next(node.args)]);
    case 'fold': {
      const { range, element, accumulator, start, condition, step, result } = node.args;
      return {
        kind: 'comprehension',
        type,
        range: next(range),
        names: [element],
        accumulator,
        start: next(start),
        condition: next(condition),
        step: next(step),
        result: next(result),
        isBinding: false,
      };
    }
    case 'call':
      return expandCall(node, type, types);
    case 'rcall':
      return expandMethod(node, type, types);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case 'in': {
      const [left, right] = [next(node.args[0]), next(node.args[1])];
      const name = node.op === 'in' ? '@in' : `_${node.op}_`;
      return call(name, type, [left, right], operatorOverloads(node.op, left.type, right.type));
    }
  }
}

function expandCall(node: CelNode & { op: 'call' }, type: CelType, types: NodeTypes): Checked {
  const [name, args] = node.args;
  const [operand] = args;
  if (name === 'has' && (operand?.op === '.' || operand?.op === '.?')) {
    return {
      kind: 'select',
      type: T.bool,
      operand: expand(operand.args[0], types),
      field: operand.args[1],
      isTest: true,
    };
  }
  return functionCall(name, type, undefined, args, types);
}

function expandMethod(node: MethodNode, type: CelType, types: NodeTypes): Checked {
  const [name, receiver, args] = node.args;
  const macro = expandMacro(node, type, types);
  if (macro !== undefined) return macro;
  if (receiver.op === 'id' && !types.has(receiver)) {
    return functionCall(`${receiver.args}.${name}`, type, undefined, args, types);
  }
  return functionCall(name, type, receiver, args, types);
}

function functionCall(
  name: string,
  type: CelType,
  receiver: CelNode | undefined,
  given: readonly CelNode[],
  types: NodeTypes,
): Checked {
  const args = given.map((arg) => expand(arg, types));
  const target = receiver === undefined ? undefined : expand(receiver, types);
  const candidates = overloadsFor(
    name,
    args.map((arg) => arg.type),
    target?.type,
  );
  const overloads = candidates.length === 0 ? PLAIN_OVERLOADS : candidates.map((o) => signatureOf(name, o));
  return { kind: 'call', type, name, args, overloads, ...(target === undefined ? {} : { target }) };
}

function expandMacro(node: MethodNode, type: CelType, types: NodeTypes): Checked | undefined {
  const [name, receiver, args] = node.args;
  const next = (at: number): Checked => expand(args[at]!, types);
  switch (name) {
    case 'all':
    case 'exists':
    case 'exists_one':
    case 'existsOne': {
      if (args.length !== 2 && args.length !== 3) return undefined;
      return quantifier(name, loopOver(receiver, args.slice(0, -1), types), next(args.length - 1));
    }
    case 'filter': {
      const loop = loopOver(receiver, args.slice(0, 1), types);
      const item: Checked = { kind: 'name', type: itemType(type), name: loop.names[0] };
      return collect(type, loop, next(1), add(type, [item]));
    }
    case 'map':
    case 'transformList': {
      const bound = name === 'map' ? 1 : 2;
      const condition = args.length === bound + 2 ? next(bound) : undefined;
      return collect(
        type,
        loopOver(receiver, args.slice(0, bound), types),
        condition,
        add(type, [next(args.length - 1)]),
      );
    }
    case 'transformMap': {
      const loop = loopOver(receiver, args.slice(0, 2), types);
      const key: Checked = { kind: 'name', type: T.dyn, name: loop.names[0] };
      const step = call('cel.@mapInsert', type, [accumulated(type), key, next(args.length - 1)]);
      return collect(type, loop, args.length === 4 ? next(2) : undefined, step);
    }
    case 'bind':
      if (receiver.op !== 'id' || receiver.args !== 'cel') return undefined;
      return binding(nameOf(args[0]!), next(1), next(2));
    case 'optMap':
    case 'optFlatMap':
      return expandOptional(node, type, types);
    default:
      return undefined;
  }
}

/** `x.optMap(v, f)`: `x.hasValue() ? optional.of(f with v bound to x.value()) : optional.none()`. */
function expandOptional(node: MethodNode, type: CelType, types: NodeTypes): Checked {
  const [name, receiver, args] = node.args;
  // The receiver is evaluated twice, so it stands in the tree twice.
  const held = types.get(receiver);
  const value = method('value', held?.kind === 'optional' ? held.of : T.dyn, expand(receiver, types));
  const bound = binding(nameOf(args[0]!), value, expand(args[1]!, types));
  const made = name === 'optMap' ? call('optional.of', type, [bound]) : bound;
  const condition = method('hasValue', T.bool, expand(receiver, types));
  return choice(type, condition, made, call('optional.none', optionalOf(T.dyn), []));
}

interface Loop {
  readonly range: Checked;
  readonly names: CheckedComprehension['names'];
}

function loopOver(receiver: CelNode, names: readonly CelNode[], types: NodeTypes): Loop {
  const [first, second] = names.map(nameOf);
  return { range: expand(receiver, types), names: second === undefined ? [first!] : [first!, second] };
}

function nameOf(node: CelNode): string {
  return node.op === 'id' ? node.args : '';
}

function quantifier(name: string, loop: Loop, predicate: Checked): Checked {
  if (name === 'all' || name === 'exists') {
    const isAll = name === 'all';
    const open = isAll ? accumulated(T.bool) : call('!_', T.bool, [accumulated(T.bool)]);
    return fold(T.bool, loop, {
      start: { kind: 'literal', type: T.bool, value: isAll },
      condition: call('@not_strictly_false', T.bool, [open]),
      step: logical(isAll ? '_&&_' : '_||_', accumulated(T.bool), predicate),
      result: accumulated(T.bool),
    });
  }
  const one: Checked = { kind: 'literal', type: T.int, value: 1n };
  return fold(T.bool, loop, {
    start: { kind: 'literal', type: T.int, value: 0n },
    condition: TRUE,
    step: choice(T.int, predicate, call('_+_', T.int, [accumulated(T.int), one]), accumulated(T.int)),
    result: call('_==_', T.bool, [accumulated(T.int), one], operatorOverloads('==', T.int, T.int)),
  });
}

/** A loop that gathers what `step` adds, of the elements that meet the condition. */
function collect(type: CelType, loop: Loop, condition: Checked | undefined, step: Checked): Checked {
  const empty: Checked = type.kind === 'map' ? { kind: 'map', type, entries: [] } : { kind: 'list', type, items: [] };
  return fold(type, loop, {
    start: empty,
    condition: TRUE,
    step: condition === undefined ? step : choice(type, condition, step, accumulated(type)),
    result: accumulated(type),
  });
}

function fold(
  type: CelType,
  loop: Loop,
  parts: Pick<CheckedComprehension, 'start' | 'condition' | 'step' | 'result'>,
): Checked {
  return { kind: 'comprehension', type, ...loop, ...parts, accumulator: ACCUMULATOR, isBinding: false };
}

function binding(name: string, value: Checked, result: Checked): Checked {
  return {
    kind: 'comprehension',
    type: result.type,
    range: { kind: 'list', type: listOf(T.dyn), items: [] },
    names: [UNUSED],
    accumulator: name,
    start: value,
    condition: { kind: 'literal', type: T.bool, value: false },
    step: { kind: 'name', type: value.type, name },
    result,
    isBinding: true,
  };
}

function accumulated(type: CelType): CheckedName {
  return { kind: 'name', type, name: ACCUMULATOR };
}

function add(type: CelType, items: readonly Checked[]): Checked {
  return call('_+_', type, [accumulated(type), { kind: 'list', type, items }], operatorOverloads('+', type, type));
}

function choice(type: CelType, condition: Checked, yes: Checked, no: Checked): Checked {
  return call('_?_:_', type, [condition, yes, no], ['conditional']);
}

function logical(name: string, left: Checked, right: Checked): Checked {
  return call(name, T.bool, [left, right], ['logical']);
}

function method(name: string, type: CelType, target: Checked): Checked {
  return { kind: 'call', type, name, target, args: [], overloads: PLAIN_OVERLOADS };
}

function call(name: string, type: CelType, args: readonly Checked[], overloads = PLAIN_OVERLOADS): Checked {
  return { kind: 'call', type, name, args, overloads };
}

function itemType(type: CelType): CelType {
  return type.kind === 'list' ? type.item : T.dyn;
}

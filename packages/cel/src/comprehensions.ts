/** The macros: they look at their arguments before these are evaluated, and bind names in them. */
import { asBool, attempt, fail, failOverload, isBool } from './compiled.ts';
import { CelError, noSuchOverload } from './errors.ts';
import type { Frame } from './frame.ts';
import type { Compiled, Scope } from './scope.ts';
import type { CelNode } from './syntax/tree.ts';
import { type CelType, isCompatible, joinTypes, listOf, mapOf, optionalOf, T, typeName } from './types.ts';
import { CelMap, CelOptional, isMapping } from './values.ts';

type CallNode = CelNode & { op: 'call' | 'rcall' };
type MethodNode = CelNode & { op: 'rcall' };
type MethodMacro = (node: MethodNode, scope: Scope, depth: number) => Compiled | undefined;

function compileNode(node: CelNode, scope: Scope, depth: number): Compiled {
  return scope.state.compile(node, scope, depth);
}

/** Compiles the node if it calls a macro. */
export function compileMacro(node: CallNode, scope: Scope, depth: number): Compiled | undefined {
  if (node.op === 'call') return node.args[0] === 'has' ? compileHas(node.args[1], node, scope, depth) : undefined;
  const macro = Object.hasOwn(METHOD_MACROS, node.args[0]) ? METHOD_MACROS[node.args[0]] : undefined;
  return macro?.(node, scope, depth);
}

const METHOD_MACROS: Readonly<Record<string, MethodMacro>> = {
  all: (node, scope, depth) => quantifier(node, scope, depth, quantifyAll(false)),
  exists: (node, scope, depth) => quantifier(node, scope, depth, quantifyAll(true)),
  exists_one: (node, scope, depth) => quantifier(node, scope, depth, existsOne),
  existsOne: (node, scope, depth) => quantifier(node, scope, depth, existsOne),
  filter: compileFilter,
  map: compileMapMacro,
  transformList: compileTransformList,
  transformMap: compileTransformMap,
  bind: compileBind,
  optMap: (node, scope, depth) => compileOptional(node, scope, depth, false),
  optFlatMap: (node, scope, depth) => compileOptional(node, scope, depth, true),
  or: (node, scope, depth) => compileOr(node, scope, depth, false),
  orValue: (node, scope, depth) => compileOr(node, scope, depth, true),
};

/** `has(a.b)`: whether the member is there, which for a plain selection would be an error if it is not. */
function compileHas(args: readonly CelNode[], node: CelNode, scope: Scope, depth: number): Compiled {
  const operand = args[0];
  if (args.length !== 1 || operand === undefined || (operand.op !== '.' && operand.op !== '.?')) {
    fail(scope, node, 'invalid argument to has() macro');
  }
  const target = compileNode(operand.args[0], scope, depth + 1);
  const name = operand.args[1];
  // Compiling the selection finds a field that the type does not have.
  compileNode(operand, scope, depth + 1);
  return {
    type: T.bool,
    run(frame) {
      frame.charge(1);
      const value = target.run(frame);
      if (value instanceof CelOptional)
        return value.hasValue && isMapping(value.value) && value.value.get(name) !== undefined;
      if (!isMapping(value)) throw value === null ? new CelError(`no such key: ${name}`) : noSuchOverload();
      return value.get(name) !== undefined;
    },
  };
}

/** The elements that a macro walks: items of a list, keys of a map; with two names, index or key and value. */
interface Walk {
  readonly range: Compiled;
  readonly inner: Scope;
  readonly slots: readonly number[];
  readonly itemType: CelType;
}

/** Binds the names of a macro over its range. */
function openWalk(node: MethodNode, scope: Scope, depth: number, names: readonly CelNode[]): Walk {
  const range = compileNode(node.args[1], scope, depth + 1);
  const [first, second] = elementTypes(range.type, names.length, node, scope);
  const one = scope.with(nameOf(names[0]!, scope), first);
  if (names.length === 1) return { range, inner: one.scope, slots: [one.slot], itemType: first };
  const two = one.scope.with(nameOf(names[1]!, scope), second);
  return { range, inner: two.scope, slots: [one.slot, two.slot], itemType: second };
}

function elementTypes(range: CelType, names: number, node: CelNode, scope: Scope): [CelType, CelType] {
  if (range.kind === 'dyn') return [T.dyn, T.dyn];
  if (range.kind === 'list') return names === 1 ? [range.item, range.item] : [T.int, range.item];
  if (range.kind === 'map') return [range.key, range.value];
  const problem = `expression of type '${typeName(range)}' cannot be range of a comprehension`;
  return fail(scope, node, `${problem} (must be list, map, or dynamic)`);
}

function nameOf(node: CelNode, scope: Scope): string {
  if (node.op !== 'id') fail(scope, node, 'argument must be a simple name');
  return node.args;
}

/** Calls `visit` for each element with its names bound, until it returns true. */
function walkRange(walk: Walk, frame: Frame, visit: (element: unknown) => boolean): void {
  const range = walk.range.run(frame);
  const list = Array.isArray(range) ? range : undefined;
  if (list === undefined && !isMapping(range)) throw noSuchOverload();
  const elements: readonly unknown[] = list ?? (isMapping(range) ? range.keys() : []);
  const [first, second] = walk.slots;
  for (let i = 0; i < elements.length; i++) {
    frame.charge(1);
    const element = elements[i];
    frame.slots[first!] = second !== undefined && list !== undefined ? BigInt(i) : element;
    if (second !== undefined)
      frame.slots[second] = list === undefined && isMapping(range) ? range.get(element) : element;
    if (visit(element)) return;
  }
}

type Quantifier = (walk: Walk, predicate: Compiled, frame: Frame) => boolean;

function quantifier(node: MethodNode, scope: Scope, depth: number, decide: Quantifier): Compiled | undefined {
  const args = node.args[2];
  if (args.length !== 2 && args.length !== 3) return undefined;
  const walk = openWalk(node, scope, depth, args.slice(0, -1));
  const predicate = compileNode(args.at(-1)!, walk.inner, depth + 1);
  if (!isBool(predicate.type)) failOverload(scope, node, '_?_:_', [predicate.type, T.bool, T.bool]);
  return { type: T.bool, run: (frame) => decide(walk, predicate, frame) };
}

/** One element that decides makes errors of the others irrelevant. */
function quantifyAll(decides: boolean): Quantifier {
  return (walk, predicate, frame) => {
    let isDecided = false;
    let error: CelError | undefined;
    walkRange(walk, frame, () => {
      const result = attempt(predicate.run, frame);
      if (result instanceof CelError) error ??= result;
      else isDecided = result === decides;
      return isDecided;
    });
    if (!isDecided && error !== undefined) throw error;
    return isDecided ? decides : !decides;
  };
}

const existsOne: Quantifier = (walk, predicate, frame) => {
  let count = 0;
  walkRange(walk, frame, () => {
    if (asBool(predicate.run(frame))) count++;
    return false;
  });
  return count === 1;
};

function compileFilter(node: MethodNode, scope: Scope, depth: number): Compiled | undefined {
  const [name, condition] = node.args[2];
  if (node.args[2].length !== 2 || name === undefined || condition === undefined) return undefined;
  const walk = openWalk(node, scope, depth, [name]);
  const predicate = compileNode(condition, walk.inner, depth + 1);
  if (!isBool(predicate.type))
    failOverload(scope, node, '_?_:_', [predicate.type, listOf(walk.itemType), listOf(walk.itemType)]);
  return {
    type: listOf(walk.itemType),
    run(frame) {
      const kept: unknown[] = [];
      walkRange(walk, frame, (element) => {
        if (asBool(predicate.run(frame))) kept.push(element);
        return false;
      });
      return kept;
    },
  };
}

function compileMapMacro(node: MethodNode, scope: Scope, depth: number): Compiled | undefined {
  const args = node.args[2];
  if (args.length !== 2 && args.length !== 3) return undefined;
  return transform(node, scope, depth, {
    names: args.slice(0, 1),
    condition: args.length === 3 ? args[1] : undefined,
    result: args.at(-1)!,
  });
}

function compileTransformList(node: MethodNode, scope: Scope, depth: number): Compiled | undefined {
  const args = node.args[2];
  if (args.length !== 3 && args.length !== 4) return undefined;
  return transform(node, scope, depth, {
    names: args.slice(0, 2),
    condition: args.length === 4 ? args[2] : undefined,
    result: args.at(-1)!,
  });
}

interface TransformParts {
  readonly names: readonly CelNode[];
  readonly condition: CelNode | undefined;
  readonly result: CelNode;
}

function transform(node: MethodNode, scope: Scope, depth: number, parts: TransformParts): Compiled {
  const walk = openWalk(node, scope, depth, parts.names);
  const { condition, result } = compileParts(walk, depth, parts, node, scope);
  return {
    type: listOf(result.type),
    run(frame) {
      const out: unknown[] = [];
      walkRange(walk, frame, () => {
        if (condition === undefined || asBool(condition.run(frame))) out.push(result.run(frame));
        return false;
      });
      return out;
    },
  };
}

function compileParts(
  walk: Walk,
  depth: number,
  parts: TransformParts,
  node: CelNode,
  scope: Scope,
): { condition: Compiled | undefined; result: Compiled } {
  const condition = parts.condition === undefined ? undefined : compileNode(parts.condition, walk.inner, depth + 1);
  const result = compileNode(parts.result, walk.inner, depth + 1);
  if (condition !== undefined && !isBool(condition.type))
    failOverload(scope, node, '_?_:_', [condition.type, result.type, result.type]);
  return { condition, result };
}

/** A map with the same keys and new values. */
function compileTransformMap(node: MethodNode, scope: Scope, depth: number): Compiled | undefined {
  const args = node.args[2];
  if (args.length !== 3 && args.length !== 4) return undefined;
  const parts: TransformParts = {
    names: args.slice(0, 2),
    condition: args.length === 4 ? args[2] : undefined,
    result: args.at(-1)!,
  };
  const walk = openWalk(node, scope, depth, parts.names);
  const { condition, result } = compileParts(walk, depth, parts, node, scope);
  const key = walk.range.type.kind === 'map' ? walk.range.type.key : walk.range.type.kind === 'list' ? T.int : T.dyn;
  return {
    type: mapOf(key, result.type),
    run(frame) {
      const out = new CelMap();
      walkRange(walk, frame, () => {
        if (condition === undefined || asBool(condition.run(frame)))
          out.set(frame.slots[walk.slots[0]!], result.run(frame));
        return false;
      });
      return out;
    },
  };
}

/** `cel.bind(name, value, expression)`. */
function compileBind(node: MethodNode, scope: Scope, depth: number): Compiled | undefined {
  const [, receiver, args] = node.args;
  const [name, bound, expression] = args;
  if (receiver.op !== 'id' || receiver.args !== 'cel' || args.length !== 3) return undefined;
  const value = compileNode(bound!, scope, depth + 1);
  const inner = scope.with(nameOf(name!, scope), value.type);
  const result = compileNode(expression!, inner.scope, depth + 1);
  return {
    type: result.type,
    run(frame) {
      frame.slots[inner.slot] = value.run(frame);
      return result.run(frame);
    },
  };
}

/** `x.optMap(v, f(v))` and `x.optFlatMap(v, g(v))`. */
function compileOptional(node: MethodNode, scope: Scope, depth: number, isFlat: boolean): Compiled | undefined {
  const [, receiver, args] = node.args;
  if (args.length !== 2) return undefined;
  const target = compileNode(receiver, scope, depth + 1);
  const inner = scope.with(nameOf(args[0]!, scope), heldType(target.type, node, scope));
  const result = compileNode(args[1]!, inner.scope, depth + 1);
  return {
    type: isFlat ? result.type : optionalOf(result.type),
    run(frame) {
      const optional = asOptional(target.run(frame));
      if (!optional.hasValue) return CelOptional.none;
      frame.slots[inner.slot] = optional.value;
      const mapped = result.run(frame);
      return isFlat ? asOptional(mapped) : CelOptional.of(mapped);
    },
  };
}

/** `x.or(y)` and `x.orValue(y)`: `y` is evaluated only when it is needed. */
function compileOr(node: MethodNode, scope: Scope, depth: number, isValue: boolean): Compiled | undefined {
  const [, receiver, args] = node.args;
  if (args.length !== 1) return undefined;
  const target = compileNode(receiver, scope, depth + 1);
  const other = compileNode(args[0]!, scope, depth + 1);
  const held = heldType(target.type, node, scope);
  const wanted = isValue ? held : optionalOf(held);
  if (!isCompatible(wanted, other.type)) failOverload(scope, node, node.args[0], [other.type], target.type);
  const type = joinTypes(wanted, other.type);
  return {
    type,
    run(frame) {
      const optional = asOptional(target.run(frame));
      if (optional.hasValue) return isValue ? optional.value : optional;
      const value = other.run(frame);
      return isValue ? value : asOptional(value);
    },
  };
}

function heldType(type: CelType, node: MethodNode, scope: Scope): CelType {
  if (type.kind === 'optional') return type.of;
  return type.kind === 'dyn' ? T.dyn : failOverload(scope, node, node.args[0], [], type);
}

function asOptional(value: unknown): CelOptional {
  if (!(value instanceof CelOptional)) throw noSuchOverload();
  return value;
}

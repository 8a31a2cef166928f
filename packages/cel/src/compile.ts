/**
 * Syntax tree to closures, with static types on the way: what has the wrong type is refused when the expression is
 * stored, not when it is first evaluated.
 */

import { asBool, attempt, fail, failOverload, isBool } from './compiled.ts';
import { compileMacro } from './comprehensions.ts';
import { CelError, noSuchOverload } from './errors.ts';
import { compileFold } from './fold.ts';
import type { Frame } from './frame.ts';
import { compileCall } from './functions/dispatch.ts';
import { asInt, BINARY_OPERATORS } from './operators.ts';
import type { Compiled, Scope } from './scope.ts';
import type { CelLiteral, CelNode } from './syntax/tree.ts';
import { type CelType, isCompatible, joinTypes, listOf, mapOf, optionalOf, T, typeName } from './types.ts';
import { CelMap, CelOptional, CelTypeValue, CelUint, isMapping } from './values.ts';

/** Names of types, which are values too. */
const TYPE_NAMES: ReadonlySet<string> = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
]);
/** Kinds of values that can be an index of a list. */
const INDEXES: ReadonlySet<string> = new Set(['int', 'uint', 'double', 'dyn']);
/** A chain of operators nests in the tree: deeper than this, walking it would need too much stack. */
const MAX_NESTING = 1000;

/** Compiles a node; throws a `CelCompileError` that shows the place. */
export function compileNode(node: CelNode, scope: Scope, depth = 0): Compiled {
  const compiled = compileByKind(node, scope, depth);
  scope.state.types?.set(node, compiled.type);
  return compiled;
}

function compileByKind(node: CelNode, scope: Scope, depth: number): Compiled {
  if (depth > MAX_NESTING) fail(scope, node, `the expression is nested deeper than ${MAX_NESTING} levels`);
  const next = (child: CelNode): Compiled => compileNode(child, scope, depth + 1);
  switch (node.op) {
    case 'value':
      return compileLiteral(node.args);
    case 'id':
      return compileName(node.args, node, scope);
    case '.':
      return compileSelect(next(node.args[0]), node.args[1], node, scope);
    case '.?':
      return compileOptionalSelect(next(node.args[0]), node.args[1], node, scope);
    case '[]':
      return compileIndex(next(node.args[0]), next(node.args[1]), node, scope);
    case '[?]':
      return compileOptionalIndex(next(node.args[0]), next(node.args[1]), node, scope);
    case 'list':
      return compileList(node.args.map((item) => optionalPart(next(item.value), item.isOptional, item.value, scope)));
    case 'map':
      return compileMap(
        node.args.map(({ key, value, isOptional }) => ({
          key: next(key),
          ...optionalPart(next(value), isOptional, value, scope),
        })),
      );
    case '?:':
      return compileChoice(node.args.map(next), node, scope);
    case '||':
    case '&&':
      return compileLogical(node.op === '||', next(node.args[0]), next(node.args[1]), node, scope);
    case '!_':
      return compileNot(next(node.args), node, scope);
    case '-_':
      return compileNegation(next(node.args), node, scope);
    case 'fold':
      return compileFold(node.args, scope, depth);
    case 'call':
      return (
        compileMacro(node, scope, depth) ?? compileCall(node.args[0], undefined, node.args[1].map(next), node, scope)
      );
    case 'rcall':
      return compileMethod(node, scope, depth);
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
    case 'in':
      return compileBinary(node.op, next(node.args[0]), next(node.args[1]), node, scope);
  }
}

function compileMethod(node: CelNode & { op: 'rcall' }, scope: Scope, depth: number): Compiled {
  const macro = compileMacro(node, scope, depth);
  if (macro !== undefined) return macro;
  const [name, receiver, args] = node.args;
  const next = (child: CelNode): Compiled => compileNode(child, scope, depth + 1);
  // `optional.of(x)`, `sets.contains(a, b)`: a function whose name has a dot, unless there is a variable of that name.
  if (receiver.op === 'id' && scope.find(receiver.args) === undefined) {
    return compileCall(`${receiver.args}.${name}`, undefined, args.map(next), node, scope);
  }
  return compileCall(name, next(receiver), args.map(next), node, scope);
}

function compileLiteral(value: CelLiteral): Compiled {
  const constant = (type: CelType): Compiled => ({ type, run: () => value });
  if (value === null) return constant(T.null);
  if (typeof value === 'string') return constant(T.string);
  if (typeof value === 'boolean') return constant(T.bool);
  if (typeof value === 'number') return constant(T.double);
  if (typeof value === 'bigint') return constant(T.int);
  return constant(value instanceof Uint8Array ? T.bytes : T.uint);
}

function compileName(name: string, node: CelNode, scope: Scope): Compiled {
  const variable = scope.find(name);
  if (variable !== undefined) {
    scope.state.used.add(name);
    const { slot } = variable;
    if (variable.isFallible) return { type: variable.type, run: (frame) => valueOrThrow(frame.slots[slot]) };
    return { type: variable.type, run: (frame) => frame.slots[slot] };
  }
  if (TYPE_NAMES.has(name)) {
    const value = new CelTypeValue(name);
    return { type: T.type, run: () => value };
  }
  return fail(scope, node, `undeclared reference to '${name}' (in container '')`);
}

function valueOrThrow(value: unknown): unknown {
  if (value instanceof CelError) throw value;
  return value;
}

/** The type of a member; refuses the expression when there is no such member. */
function memberType(type: CelType, name: string, node: CelNode, scope: Scope): CelType {
  if (type.kind === 'dyn') return T.dyn;
  if (type.kind === 'map') return type.value;
  if (type.kind === 'object') return type.fields().get(name)?.type ?? fail(scope, node, `undefined field '${name}'`);
  if (type.kind === 'optional') return optionalOf(memberType(type.of, name, node, scope));
  return fail(scope, node, `type '${typeName(type)}' does not support field selection`);
}

function compileSelect(target: Compiled, name: string, node: CelNode, scope: Scope): Compiled {
  if (target.type.kind === 'optional') return compileOptionalSelect(target, name, node, scope);
  const type = memberType(target.type, name, node, scope);
  return {
    type,
    run(frame) {
      frame.charge(1);
      return selectMember(target.run(frame), name);
    },
  };
}

/** The member of a value; throws when there is none. */
function selectMember(value: unknown, name: unknown): unknown {
  if (value instanceof CelOptional) return optionalMember(value, name);
  if (!isMapping(value)) throw value === null ? new CelError(`no such key: ${String(name)}`) : noSuchOverload();
  const member = value.get(name);
  if (member === undefined) throw new CelError(`no such key: ${String(name)}`);
  return member;
}

function compileOptionalSelect(target: Compiled, name: string, node: CelNode, scope: Scope): Compiled {
  const inner = target.type.kind === 'optional' ? target.type.of : target.type;
  const type = optionalOf(memberType(inner, name, node, scope));
  return {
    type,
    run(frame) {
      frame.charge(1);
      return optionalMember(target.run(frame), name);
    },
  };
}

function optionalMember(value: unknown, key: unknown): CelOptional {
  if (value instanceof CelOptional) return value.hasValue ? optionalMember(value.value, key) : CelOptional.none;
  const member = isMapping(value) ? value.get(key) : Array.isArray(value) ? itemAt(value, key) : undefined;
  if (member === undefined) return CelOptional.none;
  return member instanceof CelOptional ? member : CelOptional.of(member);
}

function indexType(target: CelType, index: Compiled, node: CelNode, scope: Scope): CelType {
  const key = index.type;
  if (target.kind === 'dyn') return T.dyn;
  if (target.kind === 'list' && INDEXES.has(key.kind)) return target.item;
  if (target.kind === 'map' && isCompatible(key, target.key)) return target.value;
  if (target.kind === 'optional') return optionalOf(indexType(target.of, index, node, scope));
  return failOverload(scope, node, '_[_]', [target, key]);
}

function compileIndex(target: Compiled, index: Compiled, node: CelNode, scope: Scope): Compiled {
  const type = indexType(target.type, index, node, scope);
  return {
    type,
    run(frame) {
      frame.charge(1);
      const value = target.run(frame);
      const key = index.run(frame);
      if (!Array.isArray(value)) return selectMember(value, key);
      const item = itemAt(value, key);
      if (item === undefined) throw new CelError(`index out of bounds: ${String(key)}`);
      return item;
    },
  };
}

function compileOptionalIndex(target: Compiled, index: Compiled, node: CelNode, scope: Scope): Compiled {
  const inner = target.type.kind === 'optional' ? target.type.of : target.type;
  const type = optionalOf(indexType(inner, index, node, scope));
  return {
    type,
    run(frame) {
      frame.charge(1);
      return optionalMember(target.run(frame), index.run(frame));
    },
  };
}

function itemAt(list: readonly unknown[], key: unknown): unknown {
  const index = key instanceof CelUint ? Number(key.value) : typeof key === 'bigint' ? Number(key) : key;
  if (typeof index !== 'number' || !Number.isInteger(index)) throw noSuchOverload();
  return list[index];
}

/** An item of a list or the value of an entry; an optional one may hold nothing and is left out then. */
interface Part extends Compiled {
  readonly isOptional: boolean;
}

function optionalPart(value: Compiled, isOptional: boolean, node: CelNode, scope: Scope): Part {
  if (!isOptional) return { ...value, isOptional };
  const { type, run } = value;
  if (type.kind === 'optional') return { type: type.of, run, isOptional };
  if (type.kind === 'dyn') return { type, run, isOptional };
  return fail(scope, node, `expected type 'optional_type' but found '${typeName(type)}'`);
}

/** The value of a part, or undefined when there is none. */
function partValue({ run, isOptional }: Part, frame: Frame): unknown {
  const value = run(frame);
  if (!isOptional) return value;
  if (!(value instanceof CelOptional)) throw noSuchOverload();
  return value.hasValue ? value.value : undefined;
}

function compileList(items: readonly Part[]): Compiled {
  const type = items.length === 0 ? T.dyn : items.map((item) => item.type).reduce(joinTypes);
  return {
    type: listOf(type),
    run(frame) {
      frame.charge(items.length);
      return items.map((item) => partValue(item, frame)).filter((value) => value !== undefined);
    },
  };
}

function compileMap(entries: readonly (Part & { readonly key: Compiled })[]): Compiled {
  const isEmpty = entries.length === 0;
  const key = isEmpty ? T.dyn : entries.map((entry) => entry.key.type).reduce(joinTypes);
  const value = isEmpty ? T.dyn : entries.map((entry) => entry.type).reduce(joinTypes);
  return {
    type: mapOf(key, value),
    run(frame) {
      frame.charge(entries.length);
      const map = new CelMap();
      for (const entry of entries) {
        const name = entry.key.run(frame);
        const held = partValue(entry, frame);
        if (held !== undefined) map.set(name, held);
      }
      return map;
    },
  };
}

function compileChoice(parts: readonly Compiled[], node: CelNode, scope: Scope): Compiled {
  const [condition, yes, no] = parts as [Compiled, Compiled, Compiled];
  if (!isBool(condition.type) || !isCompatible(yes.type, no.type)) {
    failOverload(
      scope,
      node,
      '_?_:_',
      parts.map((part) => part.type),
    );
  }
  return {
    type: joinTypes(yes.type, no.type),
    run: (frame) => (asBool(condition.run(frame)) ? yes.run(frame) : no.run(frame)),
  };
}

/** An error on one side does not matter when the other side decides. */
function compileLogical(decides: boolean, left: Compiled, right: Compiled, node: CelNode, scope: Scope): Compiled {
  if (!isBool(left.type) || !isBool(right.type)) {
    failOverload(scope, node, decides ? '_||_' : '_&&_', [left.type, right.type]);
  }
  return {
    type: T.bool,
    run(frame) {
      const first = attempt(left.run, frame);
      if (first === decides) return decides;
      const second = asBool(right.run(frame));
      if (second === decides) return decides;
      if (first instanceof CelError) throw first;
      return !decides;
    },
  };
}

function compileNot(operand: Compiled, node: CelNode, scope: Scope): Compiled {
  if (!isBool(operand.type)) failOverload(scope, node, '!_', [operand.type]);
  return { type: T.bool, run: (frame) => !asBool(operand.run(frame)) };
}

function compileNegation({ type, run }: Compiled, node: CelNode, scope: Scope): Compiled {
  if (type.kind !== 'int' && type.kind !== 'double' && type.kind !== 'dyn') failOverload(scope, node, '-_', [type]);
  return { type, run: (frame) => negated(run(frame)) };
}

function negated(value: unknown): unknown {
  if (typeof value === 'bigint') return asInt(-value);
  if (typeof value === 'number') return -value;
  throw noSuchOverload();
}

function compileBinary(sign: string, left: Compiled, right: Compiled, node: CelNode, scope: Scope): Compiled {
  const operator = BINARY_OPERATORS[sign];
  if (operator === undefined) fail(scope, node, `operator ${sign} is not supported`);
  const type = operator.typeOf(left.type, right.type);
  if (type === undefined) failOverload(scope, node, sign === 'in' ? '@in' : `_${sign}_`, [left.type, right.type]);
  return {
    type,
    run(frame) {
      const a = left.run(frame);
      const b = right.run(frame);
      frame.charge(1);
      return operator.run(a, b, frame);
    },
  };
}

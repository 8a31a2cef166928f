/** Finds the function that a call means: by static types where these are known, by the values otherwise. */
import { costOf, fail, failOverload } from '../compiled.ts';
import { noSuchOverload } from '../errors.ts';
import type { Frame } from '../frame.ts';
import type { Compiled, Scope } from '../scope.ts';
import type { CelNode } from '../syntax/tree.ts';
import { type CelType, joinTypes } from '../types.ts';
import { kindOf } from '../values.ts';
import { celFunctions } from './all.ts';
import type { Overload, ParamKind } from './define.ts';

const byName = new Map<string, Overload[]>();

function overloadsOf(name: string, isMethod: boolean): readonly Overload[] {
  if (byName.size === 0) {
    for (const { name: known, isMethod: asMethod, overloads } of celFunctions) {
      const key = `${asMethod ? '.' : ''}${known}`;
      byName.set(key, [...(byName.get(key) ?? []), ...overloads]);
    }
  }
  return byName.get(`${isMethod ? '.' : ''}${name}`) ?? [];
}

/** The overloads that a call with arguments of these types may mean; a method has a receiver. */
export function overloadsFor(name: string, args: readonly CelType[], receiver: CelType | undefined): Overload[] {
  const types = receiver === undefined ? args : [receiver, ...args];
  return overloadsOf(name, receiver !== undefined).filter(
    (o) =>
      o.params.length === types.length &&
      o.params.every((p, i) => mayTake(p, types[i]!)) &&
      o.accepts?.(types) !== false,
  );
}

/** The overload as a text: `startsWith(string,string)`, the receiver first. */
export function signatureOf(name: string, overload: Overload): string {
  return `${name}(${overload.params.join(',')})`;
}

/** Compiles a call; a method has a receiver. */
export function compileCall(
  name: string,
  receiver: Compiled | undefined,
  args: readonly Compiled[],
  node: CelNode,
  scope: Scope,
): Compiled {
  const all = receiver === undefined ? [...args] : [receiver, ...args];
  if (overloadsOf(name, receiver !== undefined).length === 0) {
    fail(scope, node, `undeclared reference to '${name}' (in container '')`);
  }
  const types = all.map((arg) => arg.type);
  const given = args.map((arg) => arg.type);
  const candidates = overloadsFor(name, given, receiver?.type);
  if (candidates.length === 0) failOverload(scope, node, name, given, receiver?.type);
  const runs = all.map((arg) => arg.run);
  const type = candidates.map((o) => resultOf(o, types)).reduce(joinTypes);
  const only =
    candidates.length === 1 && types.every((t, i) => candidates[0]!.params[i] === 'any' || isSettled(t))
      ? candidates[0]
      : undefined;
  return {
    type,
    run(frame) {
      const values = runs.map((run) => run(frame));
      let cost = 1;
      for (const value of values) cost += costOf(value);
      frame.charge(cost);
      const overload = only ?? candidates.find((o) => o.params.every((p, i) => takes(p, values[i])));
      if (overload === undefined) throw noSuchOverload();
      return call(overload, values, frame);
    },
  };
}

function call(overload: Overload, values: readonly unknown[], frame: Frame): unknown {
  return overload.run(values as readonly never[], frame);
}

function resultOf(overload: Overload, types: readonly CelType[]): CelType {
  return typeof overload.result === 'function' ? overload.result(types) : overload.result;
}

/** A type that says all about its values, so that nothing is left to find out at run time. */
function isSettled(type: CelType): boolean {
  if (type.kind === 'list') return isSettled(type.item);
  return type.kind !== 'dyn' && type.kind !== 'null';
}

function mayTake(param: ParamKind, type: CelType): boolean {
  if (param === 'any' || type.kind === 'dyn') return true;
  if (param === 'list:string' || param === 'list:int') {
    return type.kind === 'list' && (type.item.kind === 'dyn' || `list:${type.item.kind}` === param);
  }
  return param === type.kind || (param === 'map' && type.kind === 'object');
}

function takes(param: ParamKind, value: unknown): boolean {
  if (param === 'any') return true;
  if (param === 'list:string' || param === 'list:int') {
    const wanted = param === 'list:string' ? 'string' : 'bigint';
    return Array.isArray(value) && value.every((item) => typeof item === wanted);
  }
  const kind = kindOf(value);
  return param === kind || (param === 'map' && kind === 'object');
}

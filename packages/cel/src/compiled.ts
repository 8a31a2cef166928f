/** What the parts of the compiler share. */
import { CelError, CelLimitError, locatedError, noSuchOverload } from './errors.ts';
import type { Frame, Run } from './frame.ts';
import { sizeOf } from './operators.ts';
import type { Scope } from './scope.ts';
import type { CelNode } from './syntax/tree.ts';
import { type CelType, typeName } from './types.ts';

/** Refuses the expression at the place of a node. */
export function fail(scope: Scope, node: CelNode, message: string): never {
  throw locatedError(message, scope.state.source, node.pos);
}

/** Says that an operator or function does not take these types. */
export function failOverload(
  scope: Scope,
  node: CelNode,
  name: string,
  types: readonly CelType[],
  receiver?: CelType,
): never {
  const shown = types.map(typeName).join(', ');
  const applied = receiver === undefined ? `(${shown})` : `${typeName(receiver)}.(${shown})`;
  fail(scope, node, `found no matching overload for '${name}' applied to '${applied}'`);
}

/** The truth value, or the error in place of it; running out of budget is never put off. */
export function attempt(run: Run, frame: Frame): boolean | CelError {
  try {
    return asBool(run(frame));
  } catch (error) {
    if (error instanceof CelError && !(error instanceof CelLimitError)) return error;
    throw error;
  }
}

/** Whether values of the type may be true or false. */
export function isBool(type: CelType): boolean {
  return type.kind === 'bool' || type.kind === 'dyn';
}

/** The truth value; throws for any other value. */
export function asBool(value: unknown): boolean {
  if (typeof value !== 'boolean') throw noSuchOverload();
  return value;
}

/** What it costs to look at a value: texts are read faster than lists. */
export function costOf(value: unknown): number {
  return Array.isArray(value) ? value.length : sizeOf(value) / 10;
}

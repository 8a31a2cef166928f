/** Loops that come already expanded, from who parsed the expression elsewhere. */
import { asBool, attempt } from './compiled.ts';
import { CelError, CelLimitError, noSuchOverload } from './errors.ts';
import type { Frame, Run } from './frame.ts';
import type { Compiled, Scope } from './scope.ts';
import type { CelFold } from './syntax/tree.ts';
import { T } from './types.ts';
import { isMapping } from './values.ts';

/** Compiles a loop. An error of a step is kept in the accumulator: a later step may not need it, as `false && error` does not. */
export function compileFold(fold: CelFold, scope: Scope, depth: number): Compiled {
  const { compile } = scope.state;
  const range = compile(fold.range, scope, depth + 1);
  const start = compile(fold.start, scope, depth + 1);
  const outer = scope.with(fold.accumulator, T.dyn, true);
  const inner = outer.scope.with(fold.element, T.dyn);
  const condition = compile(fold.condition, inner.scope, depth + 1);
  const step = compile(fold.step, inner.scope, depth + 1);
  const result = compile(fold.result, outer.scope, depth + 1);
  return {
    type: result.type,
    run(frame) {
      const elements = elementsOf(range.run(frame));
      frame.slots[outer.slot] = start.run(frame);
      for (const element of elements) {
        frame.charge(1);
        frame.slots[inner.slot] = element;
        if (!goesOn(condition.run, fold.isLenient, frame)) break;
        frame.slots[outer.slot] = valueOrError(step.run, frame);
      }
      return result.run(frame);
    },
  };
}

function elementsOf(range: unknown): readonly unknown[] {
  if (Array.isArray(range)) return range;
  if (isMapping(range)) return range.keys();
  throw noSuchOverload();
}

function goesOn(condition: Run, isLenient: boolean, frame: Frame): boolean {
  return isLenient ? attempt(condition, frame) !== false : asBool(condition(frame));
}

function valueOrError(run: Run, frame: Frame): unknown {
  try {
    return run(frame);
  } catch (error) {
    if (error instanceof CelError && !(error instanceof CelLimitError)) return error;
    throw error;
  }
}

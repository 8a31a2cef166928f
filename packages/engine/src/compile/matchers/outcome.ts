import type { Compiled } from '../../match/compile-error.ts';
import type { CompileContext } from '../context.ts';

/** The value of a compilation, or undefined with its problems reported. */
export function valueOrReport<T>(compiled: Compiled<T>, context: CompileContext): T | undefined {
  if (compiled.kind === 'ok') return compiled.value;
  context.problems.addAll(compiled.error);
  return undefined;
}

/** Reports a required field, or oneof, that is not set. */
export function isMissing(path: string, what: string, context: CompileContext): undefined {
  context.problems.add(path, `${what} is required`);
  return undefined;
}

/** Most lists of most messages are empty: they share one. */
const NONE: readonly never[] = Object.freeze([]);

/** Compiles every element of a list; undefined when one of them has a problem, after all were looked at. */
export function compileList<T, U>(
  messages: readonly T[],
  path: string,
  compile: (message: T, path: string) => U | undefined,
): readonly U[] | undefined {
  if (messages.length === 0) return NONE;
  const out: U[] = [];
  messages.forEach((message, i) => {
    const compiled = compile(message, `${path}[${i}]`);
    if (compiled !== undefined) out.push(compiled);
  });
  return out.length === messages.length ? out : undefined;
}

/**
 * The RE2 engine: it matches in linear time, so an expression that a user brings cannot hang the process. It is loaded when
 * the first expression is met, so that programs which never see one do not pay for it.
 */
import { TextCache } from '@weft/core';
import type { RE2JS } from 're2js';

type Re2Class = typeof RE2JS;

const MAX_CACHED = 1024;
const compiled = new TextCache<RE2JS>(MAX_CACHED);
let engine: Re2Class | undefined;

/** Gives the engine to use where modules cannot be loaded synchronously (browsers). */
export function provideRe2(given: Re2Class): void {
  engine = given;
}

/** Compiles an expression once; throws when it is not valid RE2. */
export function compileRe2(pattern: string): RE2JS {
  return compiled.get(pattern, () => re2Engine().compile(pattern));
}

/** What is wrong with an expression, or undefined. */
export function re2Problem(pattern: string): string | undefined {
  try {
    compileRe2(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A synchronous load by way of the process, as a static import would cost every start 10 ms and evaluation cannot wait. */
function re2Engine(): Re2Class {
  if (engine !== undefined) return engine;
  const module = globalThis.process?.getBuiltinModule?.('module');
  if (module === undefined) throw new Error('no RE2 engine: call provideRe2(RE2JS) before the first expression');
  engine = (module.createRequire(import.meta.url)('re2js') as { RE2JS: Re2Class }).RE2JS;
  return engine;
}

/**
 * Regular expressions in configuration are RE2's, which cannot be made to run for ever. The engine that judges them is
 * loaded when the first expression is met, so that programs which never see one do not pay for it.
 */
import type { RE2JS } from 're2js';

/** The part of the RE2 engine that is used. */
export interface Re2Engine {
  compile(pattern: string): unknown;
}

/** Longest expression; the proxy bounds the compiled program, which is never shorter than its text. */
export const MAX_REGEX_LENGTH = 1024;

const MAX_CACHED = 4096;
/** Expression -> what is wrong with it (`''`: nothing). Written by `regexProblem` only; emptied when full. */
const verdicts = new Map<string, string>();
let engine: Re2Engine | undefined;

/** Gives the engine to use where modules cannot be loaded synchronously (browsers). */
export function provideRe2(given: typeof RE2JS): void {
  engine = given;
}

/** What is wrong with a regular expression, or undefined. */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_REGEX_LENGTH) return `regex is too large, max length allowed is ${MAX_REGEX_LENGTH}`;
  const known = verdicts.get(pattern);
  if (known !== undefined) return known === '' ? undefined : known;
  const problem = compileProblem(pattern);
  if (verdicts.size >= MAX_CACHED) verdicts.clear();
  verdicts.set(pattern, problem ?? '');
  return problem;
}

function compileProblem(pattern: string): string | undefined {
  engine ??= loadEngine();
  try {
    engine.compile(pattern);
    return undefined;
  } catch (error) {
    return `${messageOf(error)} (only RE2 syntax is supported: no lookaround, no backreferences)`;
  }
}

/** A synchronous load by way of the process, as a static import would cost every start 10 ms and validation cannot wait. */
function loadEngine(): Re2Engine {
  const module = globalThis.process?.getBuiltinModule?.('module');
  if (module === undefined) throw new Error('no RE2 engine: call provideRe2(RE2JS) before validating');
  const loaded = module.createRequire(import.meta.url)('re2js') as { RE2JS: Re2Engine };
  return loaded.RE2JS;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Regular expressions of schemas, in RE2 syntax as in Kubernetes. RE2 matches in linear time, so a pattern that a user
 * brings in a CustomResourceDefinition cannot hang the server.
 */
import { RE2JS } from 're2js';
import { TextCache } from './text-cache.ts';

/** A compiled pattern. */
export interface Pattern {
  /** True when some part of `text` matches. */
  test(text: string): boolean;
}

const MAX_CACHED = 1024;
const cache = new TextCache<RE2JS>(MAX_CACHED);

/** Compiles a pattern once; throws when it is not valid RE2. */
export function compilePattern(pattern: string): RE2JS {
  return cache.get(pattern, () => RE2JS.compile(pattern));
}

/** What is wrong with a pattern, or undefined. */
export function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

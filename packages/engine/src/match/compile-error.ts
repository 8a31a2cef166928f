import { err, type Result } from '@weft/core';

/** One thing that is wrong with a piece of configuration, and where it is. */
export interface CompileError {
  /** Where in the resource, as the reader would write it: `match.headers[0].name`. */
  readonly path: string;
  readonly reason: string;
}

/** The compiled form, or everything that is wrong. */
export type Compiled<T> = Result<T, readonly CompileError[]>;

/** A compilation that failed for one reason. */
export function fail(path: string, reason: string): Compiled<never> {
  return err([{ path, reason }]);
}

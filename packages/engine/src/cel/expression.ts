import { CelCompileError, CelError, type CelProgram, compileCel } from '@weft/cel';
import { err, ok, type Result } from '@weft/core';
import type { MatchView } from '../view/match-view.ts';
import { CEL_ATTRIBUTES, celValues } from './attributes.ts';

/** Compiles an expression over attributes from its text, or says what is wrong with it. */
export function compileExpression(expression: string): Result<CelProgram, string> {
  try {
    return ok(compileCel(expression, { variables: CEL_ATTRIBUTES }));
  } catch (error: unknown) {
    if (error instanceof CelCompileError) return err(error.summary);
    throw error;
  }
}

/** What an expression says; undefined where it has no value, as when it asks for a header that is not there. */
export function expressionValue(program: CelProgram, view: MatchView): unknown {
  try {
    return program.evaluate(celValues(program.uses, view));
  } catch (error: unknown) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

/** Text to syntax tree. */
import { CelCompileError } from './errors.ts';
import { Parser } from './syntax/parser.ts';
import type { CelNode } from './syntax/tree.ts';

/** Kubernetes' own limit on expressions is of the same order. */
const MAX_EXPRESSION_LENGTH = 16_384;

/** The syntax tree of an expression; throws a `CelCompileError` that shows where the syntax is wrong. */
export function parseCel(expression: string): CelNode {
  if (expression.trim() === '') throw new CelCompileError('the expression is empty');
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new CelCompileError(`the expression is longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  return new Parser(expression).parse();
}

/** What is wrong with the syntax of an expression, or undefined. Names are not looked at. */
export function celSyntaxProblem(expression: string): string | undefined {
  try {
    parseCel(expression);
    return undefined;
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return error.summary;
  }
}

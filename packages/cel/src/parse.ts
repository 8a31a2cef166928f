/** Text to syntax tree. The parser is the library's; types and evaluation are ours (`compile.ts`). */
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { CelCompileError, locatedError } from './errors.ts';

/** One node of a syntax tree. */
export type CelNode = ASTNode;

/** Kubernetes' own limit on expressions is of the same order. */
const MAX_EXPRESSION_LENGTH = 16_384;

const parser = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 5_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 32 },
});

/** What is wrong with the syntax of an expression, or undefined. Names are not looked at. */
export function celSyntaxProblem(expression: string): string | undefined {
  try {
    parser.parse(expression);
    return undefined;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return error.summary;
  }
}

/** The syntax tree of an expression; throws a `CelCompileError` that shows where the syntax is wrong. */
export function parseCel(expression: string): CelNode {
  if (expression.trim() === '') throw new CelCompileError('the expression is empty');
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new CelCompileError(`the expression is longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  try {
    return parser.parse(expression).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw locatedError(`Syntax error: ${error.summary}`, expression, error.range?.start ?? 0);
  }
}

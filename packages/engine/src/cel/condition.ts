import { CelCompileError, type CelNode, type CelProgram, compileCelTree } from '@weft/cel';
import type { Expr } from '@weft/proto/google/api/expr/v1alpha1/syntax';
import type { CompileContext } from '../compile/context.ts';
import type { MatchView } from '../view/match-view.ts';
import { CEL_ATTRIBUTES, isKnownAttribute } from './attributes.ts';
import { ExprProblem, exprTree } from './expr-tree.ts';
import { expressionValue } from './expression.ts';

/** A compiled expression that is true or false. */
export interface CelCondition {
  /** False also where the expression has no value, as when it asks for a header that is not there. */
  holds(view: MatchView): boolean;
  describe(): string;
}

/** Compiles a condition that was parsed elsewhere; undefined when there was a problem. */
export function compileCelCondition(expr: Expr, path: string, context: CompileContext): CelCondition | undefined {
  try {
    const tree = exprTree(expr);
    const unknown = unknownAttribute(tree);
    if (unknown !== undefined) {
      context.problems.add(path, `there is no attribute ${unknown}`);
      return undefined;
    }
    return createCondition(compileCelTree(tree, { variables: CEL_ATTRIBUTES, result: 'bool' }));
  } catch (error: unknown) {
    if (error instanceof CelCompileError) context.problems.add(path, error.summary);
    else if (error instanceof ExprProblem) context.problems.add(path, error.message);
    else throw error;
    return undefined;
  }
}

function createCondition(program: CelProgram): CelCondition {
  const names = [...program.uses].join(', ');
  return {
    holds: (view) => expressionValue(program, view) === true,
    describe: () => `expression over ${names === '' ? 'nothing' : names}`,
  };
}

/** An attribute that is not there never will be: better told now than found out by requests that are denied. */
function unknownAttribute(node: CelNode): string | undefined {
  if (node.op === '.' && node.args[0].op === 'id') {
    const [{ args: root }, name] = node.args;
    if (Object.hasOwn(CEL_ATTRIBUTES, root) && !isKnownAttribute(root, name)) return `${root}.${name}`;
  }
  for (const child of childrenOf(node)) {
    const found = unknownAttribute(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The nodes within a node, at whatever place. */
function childrenOf(node: CelNode): readonly CelNode[] {
  const found: CelNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('op' in value) found.push(value as CelNode);
      else if (!(value instanceof Uint8Array)) Object.values(value).forEach(visit);
    }
  };
  visit(node.args);
  return found;
}

/** The messages of expressions, which are parsed already, as the trees of the CEL package. */
import { type CelLiteral, type CelNode, CelUint } from '@weft/cel';
import type {
  Constant,
  Expr,
  Expr_Call,
  Expr_Comprehension,
  Expr_CreateStruct,
  Expr_Select,
} from '@weft/proto/google/api/expr/v1alpha1/syntax';

/** What cannot be said in a tree; caught where expressions are compiled. */
export class ExprProblem extends Error {}

/** Deeper trees would need too much stack; messages are decoded to a smaller depth than this anyway. */
const MAX_DEPTH = 250;

/** The tree of an expression; throws an `ExprProblem` where it has no meaning. */
export function exprTree(expr: Expr | undefined, depth = 0): CelNode {
  if (expr === undefined) throw new ExprProblem('a part of the expression is missing');
  if (depth > MAX_DEPTH) throw new ExprProblem(`the expression is nested deeper than ${MAX_DEPTH} levels`);
  const next = (child: Expr | undefined): CelNode => exprTree(child, depth + 1);
  const { exprKind } = expr;
  switch (exprKind.case) {
    case undefined:
      throw new ExprProblem('a part of the expression is empty');
    case 'constExpr':
      return node('value', literalOf(exprKind.value));
    case 'identExpr':
      return node('id', exprKind.value.name);
    case 'selectExpr':
      return selectTree(exprKind.value, next);
    case 'callExpr':
      return callTree(exprKind.value, next);
    case 'listExpr':
      return node(
        'list',
        exprKind.value.elements.map((element) => ({ value: next(element), isOptional: false })),
      );
    case 'structExpr':
      return structTree(exprKind.value, next);
    case 'comprehensionExpr':
      return foldTree(exprKind.value, next);
  }
}

type Next = (child: Expr | undefined) => CelNode;

function node<K extends CelNode['op']>(op: K, args: Extract<CelNode, { op: K }>['args']): CelNode {
  return { op, args, pos: 0 } as CelNode;
}

function literalOf({ constantKind }: Constant): CelLiteral {
  switch (constantKind.case) {
    case undefined:
      throw new ExprProblem('a constant has no value');
    case 'nullValue':
      return null;
    case 'boolValue':
    case 'int64Value':
    case 'doubleValue':
    case 'stringValue':
    case 'bytesValue':
      return constantKind.value;
    case 'uint64Value':
      return new CelUint(constantKind.value);
    case 'durationValue':
    case 'timestampValue':
      throw new ExprProblem(`constants of type ${constantKind.case} are deprecated: call duration() or timestamp()`);
  }
}

function selectTree({ operand, field, testOnly }: Expr_Select, next: Next): CelNode {
  const select = node('.', [next(operand), field]);
  return testOnly ? node('call', ['has', [select]]) : select;
}

/** The names that operators have as functions. */
const OPERATORS: ReadonlyMap<string, CelNode['op']> = new Map<string, CelNode['op']>([
  ...['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '||', '&&'].map((sign): [string, CelNode['op']] => [
    `_${sign}_`,
    sign as CelNode['op'],
  ]),
  ['@in', 'in'],
  ['_in_', 'in'],
  ['in', 'in'],
  ['_?_:_', '?:'],
  ['_[_]', '[]'],
  ['_[?_]', '[?]'],
  ['!_', '!_'],
  ['-_', '-_'],
]);
const OPERAND_COUNTS: Readonly<Record<string, number>> = { '?:': 3, '!_': 1, '-_': 1 };

function callTree({ function: name, target, args }: Expr_Call, next: Next): CelNode {
  const operator = target === undefined ? OPERATORS.get(name) : undefined;
  if (operator !== undefined) return operatorTree(operator, name, args.map(next));
  if (name === '_?._') return optionalSelectTree(args, next);
  const given = args.map(next);
  return target === undefined ? node('call', [name, given]) : node('rcall', [name, next(target), given]);
}

function operatorTree(op: CelNode['op'], name: string, operands: readonly CelNode[]): CelNode {
  const count = OPERAND_COUNTS[op] ?? 2;
  if (operands.length !== count) throw new ExprProblem(`${name} takes ${count} operands, not ${operands.length}`);
  return { op, args: count === 1 ? operands[0] : operands, pos: 0 } as CelNode;
}

function optionalSelectTree([operand, field]: readonly Expr[], next: Next): CelNode {
  const kind = field?.exprKind;
  const name = kind?.case === 'constExpr' ? kind.value.constantKind : undefined;
  if (name?.case !== 'stringValue') throw new ExprProblem('_?._ takes the name of a field');
  return node('.?', [next(operand), name.value]);
}

function structTree({ messageName, entries }: Expr_CreateStruct, next: Next): CelNode {
  if (messageName !== '') throw new ExprProblem(`messages such as ${messageName} cannot be made: use a map`);
  return node(
    'map',
    entries.map(({ keyKind, value }) => {
      if (keyKind.case !== 'mapKey') throw new ExprProblem('an entry of a map has no key');
      return { key: next(keyKind.value), value: next(value), isOptional: false };
    }),
  );
}

/** What parsers put around conditions whose errors do not end a loop. */
const LENIENT: ReadonlySet<string> = new Set(['@not_strictly_false', '__not_strictly_false__']);

function foldTree(fold: Expr_Comprehension, next: Next): CelNode {
  const kind = fold.loopCondition?.exprKind;
  const isLenient = kind?.case === 'callExpr' && LENIENT.has(kind.value.function);
  return node('fold', {
    range: next(fold.iterRange),
    element: fold.iterVar,
    accumulator: fold.accuVar,
    start: next(fold.accuInit),
    condition: next(isLenient ? kind.value.args[0] : fold.loopCondition),
    isLenient,
    step: next(fold.loopStep),
    result: next(fold.result),
  });
}

/** Compiles and evaluates CEL expressions as Kubernetes does. */
import { TextCache } from '@weft/core';
import { compileNode } from './compile.ts';
import { CelCompileError, CelError } from './errors.ts';
import { Frame, type Run, type WorkBudget } from './frame.ts';
import { parseCel } from './parse.ts';
import { type Compiled, type CompileState, Scope, type Variable } from './scope.ts';
import type { CelNode } from './syntax/tree.ts';
import { type CelType, T, typeName } from './types.ts';
import { mixedLiteralError } from './uniform.ts';
import { toCel } from './values.ts';

/** The variables that expressions may name, with their types. */
export type CelVariables = Readonly<Record<string, CelType>>;

/** What an expression is compiled for. */
export interface CelOptions {
  readonly variables: CelVariables;
  /** The type that the expression must have. */
  readonly result?: 'bool' | 'string';
  /** As Kubernetes judges rules: written lists and maps have items of one type, and the type of the result is known. */
  readonly isStrict?: boolean;
}

/** A compiled expression. */
export interface CelProgram {
  readonly expression: string;
  readonly type: CelType;
  /** Names of the variables that the expression uses. */
  readonly uses: ReadonlySet<string>;
  /**
   * The value for these variables, given as JSON. Throws a `CelError` where there is none. The cost is taken from `work`,
   * and limited in any case.
   */
  evaluate(values: Readonly<Record<string, unknown>>, work?: WorkBudget): unknown;
}

const MAX_CACHED = 256;

/** Compiled programs by their variables: one object of variables stands for one environment. */
const caches = new WeakMap<CelVariables, TextCache<CelProgram>>();

/** Compiles an expression; throws a `CelCompileError` that says what is wrong and shows where. */
export function compileCel(expression: string, options: CelOptions): CelProgram {
  let cache = caches.get(options.variables);
  if (cache === undefined) {
    cache = new TextCache(MAX_CACHED);
    caches.set(options.variables, cache);
  }
  const key = `${options.result ?? ''}:${options.isStrict === true}:${expression}`;
  return cache.get(key, () => compile(expression, options));
}

/** Compiles a tree that was made elsewhere; throws a `CelCompileError`, whose `summary` says what is wrong. */
export function compileCelTree(tree: CelNode, options: CelOptions): CelProgram {
  return compileParsed(tree, '', options);
}

function compile(expression: string, options: CelOptions): CelProgram {
  return compileParsed(parseCel(expression), expression, options);
}

function compileParsed(tree: CelNode, expression: string, options: CelOptions): CelProgram {
  const isStrict = options.isStrict === true;
  const types = isStrict ? new Map<CelNode, CelType>() : undefined;
  const { type, run, used, slots, variables } = compileTree(tree, expression, options.variables, types);
  const mixed = types === undefined ? undefined : mixedLiteralError(tree, types, expression);
  if (mixed !== undefined) throw mixed;
  const isOpen = type.kind === 'dyn' && !isStrict;
  if (options.result !== undefined && type.kind !== options.result && !isOpen) {
    throw new CelCompileError(`must evaluate to a ${options.result}, but is of type ${typeName(type)}`);
  }
  const inputs = variables.filter((variable) => used.has(variable.name));
  const { result } = options;
  return {
    expression,
    type,
    uses: used,
    evaluate: (values, work) => evaluate(run, inputs, slots, values, work, result),
  };
}

/** The syntax tree of a valid expression with the types of its nodes. */
export function checkTypes(
  expression: string,
  variables: CelVariables,
): { readonly tree: CelNode; readonly types: ReadonlyMap<CelNode, CelType> } {
  const types = new Map<CelNode, CelType>();
  const tree = parseCel(expression);
  compileTree(tree, expression, variables, types);
  return { tree, types };
}

interface CompiledTree extends Compiled {
  readonly used: ReadonlySet<string>;
  readonly slots: number;
  readonly variables: readonly Variable[];
}

/** Compiles the tree of an expression, and notes the types of its nodes in `types`. */
function compileTree(
  tree: CelNode,
  expression: string,
  given: CelVariables,
  types?: Map<CelNode, CelType>,
): CompiledTree {
  const variables = Object.entries(given).map(([name, type], slot): Variable => ({ name, type, slot }));
  const used = new Set<string>();
  const state: CompileState = {
    source: expression,
    compile: compileNode,
    used,
    slots: variables.length,
    ...(types === undefined ? {} : { types }),
  };
  const { type, run } = compileNode(tree, new Scope(state, new Map(variables.map((known) => [known.name, known]))));
  return { type, run, used, slots: state.slots, variables };
}

function evaluate(
  run: Run,
  inputs: readonly Variable[],
  slots: number,
  values: Readonly<Record<string, unknown>>,
  work: WorkBudget | undefined,
  wanted: CelOptions['result'],
): unknown {
  const frame = new Frame(new Array<unknown>(slots), work);
  try {
    for (const { name, type, slot } of inputs) {
      if (!Object.hasOwn(values, name)) throw new CelError(`no such attribute: ${name}`);
      frame.slots[slot] = toCel(values[name], type);
    }
    const result = run(frame);
    const isWanted =
      wanted === undefined || (wanted === 'bool' ? typeof result === 'boolean' : typeof result === 'string');
    if (!isWanted) throw new CelError(`the expression must evaluate to a ${wanted}`);
    return result;
  } catch (error) {
    // A text too long for the engine is one more way to run out of resources.
    if (error instanceof RangeError) throw new CelError(`evaluation failed: ${error.message}`);
    throw error;
  } finally {
    if (work !== undefined) work.left -= frame.spent;
  }
}

/** Variables of any type, by their names. */
export function dynVariables(...names: readonly string[]): CelVariables {
  return Object.freeze(Object.fromEntries(names.map((name) => [name, T.dyn])));
}

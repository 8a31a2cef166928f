// Finds what a file imports, by any of the ways a module can be named.
import type { Token } from './tokenize.ts';

/** One reference to a module. */
export interface ImportRef {
  readonly specifier: string;
  readonly line: number;
  readonly kind: 'static' | 'dynamic' | 'builtin';
  /** Imported names of a static import or re-export, as the other module calls them. */
  readonly names: readonly string[];
}

/** All module references in a token list; type-only ones count like any other. */
export function findImports(tokens: readonly Token[]): ImportRef[] {
  const refs: ImportRef[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'ident' || isProperty(tokens, index)) continue;
    let ref: ImportRef | undefined;
    if (token.text === 'import') ref = importAt(tokens, index);
    else if (token.text === 'export') ref = reexportAt(tokens, index);
    else if (token.text === 'require') ref = callAt(tokens, index, 'dynamic');
    else if (token.text === 'process' && tokens[index + 2]?.text === 'getBuiltinModule')
      ref = callAt(tokens, index + 2, 'builtin');
    if (ref !== undefined) refs.push(ref);
  }
  return refs;
}

function isProperty(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  return before === '.' || before === '?.';
}

function importAt(tokens: readonly Token[], index: number): ImportRef | undefined {
  const next = tokens[index + 1];
  if (next === undefined || next.text === '.' || next.text === ':') return undefined;
  if (next.text === '(') return callAt(tokens, index, 'dynamic');
  if (next.kind === 'string') return { specifier: next.text, line: next.line, kind: 'static', names: [] };
  return fromClause(tokens, index + 1);
}

function reexportAt(tokens: readonly Token[], index: number): ImportRef | undefined {
  const first = tokens[index + 1]?.text === 'type' ? index + 2 : index + 1;
  const text = tokens[first]?.text;
  return text === '*' || text === '{' ? fromClause(tokens, first) : undefined;
}

/** Reads bindings up to `from '…'`; undefined if the statement turns out to have none. */
function fromClause(tokens: readonly Token[], start: number): ImportRef | undefined {
  const names: string[] = [];
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const { text, kind } = tokens[index]!;
    const next = tokens[index + 1];
    if (text === '{') depth++;
    else if (text === '}') {
      depth--;
      if (depth === 0 && next?.text !== 'from' && next?.text !== ',') return undefined;
    } else if (kind === 'ident') {
      if (depth === 0 && text === 'from' && next?.kind === 'string') {
        return { specifier: next.text, line: next.line, kind: 'static', names };
      }
      const isRenamed = tokens[index - 1]?.text === 'as';
      if (text !== 'type' && text !== 'as' && !isRenamed) names.push(text);
    } else if (text !== ',' && text !== '*' && kind !== 'string') return undefined;
  }
  return undefined;
}

function callAt(tokens: readonly Token[], index: number, kind: 'dynamic' | 'builtin'): ImportRef | undefined {
  const argument = tokens[index + 2];
  if (tokens[index + 1]?.text !== '(' || argument === undefined) return undefined;
  if (argument.kind !== 'string' && argument.kind !== 'template') return undefined;
  const isWhole = tokens[index + 3]?.text === ')' || tokens[index + 3]?.text === ',';
  return isWhole ? { specifier: argument.text, line: argument.line, kind, names: [] } : undefined;
}

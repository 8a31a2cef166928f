/** The variables that an expression may name, and what was learned while compiling it. */
import type { Run } from './frame.ts';
import type { CelNode } from './syntax/tree.ts';
import type { CelType } from './types.ts';

/** A compiled node: its type, and how to get its value. */
export interface Compiled {
  readonly type: CelType;
  readonly run: Run;
}

/** A variable: its type, and where its value is. */
export interface Variable {
  readonly name: string;
  readonly type: CelType;
  readonly slot: number;
  /** Whether the slot may hold an error, which comes up where the variable is read. */
  readonly isFallible?: boolean;
}

/** Shared by all scopes of one expression. */
export interface CompileState {
  readonly source: string;
  /** Compiles a part of the expression; macros need it for their arguments. */
  readonly compile: (node: CelNode, scope: Scope, depth: number) => Compiled;
  /** Names of the outer variables that the expression uses. Written by the compiler. */
  readonly used: Set<string>;
  /** Gathers the types of nodes for those who ask for them. Written by the compiler. */
  readonly types?: Map<CelNode, CelType>;
  /** How many slots an evaluation needs. Written by `Scope.with`. */
  slots: number;
}

/** Variables that can be seen at a place. */
export class Scope {
  readonly state: CompileState;
  private readonly variables: ReadonlyMap<string, Variable>;

  constructor(state: CompileState, variables: ReadonlyMap<string, Variable>) {
    this.state = state;
    this.variables = variables;
  }

  find(name: string): Variable | undefined {
    return this.variables.get(name);
  }

  /** The scope inside a macro that binds one more name. */
  with(name: string, type: CelType, isFallible = false): { scope: Scope; slot: number } {
    const slot = this.state.slots++;
    const variables = new Map(this.variables).set(name, { name, type, slot, isFallible });
    return { scope: new Scope(this.state, variables), slot };
  }
}

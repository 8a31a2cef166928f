/** Expressions with their macros expanded and their types known: what the estimator walks. */
import type { CelType } from '../types.ts';

/** One node. Its identity is the key of what the estimator learns about it. */
export type Checked =
  | CheckedLiteral
  | CheckedName
  | CheckedSelect
  | CheckedCall
  | CheckedList
  | CheckedMap
  | CheckedComprehension;

/** A constant. */
export interface CheckedLiteral {
  readonly kind: 'literal';
  readonly type: CelType;
  readonly value: unknown;
}

/** A variable, one that a macro bound, or a type. */
export interface CheckedName {
  readonly kind: 'name';
  readonly type: CelType;
  readonly name: string;
}

/** `operand.field`, or the question whether it is there. */
export interface CheckedSelect {
  readonly kind: 'select';
  readonly type: CelType;
  readonly operand: Checked;
  readonly field: string;
  readonly isTest: boolean;
}

/** A call of a function, method or operator. */
export interface CheckedCall {
  readonly kind: 'call';
  readonly type: CelType;
  readonly name: string;
  readonly target?: Checked;
  readonly args: readonly Checked[];
  /** What the call may turn out to be once values are known: `add_list`, `startsWith(string,string)`. */
  readonly overloads: readonly string[];
}

/** `[a, b]`. */
export interface CheckedList {
  readonly kind: 'list';
  readonly type: CelType;
  readonly items: readonly Checked[];
}

/** `{a: b}`. */
export interface CheckedMap {
  readonly kind: 'map';
  readonly type: CelType;
  readonly entries: readonly (readonly [Checked, Checked])[];
}

/** A loop over a range that folds its elements into an accumulator. */
export interface CheckedComprehension {
  readonly kind: 'comprehension';
  readonly type: CelType;
  readonly range: Checked;
  /** The names of the element; two where index or key and value are bound. */
  readonly names: readonly [string] | readonly [string, string];
  readonly accumulator: string;
  readonly start: Checked;
  readonly condition: Checked;
  readonly step: Checked;
  readonly result: Checked;
  /** A name is bound to a value and nothing is repeated: `cel.bind`, `optMap`. */
  readonly isBinding: boolean;
}

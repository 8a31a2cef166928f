/** What the cost of a call is judged by. */
import type { CelType } from '../types.ts';
import type { Size } from './amounts.ts';
import type { Checked } from './checked.ts';

/** The receiver or an argument of a call. */
export interface Operand {
  readonly node: Checked;
  readonly type: CelType;
  /** Its size; unknown ones reach to the largest amount. */
  readonly size: Size;
  /** Whether anything is known of the size. */
  readonly isSized: boolean;
}

/** One call of one overload. */
export interface CallSite {
  readonly name: string;
  readonly overload: string;
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
  /** The size of the items of a list. */
  itemSize(list: Operand): Size;
}

/** What a call costs at most, without its arguments, and how large its result may be if that is known. */
export interface CallCost {
  readonly cost: bigint;
  readonly result?: Size;
}

/** Judges a call; undefined when it has nothing to say. */
export type CallRule = (site: CallSite) => CallCost | undefined;

/** Reading a character of a text. */
export const TEXT_FACTOR = 0.1;
/** Matching a character by a regular expression, for each character of the expression. */
export const REGEX_FACTOR = 0.25;
/** Making a list. */
export const LIST_COST = 10n;
/** Making a map. */
export const MAP_COST = 30n;

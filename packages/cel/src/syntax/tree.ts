/** The syntax tree of an expression. */
import type { CelUint } from '../values.ts';

/** What stands for itself. */
export type CelLiteral = string | boolean | null | bigint | number | Uint8Array | CelUint;

const BINARY_OPERATORS = ['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in'] as const;

/** Operators between two operands. */
export type BinaryOperator = (typeof BINARY_OPERATORS)[number];

interface Operands {
  readonly value: CelLiteral;
  readonly id: string;
  readonly '.': readonly [operand: CelNode, name: string];
  readonly '.?': readonly [operand: CelNode, name: string];
  readonly '[]': readonly [operand: CelNode, key: CelNode];
  readonly '[?]': readonly [operand: CelNode, key: CelNode];
  readonly call: readonly [name: string, args: readonly CelNode[]];
  readonly rcall: readonly [name: string, receiver: CelNode, args: readonly CelNode[]];
  readonly list: readonly ListItem[];
  readonly map: readonly MapEntry[];
  readonly '?:': readonly [condition: CelNode, yes: CelNode, no: CelNode];
  readonly '||': readonly [left: CelNode, right: CelNode];
  readonly '&&': readonly [left: CelNode, right: CelNode];
  readonly '!_': CelNode;
  readonly '-_': CelNode;
  readonly fold: CelFold;
}

/** What macros stand for: a loop over a range that gathers a result. No text says it; trees that are already expanded have it. */
export interface CelFold {
  readonly range: CelNode;
  /** The name of the element. */
  readonly element: string;
  readonly accumulator: string;
  readonly start: CelNode;
  /** The loop goes on while this holds. */
  readonly condition: CelNode;
  /** Whether it also goes on where the condition has no value. */
  readonly isLenient: boolean;
  readonly step: CelNode;
  readonly result: CelNode;
}

/** An item of a list; an optional one is left out when it holds no value. */
export interface ListItem {
  readonly value: CelNode;
  readonly isOptional: boolean;
}

/** An entry of a map; an optional one is left out when it holds no value. */
export interface MapEntry {
  readonly key: CelNode;
  readonly value: CelNode;
  readonly isOptional: boolean;
}

/** One node: what it is, its operands, and where messages point to. */
export type CelNode =
  | { [K in keyof Operands]: { readonly op: K; readonly args: Operands[K]; readonly pos: number } }[keyof Operands]
  | BinaryNode;

/** An operator between two operands, and these. */
export interface BinaryNode {
  readonly op: BinaryOperator;
  readonly args: readonly [left: CelNode, right: CelNode];
  readonly pos: number;
}

/** Tells the operators between two operands from everything else. */
export function isBinary(node: CelNode): node is BinaryNode {
  return (BINARY_OPERATORS as readonly string[]).includes(node.op);
}

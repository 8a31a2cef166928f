/** The syntax tree of an expression. */
import type { CelUint } from '../values.ts';

/** What stands for itself. */
export type CelLiteral = string | boolean | null | bigint | number | Uint8Array | CelUint;

/** Operators between two operands. */
export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | 'in';

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
  | { readonly op: BinaryOperator; readonly args: readonly [left: CelNode, right: CelNode]; readonly pos: number };

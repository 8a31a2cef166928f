/** Amounts of resources, such as `500m` and `2Gi`. */
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  QUANTITY_PROBLEM,
  type Quantity,
  subtractQuantities,
} from '@weft/core';
import { CelError } from '../errors.ts';
import { asInt } from '../operators.ts';
import { CelQuantity } from '../values.ts';
import { fn, method, on } from './define.ts';

const NANOS = 1_000_000_000n;

function toQuantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (parsed === undefined) {
    throw new CelError(QUANTITY_PROBLEM);
  }
  return parsed;
}

function amount(value: CelQuantity | bigint): Quantity {
  return typeof value === 'bigint' ? { nanos: value * NANOS, format: 'decimalSI' } : value.quantity;
}

type Sum = (a: Quantity, b: Quantity) => Quantity;

function sum(name: string, combine: Sum): ReturnType<typeof method> {
  const run = ([a, b]: readonly [CelQuantity, CelQuantity | bigint]): CelQuantity =>
    new CelQuantity(combine(a.quantity, amount(b)));
  return method(name, on(['quantity', 'quantity'], 'quantity', run), on(['quantity', 'int'], 'quantity', run));
}

function comparison<R>(name: string, result: 'bool' | 'int', read: (order: number) => R): ReturnType<typeof method> {
  return method(
    name,
    on<[CelQuantity, CelQuantity]>(['quantity', 'quantity'], result, ([a, b]) =>
      read(compareQuantities(a.quantity, b.quantity)),
    ),
  );
}

/** Amounts of resources. */
export const quantityFunctions = [
  fn(
    'quantity',
    on<[string]>(['string'], 'quantity', ([text]) => new CelQuantity(toQuantity(text))),
  ),
  fn(
    'isQuantity',
    on<[string]>(['string'], 'bool', ([text]) => parseQuantity(text) !== undefined),
  ),
  // In Kubernetes this one is no method.
  fn(
    'sign',
    on<[CelQuantity]>(['quantity'], 'int', ([{ quantity }]) =>
      BigInt(compareQuantities(quantity, { ...quantity, nanos: 0n })),
    ),
  ),
  method(
    'isInteger',
    on<[CelQuantity]>(['quantity'], 'bool', ([{ quantity }]) => quantity.nanos % NANOS === 0n),
  ),
  method(
    'asInteger',
    on<[CelQuantity]>(['quantity'], 'int', ([{ quantity }]) => {
      if (quantity.nanos % NANOS !== 0n) throw new CelError('cannot convert value to integer');
      return asInt(quantity.nanos / NANOS);
    }),
  ),
  method(
    'asApproximateFloat',
    on<[CelQuantity]>(['quantity'], 'double', ([{ quantity }]) => Number(quantity.nanos) / 1e9),
  ),
  sum('add', addQuantities),
  sum('sub', subtractQuantities),
  comparison('isLessThan', 'bool', (order) => order < 0),
  comparison('isGreaterThan', 'bool', (order) => order > 0),
  comparison('compareTo', 'int', (order) => BigInt(Math.sign(order))),
];

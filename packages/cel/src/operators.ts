/** The binary operators: which types they take, and what they do. */
import { celCompare, celEquals, listHas, sameItem } from './equality.ts';
import { CelError, noSuchOverload } from './errors.ts';
import type { Frame } from './frame.ts';
import { type CelType, isCompatible, joinTypes, T } from './types.ts';
import { CelDuration, type CelList, CelTimestamp, CelUint, isMapping } from './values.ts';

/** One operator. */
export interface BinaryOperator {
  /** The type of the result, or undefined when the operator does not take these types. */
  typeOf(left: CelType, right: CelType): CelType | undefined;
  run(left: unknown, right: unknown, frame: Frame): unknown;
}

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const NUMBERS: ReadonlySet<string> = new Set(['int', 'uint', 'double']);
const ORDERED: ReadonlySet<string> = new Set(['bool', 'string', 'bytes', 'timestamp', 'duration']);

/** A 64-bit integer; throws on overflow. */
export function asInt(value: bigint): bigint {
  if (value < MIN_INT || value > MAX_INT) throw new CelError('integer overflow');
  return value;
}

const equality = (isEqual: boolean): BinaryOperator => ({
  typeOf: (left, right) => (isCompatible(left, right) ? T.bool : undefined),
  run(left, right, frame) {
    frame.charge(comparisonCost(left, right));
    return celEquals(left, right) === isEqual;
  },
});

const comparison = (holds: (order: number) => boolean): BinaryOperator => ({
  typeOf(left, right) {
    if (left.kind === 'dyn' || right.kind === 'dyn') return T.bool;
    if (NUMBERS.has(left.kind) && NUMBERS.has(right.kind)) return T.bool;
    return left.kind === right.kind && ORDERED.has(left.kind) ? T.bool : undefined;
  },
  run: (left, right) => holds(celCompare(left, right)),
});

type NumberOperation = (a: bigint, b: bigint) => bigint;

const arithmetic = (onIntegers: NumberOperation, onDoubles?: (a: number, b: number) => number): BinaryOperator => ({
  typeOf(left, right) {
    if (left.kind === 'dyn' || right.kind === 'dyn') return T.dyn;
    if (left.kind !== right.kind || !NUMBERS.has(left.kind)) return undefined;
    return left.kind === 'double' && onDoubles === undefined ? undefined : left;
  },
  run(left, right) {
    if (typeof left === 'bigint' && typeof right === 'bigint') return asInt(onIntegers(left, right));
    if (typeof left === 'number' && typeof right === 'number' && onDoubles !== undefined) return onDoubles(left, right);
    if (left instanceof CelUint && right instanceof CelUint) return new CelUint(onIntegers(left.value, right.value));
    throw noSuchOverload();
  },
});

const add = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
);
const subtract = arithmetic(
  (a, b) => a - b,
  (a, b) => a - b,
);

const plus: BinaryOperator = {
  typeOf(left, right) {
    const sum = add.typeOf(left, right) ?? timeSumType(left, right);
    if (sum !== undefined) return sum;
    if (left.kind === 'list' && right.kind === 'list') {
      if (!isCompatible(left, right)) return undefined;
      return left.identity === undefined ? joinTypes(left, right) : left;
    }
    return left.kind === right.kind && (left.kind === 'string' || left.kind === 'bytes') ? left : undefined;
  },
  run(left, right, frame) {
    if (typeof left === 'string' && typeof right === 'string') {
      frame.charge((left.length + right.length) / 10);
      return left + right;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      frame.charge(left.length + right.length + comparisonCost(left, right));
      return addLists(left as CelList, right as CelList);
    }
    if (left instanceof Uint8Array && right instanceof Uint8Array) {
      frame.charge((left.length + right.length) / 10);
      return Uint8Array.from([...left, ...right]);
    }
    return addTimes(left, right) ?? add.run(left, right, frame);
  },
};

const minus: BinaryOperator = {
  typeOf(left, right) {
    if (left.kind === 'timestamp' && right.kind === 'timestamp') return T.duration;
    if (right.kind === 'duration' && (left.kind === 'timestamp' || left.kind === 'duration')) return left;
    return subtract.typeOf(left, right);
  },
  run(left, right, frame) {
    if (left instanceof CelTimestamp && right instanceof CelTimestamp) return new CelDuration(left.nanos - right.nanos);
    if (right instanceof CelDuration) {
      if (left instanceof CelTimestamp) return new CelTimestamp(left.nanos - right.nanos);
      if (left instanceof CelDuration) return new CelDuration(left.nanos - right.nanos);
    }
    return subtract.run(left, right, frame);
  },
};

const membership: BinaryOperator = {
  typeOf(left, right) {
    if (right.kind === 'dyn') return T.bool;
    if (right.kind === 'list') return isCompatible(left, right.item) ? T.bool : undefined;
    if (right.kind === 'map') return isCompatible(left, right.key) ? T.bool : undefined;
    return undefined;
  },
  run(left, right, frame) {
    if (Array.isArray(right)) {
      frame.charge(right.length);
      return listHas(right, left);
    }
    if (isMapping(right)) return right.get(left) !== undefined;
    throw noSuchOverload();
  },
};

/** The operators by their sign. */
export const BINARY_OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  '==': equality(true),
  '!=': equality(false),
  '<': comparison((order) => order < 0),
  '<=': comparison((order) => order <= 0),
  '>': comparison((order) => order > 0),
  '>=': comparison((order) => order >= 0),
  '+': plus,
  '-': minus,
  '*': arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '/': arithmetic(
    (a, b) => {
      if (b === 0n) throw new CelError('division by zero');
      return a / b;
    },
    (a, b) => a / b,
  ),
  '%': arithmetic((a, b) => {
    if (b === 0n) throw new CelError('modulus by zero');
    return a % b;
  }),
  in: membership,
};

/** Items of sets and of lists with keys have no order, so each is compared with each. */
function comparisonCost(left: unknown, right: unknown): number {
  if (!Array.isArray(left) || !Array.isArray(right)) return sizeOf(left) / 10;
  const isOrdered = (left as CelList).identity === undefined && (right as CelList).identity === undefined;
  return isOrdered ? left.length : left.length * right.length;
}

/** Roughly how much there is to look at in a value. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return isMapping(value) ? value.size : 1;
}

function timeSumType(left: CelType, right: CelType): CelType | undefined {
  if (left.kind === 'duration' && (right.kind === 'duration' || right.kind === 'timestamp')) return right;
  return left.kind === 'timestamp' && right.kind === 'duration' ? left : undefined;
}

function addTimes(left: unknown, right: unknown): unknown {
  if (left instanceof CelDuration && right instanceof CelDuration) return new CelDuration(left.nanos + right.nanos);
  if (left instanceof CelDuration && right instanceof CelTimestamp) return new CelTimestamp(left.nanos + right.nanos);
  if (left instanceof CelTimestamp && right instanceof CelDuration) return new CelTimestamp(left.nanos + right.nanos);
  return undefined;
}

/** Sets unite; in lists with keys the right side's items replace those with the same keys. */
function addLists(left: CelList, right: CelList): CelList {
  const { identity } = left;
  if (identity === undefined) return [...left, ...right];
  const isSame = (a: unknown, b: unknown): boolean =>
    identity.listType === 'set' ? celEquals(a, b) : sameItem(identity.keys, a, b);
  const kept = left.map((item) => right.find((other) => isSame(item, other)) ?? item);
  const added = right.filter((item) => !left.some((other) => isSame(item, other)));
  return Object.assign([...kept, ...added], { identity });
}

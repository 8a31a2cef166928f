/** Functions of lists and sets. */
import { celCompare, celEquals, listHas } from '../equality.ts';
import { CelError } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { BINARY_OPERATORS } from '../operators.ts';
import { type CelType, isCompatible, listOf, T } from '../types.ts';
import { fn, method, on, when } from './define.ts';

const item = ([list]: readonly CelType[]): CelType => (list?.kind === 'list' ? list.item : T.dyn);
const self = ([list]: readonly CelType[]): CelType => (list?.kind === 'list' ? list : listOf(T.dyn));

const SUMMABLE: ReadonlySet<CelType['kind']> = new Set(['int', 'uint', 'double', 'duration', 'dyn']);
const ORDERED: ReadonlySet<CelType['kind']> = new Set([...SUMMABLE, 'bool', 'string', 'bytes', 'timestamp']);

const itemsAre =
  (kinds: ReadonlySet<CelType['kind']>) =>
  (types: readonly CelType[]): boolean =>
    kinds.has(item(types).kind);
const isOrdered = itemsAre(ORDERED);
/** What is looked for may be in the list. */
const mayHold = ([list, value]: readonly CelType[]): boolean => isCompatible(item([list!]), value!);
/** Items of one list may be in the other. */
const mayShare = ([a, b]: readonly CelType[]): boolean => isCompatible(item([a!]), item([b!]));

function extreme(list: readonly unknown[], name: string, isBetter: (order: number) => boolean): unknown {
  if (list.length === 0) throw new CelError(`${name} called on empty list`);
  return list.reduce((best, next) => (isBetter(celCompare(next, best)) ? next : best));
}

function sum(list: readonly unknown[], frame: Frame): unknown {
  if (list.length === 0) return 0n;
  return list.reduce((total, next) => BINARY_OPERATORS['+']!.run(total, next, frame));
}

/** The lists are compared item by item, so both sizes count. */
function holdsAll(list: readonly unknown[], wanted: readonly unknown[], frame: Frame): boolean {
  frame.charge(list.length * wanted.length);
  return wanted.every((value) => listHas(list, value));
}

function flatten(list: readonly unknown[], depth: bigint, frame: Frame): unknown[] {
  if (depth < 0n) throw new CelError('level must be non-negative');
  const flat =
    depth === 0n
      ? [...list]
      : list.flatMap((value) => (Array.isArray(value) ? flatten(value, depth - 1n, frame) : [value]));
  frame.charge(flat.length);
  return flat;
}

function slice(list: readonly unknown[], from: bigint, to: bigint): unknown[] {
  if (from < 0n || to < 0n || from > to || to > list.length)
    throw new CelError(`cannot slice(${from}, ${to}), list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

/** Functions of lists and sets. */
export const listFunctions = [
  method(
    'isSorted',
    when(
      isOrdered,
      on<[unknown[]]>(['list'], 'bool', ([list]) =>
        list.every((value, i) => i === 0 || celCompare(list[i - 1], value) <= 0),
      ),
    ),
  ),
  method(
    'sum',
    when(
      itemsAre(SUMMABLE),
      on<[unknown[]]>(['list'], item, ([list], frame) => sum(list, frame)),
    ),
  ),
  method(
    'min',
    when(
      isOrdered,
      on<[unknown[]]>(['list'], item, ([list]) => extreme(list, 'min', (order) => order < 0)),
    ),
  ),
  method(
    'max',
    when(
      isOrdered,
      on<[unknown[]]>(['list'], item, ([list]) => extreme(list, 'max', (order) => order > 0)),
    ),
  ),
  method(
    'indexOf',
    when(
      mayHold,
      on<[unknown[], unknown]>(['list', 'any'], 'int', ([list, value]) =>
        BigInt(list.findIndex((v) => celEquals(v, value))),
      ),
    ),
  ),
  method(
    'lastIndexOf',
    when(
      mayHold,
      on<[unknown[], unknown]>(['list', 'any'], 'int', ([list, value]) =>
        BigInt(list.findLastIndex((v) => celEquals(v, value))),
      ),
    ),
  ),
  method(
    'reverse',
    on<[unknown[]]>(['list'], self, ([list]) => [...list].reverse()),
  ),
  method(
    'distinct',
    on<[unknown[]]>(['list'], self, ([list], frame) => {
      frame.charge(list.length * list.length);
      return list.filter((value, i) => !listHas(list.slice(0, i), value));
    }),
  ),
  method(
    'sort',
    when(
      isOrdered,
      on<[unknown[]]>(['list'], self, ([list]) => [...list].sort(celCompare)),
    ),
  ),
  method(
    'slice',
    on<[unknown[], bigint, bigint]>(['list', 'int', 'int'], self, ([list, from, to]) => slice(list, from, to)),
  ),
  method(
    'flatten',
    on<[unknown[]]>(['list'], listOf(T.dyn), ([list], frame) => flatten(list, 1n, frame)),
    on<[unknown[], bigint]>(['list', 'int'], listOf(T.dyn), ([list, depth], frame) => flatten(list, depth, frame)),
  ),
  fn(
    'sets.contains',
    when(
      mayShare,
      on<[unknown[], unknown[]]>(['list', 'list'], 'bool', ([list, wanted], frame) => holdsAll(list, wanted, frame)),
    ),
  ),
  fn(
    'sets.equivalent',
    when(
      mayShare,
      on<[unknown[], unknown[]]>(
        ['list', 'list'],
        'bool',
        ([a, b], frame) => holdsAll(a, b, frame) && holdsAll(b, a, frame),
      ),
    ),
  ),
  fn(
    'sets.intersects',
    when(
      mayShare,
      on<[unknown[], unknown[]]>(['list', 'list'], 'bool', ([a, b], frame) => {
        frame.charge(a.length * b.length);
        return a.some((value) => listHas(b, value));
      }),
    ),
  ),
];

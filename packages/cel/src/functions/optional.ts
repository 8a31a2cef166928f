/** Values that may be missing. */
import { sizeOf } from '../operators.ts';
import { type CelType, optionalOf, T } from '../types.ts';
import { CelOptional, CelUint } from '../values.ts';
import { fn, method, on } from './define.ts';

const wrapped = ([type]: readonly CelType[]): CelType => optionalOf(type ?? T.dyn);
const held = ([type]: readonly CelType[]): CelType => (type?.kind === 'optional' ? type.of : T.dyn);

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === 0n || value === 0) return true;
  return value instanceof CelUint ? value.value === 0n : sizeOf(value) === 0;
}

/** Values that may be missing; `or`, `orValue`, `optMap` and `optFlatMap` are macros. */
export const optionalFunctions = [
  fn(
    'optional.none',
    on<[]>([], optionalOf(T.dyn), () => CelOptional.none),
  ),
  fn(
    'optional.of',
    on<[unknown]>(['any'], wrapped, ([value]) => CelOptional.of(value)),
  ),
  fn(
    'optional.ofNonZeroValue',
    on<[unknown]>(['any'], wrapped, ([value]) => (isZero(value) ? CelOptional.none : CelOptional.of(value))),
  ),
  method(
    'hasValue',
    on<[CelOptional]>(['optional'], 'bool', ([optional]) => optional.hasValue),
  ),
  method(
    'value',
    on<[CelOptional]>(['optional'], held, ([optional]) => optional.value),
  ),
];

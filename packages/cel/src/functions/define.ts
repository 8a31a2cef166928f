/** How functions of CEL are defined. */
import type { Frame } from '../frame.ts';
import { type CelType, T } from '../types.ts';

/** What a parameter takes: a kind of value, a list of a kind, or anything. */
export type ParamKind = CelType['kind'] | 'any' | 'list:string' | 'list:int';

/** One way to call a function. */
export interface Overload {
  /** For a method, the first is the receiver. */
  readonly params: readonly ParamKind[];
  readonly result: CelType | ((args: readonly CelType[]) => CelType);
  readonly run: (args: readonly never[], frame: Frame) => unknown;
  /** What the types of the arguments must meet together, beyond their kinds. */
  readonly accepts?: (types: readonly CelType[]) => boolean;
}

/** A function or a method, with all its overloads. */
export interface CelFunction {
  readonly name: string;
  readonly isMethod: boolean;
  readonly overloads: readonly Overload[];
}

/** A function that is called by its name. */
export function fn(name: string, ...overloads: readonly Overload[]): CelFunction {
  return { name, isMethod: false, overloads };
}

/** A function that is called on a value. */
export function method(name: string, ...overloads: readonly Overload[]): CelFunction {
  return { name, isMethod: true, overloads };
}

/** The overload, for arguments whose types meet a condition together. */
export function when(accepts: NonNullable<Overload['accepts']>, overload: Overload): Overload {
  return { ...overload, accepts };
}

/** One overload; the arguments' types follow from what `run` says of them. */
export function on<A extends readonly unknown[]>(
  params: readonly ParamKind[],
  result: Overload['result'] | keyof typeof T,
  run: (args: A, frame: Frame) => unknown,
): Overload {
  return {
    params,
    result: typeof result === 'string' ? T[result] : result,
    run: run as unknown as Overload['run'],
  };
}

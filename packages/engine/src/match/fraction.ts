/** A share of all requests: `numerator` of every `denominator`. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** The merged runtime layers of the bootstrap, as decisions read them. */
export interface RuntimeSource {
  /** The whole number under a key. */
  integer(key: string): number | undefined;
  /** The truth value under a key. */
  boolean(key: string): boolean | undefined;
  /** The fraction under a key; a whole number there is a percentage. */
  fraction(key: string): Fraction | undefined;
}

/** Runtime layers that have no keys. */
export const EMPTY_RUNTIME: RuntimeSource = {
  integer: () => undefined,
  boolean: () => undefined,
  fraction: () => undefined,
};

/** A fraction that a runtime key may override. */
export interface RuntimeFraction extends Fraction {
  /** Empty without one. */
  readonly runtimeKey: string;
}

/** Whether a random whole number falls into the fraction; a numerator beyond the denominator is always hit. */
export function hitsFraction(fraction: Fraction, randomValue: number): boolean {
  return randomValue % fraction.denominator < fraction.numerator;
}

/** As `hitsFraction`, with what the runtime layers have under the fraction's key. */
export function hitsRuntimeFraction(fraction: RuntimeFraction, randomValue: number, runtime: RuntimeSource): boolean {
  const override = fraction.runtimeKey === '' ? undefined : runtime.fraction(fraction.runtimeKey);
  return hitsFraction(override ?? fraction, randomValue);
}

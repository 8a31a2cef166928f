import type { RuntimeFractionalPercent } from '@weft/proto/envoy/config/core/v3/base';
import type { FractionalPercent } from '@weft/proto/envoy/type/v3/percent';
import type { Fraction, RuntimeFraction } from '../../match/fraction.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { isMissing } from './outcome.ts';

/** What is supported of fractions. */
export const FRACTION_SUPPORT = [
  supports<FractionalPercent>('envoy.type.v3.FractionalPercent', { numerator: true, denominator: true }),
  supports<RuntimeFractionalPercent>('envoy.config.core.v3.RuntimeFractionalPercent', {
    defaultValue: true,
    runtimeKey: true,
  }),
];

/** By the number of the enum: HUNDRED, TEN_THOUSAND, MILLION. */
const DENOMINATORS = [100, 10_000, 1_000_000];

/** Compiles a fraction. */
export function compileFraction(
  message: FractionalPercent,
  path: string,
  context: CompileContext,
): Fraction | undefined {
  const denominator = DENOMINATORS[message.denominator];
  if (denominator !== undefined) return { numerator: message.numerator, denominator };
  context.problems.add(`${path}.denominator`, `${message.denominator} is none of HUNDRED, TEN_THOUSAND and MILLION`);
  return undefined;
}

/** Compiles a fraction with a runtime key. */
export function compileRuntimeFraction(
  message: RuntimeFractionalPercent,
  path: string,
  context: CompileContext,
): RuntimeFraction | undefined {
  if (message.defaultValue === undefined) return isMissing(path, 'default_value', context);
  const fraction = compileFraction(message.defaultValue, `${path}.default_value`, context);
  return fraction === undefined ? undefined : { ...fraction, runtimeKey: message.runtimeKey };
}

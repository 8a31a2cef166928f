import type { RuntimeFilter } from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import { compileFraction } from '../../compile/matchers/fraction.ts';
import { supports } from '../../compile/support.ts';
import type { ConfigContext } from '../../config/config-context.ts';
import { type Fraction, hitsRuntimeFraction } from '../../match/fraction.ts';
import type { LogFilter } from '../access-log-runtime.ts';

/** What is supported of samples. */
export const RUNTIME_FILTER_SUPPORT = [
  supports<RuntimeFilter>('envoy.config.accesslog.v3.RuntimeFilter', {
    runtimeKey: true,
    percentSampled: true,
    useIndependentRandomness: true,
  }),
];

const NEVER: Fraction = { numerator: 0, denominator: 100 };

/** A share of the streams. It is chosen by the id of the request where there is one, so that all proxies on its way choose the same. */
export function compileRuntimeFilter(
  message: RuntimeFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  const { runtimeKey, percentSampled, useIndependentRandomness: isIndependent } = message;
  const fraction =
    percentSampled === undefined ? NEVER : compileFraction(percentSampled, `${path}.percent_sampled`, context);
  if (fraction === undefined) return undefined;
  const sampled = { ...fraction, runtimeKey };
  return {
    accepts: ({ streamId }, { random, runtime }) => {
      const value = (isIndependent ? undefined : numberOf(streamId)) ?? random();
      return hitsRuntimeFraction(sampled, value, runtime);
    },
  };
}

const FIRST_DIGITS = /^[0-9a-f]{8}/i;

/** As Envoy reads a UUID as a number: by its first 32 bits. */
function numberOf(streamId: string): number | undefined {
  const digits = FIRST_DIGITS.exec(streamId)?.[0];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** Filters that compare a number: the status of the answer, the duration of the stream. */
import type {
  ComparisonFilter,
  DurationFilter,
  StatusCodeFilter,
} from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import type { RuntimeUInt32 } from '@weft/proto/envoy/config/core/v3/base';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { ConfigContext } from '../../config/config-context.ts';
import { durationUs } from '../../format/operators/durations.ts';
import type { RuntimeSource } from '../../match/fraction.ts';
import type { LogFilter } from '../access-log-runtime.ts';

/** What is supported of comparisons. */
export const COMPARISON_SUPPORT = [
  supports<StatusCodeFilter>('envoy.config.accesslog.v3.StatusCodeFilter', { comparison: true }),
  supports<DurationFilter>('envoy.config.accesslog.v3.DurationFilter', { comparison: true }),
  supports<ComparisonFilter>('envoy.config.accesslog.v3.ComparisonFilter', { op: true, value: true }),
  supports<RuntimeUInt32>('envoy.config.core.v3.RuntimeUInt32', { defaultValue: true, runtimeKey: true }),
];

type Comparison = (value: number, runtime: RuntimeSource) => boolean;

/** By the number of the enum. */
const OPERATIONS: readonly ((value: number, limit: number) => boolean)[] = [
  (value, limit) => value === limit,
  (value, limit) => value >= limit,
  (value, limit) => value <= limit,
  (value, limit) => value !== limit,
];

/** Compares the status of the answer, which is 0 where there is none. */
export function compileStatusCodeFilter(
  { comparison }: StatusCodeFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  const holds = compileComparison(comparison, path, context);
  return holds && { accepts: (view, { runtime }) => holds(view.responseCode, runtime) };
}

/** Compares the duration of the stream in milliseconds, until now where it has not ended. */
export function compileDurationFilter(
  { comparison }: DurationFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  const holds = compileComparison(comparison, path, context);
  const { formats } = context;
  return holds && { accepts: (view, { runtime }) => holds(Math.trunc(durationUs(view, formats) / 1000), runtime) };
}

function compileComparison(
  message: ComparisonFilter | undefined,
  path: string,
  context: ConfigContext,
): Comparison | undefined {
  const at = `${path}.comparison`;
  if (message === undefined) return isMissing(path, 'comparison', context);
  if (message.value === undefined) return isMissing(at, 'value', context);
  const operation = OPERATIONS[message.op];
  if (operation === undefined) {
    context.problems.add(`${at}.op`, `${message.op} is none of EQ, GE, LE and NE`);
    return undefined;
  }
  const { defaultValue, runtimeKey } = message.value;
  if (runtimeKey === '') return (value) => operation(value, defaultValue);
  return (value, runtime) => operation(value, runtime.integer(runtimeKey) ?? defaultValue);
}

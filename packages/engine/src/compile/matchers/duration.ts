import type { CompileContext } from '../context.ts';

/** The generated form of google.protobuf.Duration. */
export interface DurationMessage {
  readonly seconds: bigint;
  readonly nanos: number;
}

type ProblemContext = Pick<CompileContext, 'problems'>;

/** The longest duration of Envoy: what fits into 64 bits of nanoseconds. */
const MAX_SECONDS = 9_223_372_036n;

/**
 * A duration in whole milliseconds, cut off as Envoy does: a duration below one millisecond is 0, which for most timeouts means none. Undefined,
 * with a problem reported, where it is negative or too long.
 */
export function compileDurationMs(message: DurationMessage, path: string, context: ProblemContext): number | undefined {
  const { seconds, nanos } = message;
  if (seconds < 0n || nanos < 0) {
    context.problems.add(path, `duration must not be negative, it is ${formatSeconds(message)}`);
    return undefined;
  }
  if (seconds > MAX_SECONDS || nanos > 999_999_999) {
    context.problems.add(path, `duration ${formatSeconds(message)} is out of range: at most ${MAX_SECONDS}s`);
    return undefined;
  }
  return Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
}

/** As `compileDurationMs` for a field that may be unset. */
export function compileOptionalMs(
  message: DurationMessage | undefined,
  path: string,
  context: ProblemContext,
): number | undefined {
  return message === undefined ? undefined : compileDurationMs(message, path, context);
}

function formatSeconds({ seconds, nanos }: DurationMessage): string {
  return nanos === 0 ? `${seconds}s` : `${seconds}s and ${nanos}ns`;
}

/** Durations as users write them in mesh configuration: Go's syntax, `1h30m`, `250ms`, `1.5s`. */

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const WHOLE = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const MAX_LENGTH = 64;

/** Nanoseconds of a duration, or undefined when the text is none; exact up to 2^53 ns (104 days). */
export function durationNs(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (text === '0' || text === '+0' || text === '-0') return 0;
  const whole = WHOLE.exec(text);
  if (whole === null) return undefined;
  let total = 0;
  for (const [, count, unit] of whole[2]!.matchAll(PART)) total += Number(count) * NANOSECONDS[unit!]!;
  return whole[1] === '-' ? -total : total;
}

/** Field types that many networking kinds share: durations, unsigned numbers, percentages. */
import { type Infer, integer, number, object, type Schema, type SchemaRule, string } from '../../schema/index.ts';
import { durationNs } from '../../validation/duration.ts';

const MAX_UINT32 = 4294967295;

const MAX_CACHED = 1024;
/** Text of a duration -> its nanoseconds (NaN: none). Written by `cachedDurationNs` only; emptied when full. */
const durations = new Map<string, number>();

/** Nanoseconds of a duration, or NaN. The same few texts come again and again, in every route. */
export function cachedDurationNs(text: string): number {
  let ns = durations.get(text);
  if (ns === undefined) {
    ns = durationNs(text) ?? Number.NaN;
    if (durations.size >= MAX_CACHED) durations.clear();
    durations.set(text, ns);
  }
  return ns;
}

const DURATION_RULES: readonly SchemaRule<string>[] = [
  {
    message: (text) =>
      cachedDurationNs(text) === 0
        ? 'must be a valid duration greater than 1ms; leave the field out for the default'
        : 'must be a valid duration greater than 1ms',
    check: (text) => cachedDurationNs(text) >= 1e6,
    cel: "duration(self) >= duration('1ms')",
  },
  {
    message: 'only durations to ms precision are supported',
    check: (text) => {
      const ns = cachedDurationNs(text);
      return !(ns >= 1e6) || ns % 1e6 === 0;
    },
  },
];

/** A duration of at least one millisecond, in whole milliseconds, such as `250ms` or `1h30m`. */
export function duration(description: string, options: { readonly deprecated?: string } = {}): Schema<string> {
  return string(description, { ...options, rules: DURATION_RULES });
}

/** A duration where 0 has a meaning. As in the published definitions, only the server itself judges it. */
export function durationOrZero(description: string): Schema<string> {
  return string(description, {
    rules: [{ message: 'must be a valid duration that is not negative', check: (text) => cachedDurationNs(text) >= 0 }],
  });
}

/** A whole number without a sign, in 32 bits. */
export function uint32(
  description: string,
  options: { readonly nullable?: boolean; readonly deprecated?: string; readonly maximum?: number } = {},
): Schema<number> {
  return integer(description, { format: 'int64', minimum: 0, maximum: MAX_UINT32, ...options });
}

/** A share of requests, in percent with fractions. */
export const percent = object('A share in percent, from 0 to 100; fractions are allowed.', {
  value: number('The share in percent.'),
});

/** A share of requests. */
export type Percent = Infer<typeof percent>;

import { formatDuration, parseDuration, type Time } from '../json/time.ts';
import { type Check, type CheckMaker, checksOf, type RuleSet } from './check.ts';

const BILLION = 1_000_000_000n;

/** What bounds are compared with, and how they are written. Numbers and bigints compare with each other in JavaScript. */
interface Scale {
  readonly positionOf: (value: unknown) => number | bigint;
  readonly boundFrom: (argument: unknown) => number | bigint;
  readonly show: (argument: unknown) => string;
}

const NUMBERS: Scale = {
  positionOf: (value) => value as number | bigint,
  // In JSON, 64-bit integers are texts.
  boundFrom: (argument) => (typeof argument === 'string' ? BigInt(argument) : (argument as number)),
  show: String,
};

const DURATIONS: Scale = {
  positionOf: (value) => nanosecondsOf(value as Partial<Time>),
  boundFrom: (argument) => nanosecondsOf(timeFrom(argument)),
  show: (argument) => formatDuration(timeFrom(argument)),
};

/** The checks of a number of any type. */
export function numberChecks(kind: string, rules: RuleSet): Check[] {
  return checksOf(kind, rules, makersFor(NUMBERS));
}

/** The checks of a google.protobuf.Duration. */
export function durationChecks(rules: RuleSet): Check[] {
  return checksOf('duration', rules, { ...makersFor(DURATIONS), required: () => undefined });
}

function makersFor(scale: Scale): { readonly [rule: string]: CheckMaker } {
  return {
    gt: (_, rules) => boundsCheck(scale, rules),
    gte: (_, rules) => (rules['gt'] === undefined ? boundsCheck(scale, rules) : undefined),
    lt: (_, rules) => (hasLower(rules) ? undefined : boundsCheck(scale, rules)),
    lte: (_, rules) => (hasLower(rules) || rules['lt'] !== undefined ? undefined : boundsCheck(scale, rules)),
  };
}

function hasLower(rules: RuleSet): boolean {
  return rules['gt'] !== undefined || rules['gte'] !== undefined;
}

/** One check for all bounds. A lower bound above the upper one means that the value must lie outside of what is between them. */
function boundsCheck(scale: Scale, rules: RuleSet): Check {
  const { gt, gte, lt, lte } = rules;
  const lower = gt ?? gte;
  const upper = lt ?? lte;
  const least = lower === undefined ? Number.NEGATIVE_INFINITY : scale.boundFrom(lower);
  const most = upper === undefined ? Number.POSITIVE_INFINITY : scale.boundFrom(upper);
  const isOutside = least > most;
  const reason = boundsReason(rules, isOutside, scale);
  return (value) => {
    const position = scale.positionOf(value);
    const isAbove = gt === undefined ? position >= least : position > least;
    const isBelow = lt === undefined ? position <= most : position < most;
    // NaN is neither.
    const isValid = isOutside ? isAbove || isBelow : isAbove && isBelow;
    return isValid ? undefined : reason;
  };
}

function boundsReason({ gt, gte, lt, lte }: RuleSet, isOutside: boolean, { show }: Scale): string {
  const lower = gt ?? gte;
  const upper = lt ?? lte;
  if (lower === undefined) return `value must be less than ${lt === undefined ? 'or equal to ' : ''}${show(upper)}`;
  if (upper === undefined) return `value must be greater than ${gt === undefined ? 'or equal to ' : ''}${show(lower)}`;
  // What is outside is written from the upper bound to the lower one, with the brackets of what is refused.
  if (isOutside) {
    const refused = `${lt === undefined ? '(' : '['}${show(upper)}, ${show(lower)}${gt === undefined ? ')' : ']'}`;
    return `value must be outside range ${refused}`;
  }
  const range = `${gt === undefined ? '[' : '('}${show(lower)}, ${show(upper)}${lt === undefined ? ']' : ')'}`;
  return `value must be inside range ${range}`;
}

function nanosecondsOf({ seconds = 0n, nanos = 0 }: Partial<Time>): bigint {
  return seconds * BILLION + BigInt(nanos);
}

function timeFrom(argument: unknown): Time {
  const time = typeof argument === 'string' ? parseDuration(argument) : undefined;
  if (time === undefined) throw new Error(`a validation rule has ${String(argument)} for a duration`);
  return time;
}

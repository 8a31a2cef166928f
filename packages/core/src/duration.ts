/** Durations as Go writes and reads them (`time.ParseDuration`, `Duration.String`), exact in nanoseconds. */
import { MeshError } from './errors.ts';
import { err, ok, type Result } from './result.ts';

/** Nanoseconds a unit; both signs for micro are accepted, U+00B5 and U+03BC. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Go keeps durations in 64 bits; the negative side reaches one further. */
const MAX_POSITIVE = 2n ** 63n - 1n;
const MAX_NEGATIVE = 2n ** 63n;
const NS_PER_MS = 1_000_000n;

/** Longer texts are no durations, whatever they hold; Go has no bound, but we quote them in errors. */
const MAX_TEXT = 256;

const PART = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/;

/** Reads a duration such as `1h30m`, `1.5s` or `-300ms` into nanoseconds, with Go's messages. */
export function parseDuration(text: string): Result<bigint, MeshError> {
  const invalid = () => refuse(`invalid duration ${quoteGo(text)}`);
  if (text.length > MAX_TEXT) return refuse(`invalid duration ${quoteGo(`${text.slice(0, 32)}…`)}`);
  const isNegative = text.startsWith('-');
  let rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return ok(0n);
  if (rest === '') return invalid();
  let total = 0n;
  while (rest !== '') {
    const [matched, whole = '', fraction = '', unitName = ''] = PART.exec(rest) as RegExpExecArray;
    if (whole === '' && fraction === '') return invalid();
    if (unitName === '') return refuse(`missing unit in duration ${quoteGo(text)}`);
    const unit = UNITS.get(unitName);
    if (unit === undefined) return refuse(`unknown unit ${quoteGo(unitName)} in duration ${quoteGo(text)}`);
    // Go checks each part and each sum against 2^63; parts are never negative, so one check of the sum does the same.
    total += BigInt(whole === '' ? 0 : whole) * unit + fractionOf(fraction, unit);
    if (total > MAX_NEGATIVE) return invalid();
    rest = rest.slice(matched.length);
  }
  if (isNegative) return ok(-total);
  return total > MAX_POSITIVE ? invalid() : ok(total);
}

/** Reads a duration into whole milliseconds, rounded away from zero: a short timeout must not turn into none. */
export function parseDurationMs(text: string): Result<number, MeshError> {
  const parsed = parseDuration(text);
  return parsed.kind === 'ok' ? ok(nanosecondsToMs(parsed.value)) : parsed;
}

/** Whole milliseconds, rounded away from zero. */
export function nanosecondsToMs(ns: bigint): number {
  const ms = ns / NS_PER_MS;
  if (ns % NS_PER_MS === 0n) return Number(ms);
  return Number(ns < 0n ? ms - 1n : ms + 1n);
}

/** Writes nanoseconds as Go does: `1h30m0s`, `1.5s`, `300ms`, `2µs`, `0s`. */
export function formatDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const abs = ns < 0n ? -ns : ns;
  if (abs < 1_000n) return `${sign}${abs}ns`;
  if (abs < 1_000_000n) return `${sign}${decimal(abs, 3)}\u00b5s`;
  if (abs < 1_000_000_000n) return `${sign}${decimal(abs, 6)}ms`;
  const minutes = abs / 60_000_000_000n;
  const seconds = `${decimal(abs % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** Writes whole milliseconds as Go does. */
export function formatDurationMs(ms: number): string {
  return formatDuration(BigInt(Math.round(ms)) * NS_PER_MS);
}

/**
 * The part after the point, computed as Go does it: digits beyond 63 bits are left out, and the product is made in
 * floating point and cut. Exact arithmetic would differ from Go by a nanosecond for some long fractions.
 */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > MAX_POSITIVE / 10n || next > MAX_NEGATIVE) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

/** `value` divided by ten to the power of `places`, without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const padded = value.toString().padStart(places + 1, '0');
  const fraction = padded.slice(-places).replace(/0+$/, '');
  return padded.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}

/** Go's quoting for these messages: every byte that is not printable ASCII is written as `\xNN`. */
function quoteGo(text: string): string {
  let out = '';
  for (const character of text) {
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character >= ' ' && character < '\u007f') out += character;
    else {
      for (const byte of new TextEncoder().encode(character)) out += `\\x${byte.toString(16).padStart(2, '0')}`;
    }
  }
  return `"${out}"`;
}

function refuse(reason: string): Result<never, MeshError> {
  return err(new MeshError('MESH_DURATION', `time: ${reason}`));
}

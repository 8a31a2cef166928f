/** Timestamps and durations as texts. */
import { CelError } from './errors.ts';

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)(?:[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\d*([Zz]|[+-]\d\d:\d\d))?$/;
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const DURATION = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$|^[+-]?0$/;

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds since 1970 of an RFC 3339 text. */
export function parseTimestamp(text: string): bigint {
  const match = TIMESTAMP.exec(text);
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = match ?? [];
  const ms = match === null ? Number.NaN : Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(ms)) throw new CelError(`cannot parse ${JSON.stringify(text)} as a timestamp`);
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** The timestamp in RFC 3339 form, in UTC. */
export function formatTimestamp(nanos: bigint): string {
  const seconds = nanos >= 0n ? nanos / 1_000_000_000n : (nanos - 999_999_999n) / 1_000_000_000n;
  const rest = nanos - seconds * 1_000_000_000n;
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${base}${fractionOf(rest)}Z`;
}

/** Nanoseconds of a duration such as `1h30m`. */
export function parseDuration(text: string): bigint {
  if (!DURATION.test(text) || text.length > 128) throw new CelError(`invalid duration ${JSON.stringify(text)}`);
  let nanos = 0n;
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) nanos += scaled(amount!, UNIT_NANOS[unit!]!);
  return text.startsWith('-') ? -nanos : nanos;
}

/** The duration in seconds, as CEL prints it: `90s`, `0.5s`. */
export function formatDuration(nanos: bigint): string {
  const amount = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${amount / 1_000_000_000n}${fractionOf(amount % 1_000_000_000n)}s`;
}

function scaled(amount: string, unit: bigint): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  const digits = fraction.slice(0, 18);
  return (
    BigInt(whole === '' ? '0' : whole) * unit +
    (BigInt(digits === '' ? '0' : digits) * unit) / 10n ** BigInt(digits.length)
  );
}

function fractionOf(nanos: bigint): string {
  return nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
}

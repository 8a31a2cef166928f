// google.protobuf.Duration and Timestamp as JSON: "1.5s" and RFC 3339.

/** The fields that Duration and Timestamp share. */
export interface Time {
  readonly seconds: bigint;
  readonly nanos: number;
}

const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
/** ±10,000 years, from duration.proto. */
const MAX_DURATION_SECONDS = 315_576_000_000n;

/** Reads a duration; undefined if it is none. */
export function parseDuration(text: string): Time | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const seconds = BigInt(whole);
  if (seconds > MAX_DURATION_SECONDS) return undefined;
  const nanos = nanosOf(fraction);
  return sign === '-' ? { seconds: -seconds, nanos: nanos === 0 ? 0 : -nanos } : { seconds, nanos };
}

/** Writes a duration; seconds and nanos have the same sign. */
export function formatDuration({ seconds, nanos }: Time): string {
  const isNegative = seconds < 0n || nanos < 0;
  const whole = seconds < 0n ? -seconds : seconds;
  return `${isNegative ? '-' : ''}${whole}${fractionOf(Math.abs(nanos))}s`;
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59Z');

/** Reads a point in time; undefined if it is none. */
export function parseTimestamp(text: string): Time | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms) || ms < FIRST_MS || ms > LAST_MS) return undefined;
  return { seconds: BigInt(ms / 1000), nanos: nanosOf(match[2] ?? '') };
}

/** Writes a point in time, or undefined for one that has no year of four digits. */
export function formatTimestamp({ seconds, nanos }: Time): string | undefined {
  const ms = Number(seconds) * 1000;
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) return undefined;
  return `${new Date(ms).toISOString().slice(0, 19)}${fractionOf(nanos)}Z`;
}

function nanosOf(fraction: string): number {
  return Number(fraction.padEnd(9, '0'));
}

/** With three, six or nine digits, or nothing. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return `.${digits.endsWith('000') ? digits.slice(0, 6) : digits}`;
}

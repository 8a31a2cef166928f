/** Cron schedules as CronJobs use them: five fields, or a word such as @daily. */

/** The minutes, hours … at which a schedule fires, as one bit each. */
export interface CronSchedule {
  readonly minutes: bigint;
  readonly hours: bigint;
  readonly daysOfMonth: bigint;
  readonly months: bigint;
  readonly daysOfWeek: bigint;
  /** Whether a day must satisfy both day fields; it is enough to satisfy one when both are restricted. */
  readonly needsBothDays: boolean;
}

/** A schedule that fires at a fixed distance, `@every 1h30m`. */
export interface CronInterval {
  readonly everySeconds: number;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 6, names: DAYS },
];
const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '@yearly': '0 0 1 1 *',
    '@annually': '0 0 1 1 *',
    '@monthly': '0 0 1 * *',
    '@weekly': '0 0 * * 0',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@hourly': '0 * * * *',
  }),
);
const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** The schedule, or what is wrong with the text. */
export function parseCron(text: string): CronSchedule | CronInterval | { readonly problem: string } {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'empty spec string' };
  if (trimmed.startsWith('@every ')) return parseEvery(trimmed.slice('@every '.length));
  const word = WORDS.get(trimmed);
  if (trimmed.startsWith('@') && word === undefined) return { problem: `unrecognized descriptor: ${trimmed}` };
  const parts = (word ?? trimmed).split(/\s+/);
  if (parts.length !== FIELDS.length) {
    return { problem: `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]` };
  }
  const bits: bigint[] = [];
  for (const [i, field] of FIELDS.entries()) {
    const parsed = parseField(parts[i]!, field);
    if (typeof parsed === 'string') return { problem: parsed };
    bits.push(parsed);
  }
  const isAny = (part: string): boolean => part.startsWith('*') || part.startsWith('?');
  return {
    minutes: bits[0]!,
    hours: bits[1]!,
    daysOfMonth: bits[2]!,
    months: bits[3]!,
    daysOfWeek: bits[4]!,
    needsBothDays: isAny(parts[2]!) || isAny(parts[4]!),
  };
}

function parseEvery(text: string): CronInterval | { readonly problem: string } {
  const problem = { problem: `failed to parse duration @every ${text}` };
  if (!/^(\d+(\.\d+)?[hms])+$/.test(text)) return problem;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)) {
    seconds += Number(amount) * UNIT_SECONDS[unit!]!;
  }
  return { everySeconds: Math.max(1, Math.floor(seconds)) };
}

function parseField(text: string, field: Field): bigint | string {
  let bits = 0n;
  for (const part of text.split(',')) {
    const parsed = parseRange(part, field);
    if (typeof parsed === 'string') return parsed;
    bits |= parsed;
  }
  return bits;
}

function parseRange(part: string, field: Field): bigint | string {
  const [range = '', stepText, ...more] = part.split('/');
  if (more.length > 0) return `too many slashes: ${part}`;
  const [startText = '', endText, ...rest] = range.split('-');
  if (rest.length > 0) return `too many hyphens: ${part}`;
  const isAny = startText === '*' || startText === '?';
  const start = isAny ? field.min : parseNumber(startText, field);
  if (start === undefined) return `failed to parse int from ${startText}`;
  let end = isAny ? field.max : start;
  if (endText !== undefined) {
    const parsed = parseNumber(endText, field);
    if (parsed === undefined) return `failed to parse int from ${endText}`;
    end = parsed;
  } else if (stepText !== undefined) end = field.max;
  const step = stepText === undefined ? 1 : Number(/^\d+$/.test(stepText) ? stepText : Number.NaN);
  if (Number.isNaN(step)) return `failed to parse int from ${stepText}`;
  if (start < field.min) return `beginning of range (${start}) below minimum (${field.min}): ${part}`;
  if (end > field.max) return `end of range (${end}) above maximum (${field.max}): ${part}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${part}`;
  if (step === 0) return `step of range should be a positive number: ${part}`;
  let bits = 0n;
  for (let at = start; at <= end; at += step) bits |= 1n << BigInt(at);
  return bits;
}

function parseNumber(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

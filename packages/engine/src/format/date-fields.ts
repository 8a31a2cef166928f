/** A second of a calendar, taken apart. */
export interface DateFields {
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Sunday is 0. */
  readonly weekday: number;
  /** From 1. */
  readonly dayOfYear: number;
  /** East of Greenwich. */
  readonly offsetMinutes: number;
  readonly zone: string;
}

const MS_PER_DAY = 86_400_000;

/** The fields of a second, in UTC or in the time zone of the process. */
export function dateFields(epoch: number, isLocal: boolean): DateFields {
  const date = new Date(epoch * 1000);
  return isLocal ? localFields(date, epoch) : utcFields(date, epoch);
}

function utcFields(date: Date, epoch: number): DateFields {
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  return {
    epoch,
    year,
    month: month + 1,
    day,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    dayOfYear: dayOfYear(year, month, day),
    offsetMinutes: 0,
    zone: 'UTC',
  };
}

function localFields(date: Date, epoch: number): DateFields {
  const year = date.getFullYear();
  const month = date.getMonth();
  const day = date.getDate();
  return {
    epoch,
    year,
    month: month + 1,
    day,
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
    weekday: date.getDay(),
    dayOfYear: dayOfYear(year, month, day),
    offsetMinutes: -date.getTimezoneOffset(),
    zone: zoneOf(date),
  };
}

function dayOfYear(year: number, month: number, day: number): number {
  return Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / MS_PER_DAY) + 1;
}

function zoneOf(date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** The year and week of ISO 8601: the week is the year's that its Thursday is in. */
export function isoWeek({ year, dayOfYear: day, weekday }: DateFields): {
  readonly year: number;
  readonly week: number;
} {
  const isoDay = weekday === 0 ? 7 : weekday;
  const week = Math.floor((day - isoDay + 10) / 7);
  if (week < 1) return { year: year - 1, week: weeksIn(year - 1) };
  return week > weeksIn(year) ? { year: year + 1, week: 1 } : { year, week };
}

function weeksIn(year: number): number {
  const lastDay = (at: number) => new Date(Date.UTC(at, 11, 31)).getUTCDay();
  return lastDay(year) === 4 || lastDay(year - 1) === 3 ? 53 : 52;
}

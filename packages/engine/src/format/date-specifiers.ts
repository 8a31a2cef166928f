/** The conversions of strftime, as they come out in the C locale. */
import { type DateFields, isoWeek } from './date-fields.ts';

/** One conversion. */
export type Conversion =
  | {
      readonly kind: 'number';
      readonly width: number;
      readonly pad: '0' | ' ';
      readonly of: (date: DateFields) => number;
    }
  | { readonly kind: 'text'; readonly of: (date: DateFields) => string }
  /** Stands for a longer format. */
  | { readonly kind: 'format'; readonly format: string };

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const SHORT = 3;

function number(width: number, of: (date: DateFields) => number, pad: '0' | ' ' = '0'): Conversion {
  return { kind: 'number', width, pad, of };
}

function text(of: (date: DateFields) => string): Conversion {
  return { kind: 'text', of };
}

function format(longer: string): Conversion {
  return { kind: 'format', format: longer };
}

function nameOf(names: readonly string[], index: number): string {
  return names[index] ?? '';
}

/** `+0130`, or with a colon in between. */
export function offsetText({ offsetMinutes }: DateFields, separator: string): string {
  const amount = Math.abs(offsetMinutes);
  const hours = String(Math.trunc(amount / 60)).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${hours}${separator}${String(amount % 60).padStart(2, '0')}`;
}

/** By the letter behind the percent sign. */
export const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['a', text(({ weekday }) => nameOf(DAYS, weekday).slice(0, SHORT))],
  ['A', text(({ weekday }) => nameOf(DAYS, weekday))],
  ['b', text(({ month }) => nameOf(MONTHS, month - 1).slice(0, SHORT))],
  ['h', text(({ month }) => nameOf(MONTHS, month - 1).slice(0, SHORT))],
  ['B', text(({ month }) => nameOf(MONTHS, month - 1))],
  ['c', format('%a %b %e %H:%M:%S %Y')],
  ['C', number(2, ({ year }) => Math.floor(year / 100))],
  ['d', number(2, ({ day }) => day)],
  ['D', format('%m/%d/%y')],
  ['e', number(2, ({ day }) => day, ' ')],
  ['F', format('%Y-%m-%d')],
  ['g', number(2, (date) => isoWeek(date).year % 100)],
  ['G', number(1, (date) => isoWeek(date).year)],
  ['H', number(2, ({ hour }) => hour)],
  ['I', number(2, ({ hour }) => hour % 12 || 12)],
  ['j', number(3, ({ dayOfYear }) => dayOfYear)],
  ['k', number(2, ({ hour }) => hour, ' ')],
  ['l', number(2, ({ hour }) => hour % 12 || 12, ' ')],
  ['m', number(2, ({ month }) => month)],
  ['M', number(2, ({ minute }) => minute)],
  ['p', text(({ hour }) => (hour < 12 ? 'AM' : 'PM'))],
  ['P', text(({ hour }) => (hour < 12 ? 'am' : 'pm'))],
  ['r', format('%I:%M:%S %p')],
  ['R', format('%H:%M')],
  ['s', number(1, ({ epoch }) => epoch)],
  ['S', number(2, ({ second }) => second)],
  ['t', text(() => '\t')],
  ['T', format('%H:%M:%S')],
  ['u', number(1, ({ weekday }) => weekday || 7)],
  ['U', number(2, ({ dayOfYear, weekday }) => Math.floor((dayOfYear + 6 - weekday) / 7))],
  ['V', number(2, (date) => isoWeek(date).week)],
  ['w', number(1, ({ weekday }) => weekday)],
  ['W', number(2, ({ dayOfYear, weekday }) => Math.floor((dayOfYear + 6 - ((weekday + 6) % 7)) / 7))],
  ['x', format('%m/%d/%y')],
  ['X', format('%H:%M:%S')],
  ['y', number(2, ({ year }) => year % 100)],
  ['Y', number(1, ({ year }) => year)],
  ['z', text((date) => offsetText(date, ''))],
  ['Z', text(({ zone }) => zone)],
  ['%', text(() => '%')],
]);

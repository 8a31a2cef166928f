/** Parts of timestamps and durations. */
import { CelError } from '../errors.ts';
import { parseDuration } from '../time-text.ts';
import type { CelDuration, CelTimestamp } from '../values.ts';
import { method, on } from './define.ts';
import { floorDivide } from './standard.ts';

const MS = 1_000_000n;
const OFFSET = /^([+-]?)(\d\d?):(\d\d)$/;

/** The time as the wall clock of a zone shows it, as if it were UTC. */
function wallClock(time: CelTimestamp, zone: string): Date {
  const utc = new Date(Number(floorDivide(time.nanos, MS)));
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(utc.getTime() + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  if (zone === 'UTC' || zone === '') return utc;
  return new Date(`${inZone(utc, zone)}.${String(utc.getUTCMilliseconds()).padStart(3, '0')}Z`);
}

function inZone(utc: Date, timeZone: string): string {
  try {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    return format.format(utc).replace(' ', 'T');
  } catch {
    throw new CelError(`unknown time zone ${zoneName(timeZone)}`);
  }
}

function zoneName(zone: string): string {
  return JSON.stringify(zone.slice(0, 64));
}

function part(name: string, read: (date: Date) => number): ReturnType<typeof method> {
  return method(
    name,
    on<[CelTimestamp]>(['timestamp'], 'int', ([time]) => BigInt(read(wallClock(time, 'UTC')))),
    on<[CelTimestamp, string]>(['timestamp', 'string'], 'int', ([time, zone]) => BigInt(read(wallClock(time, zone)))),
  );
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
}

function inUnits(name: string, unit: string): ReturnType<typeof method> {
  const nanos = parseDuration(unit);
  return method(
    name,
    on<[CelDuration]>(['duration'], 'int', ([span]) => span.nanos / nanos),
  );
}

/** Parts of timestamps and durations. Months and days of the month count from 0. */
export const timeFunctions = [
  part('getFullYear', (date) => date.getUTCFullYear()),
  part('getMonth', (date) => date.getUTCMonth()),
  part('getDate', (date) => date.getUTCDate()),
  part('getDayOfMonth', (date) => date.getUTCDate() - 1),
  part('getDayOfWeek', (date) => date.getUTCDay()),
  part('getDayOfYear', dayOfYear),
  part('getHours', (date) => date.getUTCHours()),
  part('getMinutes', (date) => date.getUTCMinutes()),
  part('getSeconds', (date) => date.getUTCSeconds()),
  part('getMilliseconds', (date) => date.getUTCMilliseconds()),
  inUnits('getHours', '1h'),
  inUnits('getMinutes', '1m'),
  inUnits('getSeconds', '1s'),
  method(
    'getMilliseconds',
    on<[CelDuration]>(['duration'], 'int', ([span]) => (span.nanos % 1_000_000_000n) / MS),
  ),
];

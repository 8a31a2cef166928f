/** `"%s is %d".format([...])`. */
import { CelError } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { formatDuration, formatTimestamp } from '../time-text.ts';
import { CelDuration, CelTimestamp, CelTypeValue, CelUint, isMapping, kindOf } from '../values.ts';
import { formatDouble } from './standard.ts';

const CLAUSE = /%(?:\.(\d{1,3}))?(.?)/gsu;
const MAX_PRECISION = 100;

/** Fills the clauses of a format text with values. */
export function formatText(text: string, values: readonly unknown[], frame: Frame): string {
  let used = 0;
  const out = text.replace(CLAUSE, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (used >= values.length) throw new CelError(`index ${used} out of range`);
    const shown = formatValue(verb, precision === undefined ? undefined : Number(precision), values[used++]);
    frame.charge(shown.length / 10);
    return shown;
  });
  return out;
}

function formatValue(verb: string, precision: number | undefined, value: unknown): string {
  if (precision !== undefined && precision > MAX_PRECISION) throw new CelError(`precision ${precision} is too large`);
  switch (verb) {
    case 's':
      return show(value);
    case 'd':
      if (isInteger(value)) return String(toBigint(value));
      break;
    case 'f':
      if (isNumber(value))
        return Number.isFinite(Number(toNumber(value)))
          ? toNumber(value).toFixed(precision ?? 6)
          : formatDouble(toNumber(value));
      break;
    case 'e':
      if (isNumber(value))
        return toNumber(value)
          .toExponential(precision ?? 6)
          .replace(/e([+-])(\d)$/, 'e$10$2');
      break;
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      if (isInteger(value)) return toBigint(value).toString(2);
      break;
    case 'o':
      if (isInteger(value)) return toBigint(value).toString(8);
      break;
    case 'x':
      return hex(value);
    case 'X':
      return hex(value).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`);
  }
  throw new CelError(`error during formatting: %${verb} does not take a value of type ${kindOf(value)}`);
}

function hex(value: unknown): string {
  if (isInteger(value)) return toBigint(value).toString(16);
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (bytes instanceof Uint8Array) return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  throw new CelError(`error during formatting: %x does not take a value of type ${kindOf(value)}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatDouble(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (isMapping(value)) {
    const entries = value.keys().map((key) => `${show(key)}:${show(value.get(key))}`);
    return `{${entries.sort().join(', ')}}`;
  }
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value.nanos);
  if (value instanceof CelDuration) return formatDuration(value.nanos);
  if (value instanceof CelTypeValue) return value.name;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw new CelError(`error during formatting: %s does not take a value of type ${kindOf(value)}`);
}

function isInteger(value: unknown): value is bigint | CelUint {
  return typeof value === 'bigint' || value instanceof CelUint;
}

function toBigint(value: bigint | CelUint): bigint {
  return typeof value === 'bigint' ? value : value.value;
}

function isNumber(value: unknown): value is bigint | CelUint | number {
  return typeof value === 'number' || isInteger(value);
}

function toNumber(value: bigint | CelUint | number): number {
  return typeof value === 'number' ? value : Number(toBigint(value));
}

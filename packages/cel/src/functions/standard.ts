/** Size, conversions and types. */
import { formatCidr, formatIp } from '@weft/core';
import { CelError } from '../errors.ts';
import { asInt } from '../operators.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from '../time-text.ts';
import {
  type CelCidr,
  CelDuration,
  type CelIp,
  type CelMapping,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelUrl,
  kindOf,
} from '../values.ts';
import { fn, method, on } from './define.ts';

const NANOS = 1_000_000_000n;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The number of characters, not of UTF-16 units. */
export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The text of a double as Go prints it. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

function conversionError(from: string, to: string): CelError {
  return new CelError(`type conversion error from '${from}' to '${to}'`);
}

function parseInteger(text: string): bigint {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw conversionError('string', 'int');
  return asInt(BigInt(text.replace('+', '')));
}

function doubleToInteger(value: number): bigint {
  if (!Number.isFinite(value)) throw new CelError('integer overflow');
  return asInt(BigInt(Math.trunc(value)));
}

function parseDouble(text: string): number {
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw conversionError('string', 'double');
  return Number(text);
}

const BOOLS: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  True: true,
  TRUE: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  False: false,
  FALSE: false,
};

function parseBool(text: string): boolean {
  const value = Object.hasOwn(BOOLS, text) ? BOOLS[text] : undefined;
  if (value === undefined) throw conversionError('string', 'bool');
  return value;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const size = [
  on<[string]>(['string'], 'int', ([text]) => BigInt(codePointCount(text))),
  on<[Uint8Array]>(['bytes'], 'int', ([bytes]) => BigInt(bytes.length)),
  on<[unknown[]]>(['list'], 'int', ([list]) => BigInt(list.length)),
  on<[CelMapping]>(['map'], 'int', ([map]) => BigInt(map.size)),
];

const TYPE_NAMES: Readonly<Record<string, string>> = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  object: 'map',
  quantity: 'kubernetes.Quantity',
  url: 'kubernetes.URL',
  ip: 'net.IP',
  cidr: 'net.CIDR',
  optional: 'optional_type',
};

/** Functions that every CEL has. */
export const standardFunctions = [
  fn('size', ...size),
  method('size', ...size),
  fn(
    'dyn',
    on<[unknown]>(['any'], 'dyn', ([value]) => value),
  ),
  fn(
    'type',
    on<[unknown]>(['any'], 'type', ([value]) => new CelTypeValue(TYPE_NAMES[kindOf(value)] ?? kindOf(value))),
  ),
  fn(
    'int',
    on<[bigint]>(['int'], 'int', ([value]) => value),
    on<[CelUint]>(['uint'], 'int', ([value]) => asInt(value.value)),
    on<[number]>(['double'], 'int', ([value]) => doubleToInteger(value)),
    on<[string]>(['string'], 'int', ([text]) => parseInteger(text)),
    on<[CelTimestamp]>(['timestamp'], 'int', ([time]) => floorDivide(time.nanos, NANOS)),
  ),
  fn(
    'uint',
    on<[CelUint]>(['uint'], 'uint', ([value]) => value),
    on<[bigint]>(['int'], 'uint', ([value]) => new CelUint(value)),
    on<[number]>(['double'], 'uint', ([value]) => new CelUint(doubleToInteger(value))),
    on<[string]>(['string'], 'uint', ([text]) => {
      if (!/^\d{1,20}$/.test(text)) throw conversionError('string', 'uint');
      return new CelUint(BigInt(text));
    }),
  ),
  fn(
    'double',
    on<[number]>(['double'], 'double', ([value]) => value),
    on<[bigint]>(['int'], 'double', ([value]) => Number(value)),
    on<[CelUint]>(['uint'], 'double', ([value]) => Number(value.value)),
    on<[string]>(['string'], 'double', ([text]) => parseDouble(text)),
  ),
  fn(
    'bool',
    on<[boolean]>(['bool'], 'bool', ([value]) => value),
    on<[string]>(['string'], 'bool', ([text]) => parseBool(text)),
  ),
  fn(
    'bytes',
    on<[Uint8Array]>(['bytes'], 'bytes', ([bytes]) => bytes),
    on<[string]>(['string'], 'bytes', ([text]) => new TextEncoder().encode(text)),
  ),
  fn(
    'string',
    on<[string]>(['string'], 'string', ([text]) => text),
    on<[boolean]>(['bool'], 'string', ([value]) => String(value)),
    on<[bigint]>(['int'], 'string', ([value]) => String(value)),
    on<[CelUint]>(['uint'], 'string', ([value]) => String(value.value)),
    on<[number]>(['double'], 'string', ([value]) => formatDouble(value)),
    on<[Uint8Array]>(['bytes'], 'string', ([bytes]) => decodeText(bytes)),
    on<[CelTimestamp]>(['timestamp'], 'string', ([time]) => formatTimestamp(time.nanos)),
    on<[CelDuration]>(['duration'], 'string', ([span]) => formatDuration(span.nanos)),
    on<[CelUrl]>(['url'], 'string', ([url]) => url.text),
    on<[CelIp]>(['ip'], 'string', ([ip]) => formatIp(ip.address)),
    on<[CelCidr]>(['cidr'], 'string', ([cidr]) => formatCidr(cidr.block)),
  ),
  fn(
    'timestamp',
    on<[CelTimestamp]>(['timestamp'], 'timestamp', ([time]) => time),
    on<[string]>(['string'], 'timestamp', ([text]) => new CelTimestamp(parseTimestamp(text))),
    on<[bigint]>(['int'], 'timestamp', ([seconds]) => new CelTimestamp(seconds * NANOS)),
  ),
  fn(
    'duration',
    on<[CelDuration]>(['duration'], 'duration', ([span]) => span),
    on<[string]>(['string'], 'duration', ([text]) => new CelDuration(parseDuration(text))),
  ),
];

/** Division that rounds down, as clocks count before 1970. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

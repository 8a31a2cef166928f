import { TYPE, type ValueType } from '../schema.ts';
import { decodeBase64 } from './base64.ts';

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?\d{1,20}$/;
const MAX_FLOAT = 3.4028234663852886e38;

/** The range of each type of integers; an enum is an int32. */
const RANGES: { readonly [type: ValueType]: readonly [bigint, bigint] } = {
  [TYPE.enum]: [-(2n ** 31n), 2n ** 31n - 1n],
  [TYPE.int32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [TYPE.sint32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [TYPE.sfixed32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [TYPE.uint32]: [0n, 2n ** 32n - 1n],
  [TYPE.fixed32]: [0n, 2n ** 32n - 1n],
  [TYPE.int64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [TYPE.sint64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [TYPE.sfixed64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [TYPE.uint64]: [0n, 2n ** 64n - 1n],
  [TYPE.fixed64]: [0n, 2n ** 64n - 1n],
};

/** The value of a scalar from JSON, or undefined if the JSON is none of that type. */
export function scalarFromJson(type: ValueType, json: unknown): unknown {
  switch (type) {
    case TYPE.string:
      // A lone surrogate has no form in UTF-8.
      return typeof json === 'string' && json.isWellFormed() ? json : undefined;
    case TYPE.bool:
      return boolFrom(json);
    case TYPE.bytes:
      return typeof json === 'string' ? decodeBase64(json) : undefined;
    case TYPE.double:
      return doubleFrom(json);
    case TYPE.float: {
      const value = doubleFrom(json);
      if (value === undefined || (Number.isFinite(value) && Math.abs(value) > MAX_FLOAT)) return undefined;
      return Math.fround(value);
    }
    default: {
      const value = integerFrom(json);
      const [least, most] = rangeOf(type);
      if (value === undefined || value < least || value > most) return undefined;
      return is64Bit(type) ? value : Number(value);
    }
  }
}

/** What JSON a scalar of this type is written as, for people. */
export function describeScalar(type: ValueType): string {
  switch (type) {
    case TYPE.string:
      return 'text in quotes';
    case TYPE.bool:
      return 'true or false';
    case TYPE.bytes:
      return 'text in base64';
    case TYPE.double:
    case TYPE.float:
      return 'a number';
    default:
      return `an integer from ${rangeOf(type).join(' to ')}`;
  }
}

function rangeOf(type: ValueType): readonly [bigint, bigint] {
  const range = RANGES[type];
  if (range === undefined) throw new TypeError(`a value of type ${type} is no scalar`);
  return range;
}

/** True if values of this type are bigint. */
export function is64Bit(type: ValueType): boolean {
  switch (type) {
    case TYPE.int64:
    case TYPE.uint64:
    case TYPE.sint64:
    case TYPE.fixed64:
    case TYPE.sfixed64:
      return true;
    default:
      return false;
  }
}

/** Envoy takes the words in quotes too, in upper or lower case. */
function boolFrom(json: unknown): boolean | undefined {
  if (typeof json !== 'string') return typeof json === 'boolean' ? json : undefined;
  const word = json.toLowerCase();
  return word === 'true' || (word === 'false' ? false : undefined);
}

function doubleFrom(json: unknown): number | undefined {
  switch (json) {
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case '-Infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      break;
  }
  const value = typeof json === 'string' && NUMBER.test(json) ? Number(json) : json;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Numbers may be text, and have a fraction of zeros or an exponent, as long as they are integers. */
function integerFrom(json: unknown): bigint | undefined {
  if (typeof json === 'bigint') return json;
  if (typeof json === 'string' && INTEGER.test(json)) return BigInt(json);
  const value = doubleFrom(json);
  return value !== undefined && Number.isInteger(value) ? BigInt(value) : undefined;
}

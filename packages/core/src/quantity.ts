/**
 * Kubernetes quantities (`500m`, `1.5Gi`, `1e3`): parsed, compared and written exactly, with integers of any size. The
 * rules follow the API machinery's description of Quantity: nothing below a billionth exists (it is rounded up), and the
 * canonical form has no fraction and the largest suffix that allows that.
 */

/** How a quantity was written, which decides how it is written again. */
export type QuantityFormat = 'decimalSI' | 'binarySI' | 'decimalExponent';

/** An exact amount in billionths. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[EPTGM]i|Ki|[numkMGTPE])?$/;
const NANO_DIGITS = 9;
const NANOS = 1_000_000_000n;
/** 2^63-1: amounts that need more than `EXACT_DIGITS` digits are cut to it. */
const MAX_NANOS = 9_223_372_036_854_775_807n * NANOS;
/** Decimal amounts of up to so many digits are kept with their exponent, however large that makes them. */
const EXACT_DIGITS = 18;
/** Exponents beyond this can only be meant to exhaust memory. */
const MAX_EXPONENT = 400;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** What Kubernetes says of a text that is no quantity. */
export const QUANTITY_PROBLEM =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The amount that `text` stands for, or undefined when it is not a quantity. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = SYNTAX.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const { format, nanos } = scale(digits, fraction.length, suffix);
  const isExact = format !== 'binarySI' && whole.replace(/^0+/, '').length + fraction.length <= EXACT_DIGITS;
  const bounded = nanos > MAX_NANOS && !isExact ? MAX_NANOS : nanos;
  return { format, nanos: sign === '-' ? -bounded : bounded };
}

/** The quantity in Kubernetes' canonical form. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos } = quantity;
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const amount = nanos < 0n ? -nanos : nanos;
  // Small and fractional amounts are written in decimal even when given with a binary suffix: nothing is lost.
  if (quantity.format === 'binarySI' && amount >= 1024n * NANOS && amount % NANOS === 0n) {
    return sign + formatBinary(amount / NANOS);
  }
  return sign + formatDecimal(amount, quantity.format === 'decimalExponent');
}

/** Negative when `a` is less than `b`, positive when it is more, 0 when they are the same amount. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum, written as the first operand is unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, written as the first operand is unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The amount rounded away from zero to whole thousandths, the precision in which resources are stored. */
export function roundUpToMilli(quantity: Quantity): Quantity {
  const unit = 1_000_000n;
  const rest = quantity.nanos % unit;
  if (rest === 0n) return quantity;
  return { format: quantity.format, nanos: quantity.nanos - rest + (rest > 0n ? unit : -unit) };
}

/** The amount as a whole number, rounded up, as a scheduler counts bytes or pods. */
export function quantityToNumber(quantity: Quantity): number {
  const rest = quantity.nanos % NANOS;
  return Number(quantity.nanos / NANOS) + (rest > 0n ? 1 : 0);
}

/** The amount in whole thousandths, rounded up, as CPU is counted. */
export function quantityToMilli(quantity: Quantity): number {
  return Number(roundUpToMilli(quantity).nanos / 1_000_000n);
}

/** The canonical form of a text; the text itself when it is not a quantity. */
export function canonicalQuantity(text: string): string {
  const parsed = parseQuantity(text);
  return parsed === undefined ? text : formatQuantity(parsed);
}

function scale(digits: bigint, fractionDigits: number, suffix: string): { nanos: bigint; format: QuantityFormat } {
  if (suffix.endsWith('i')) {
    const power = BigInt(BINARY_SUFFIXES.indexOf(suffix)) * 10n;
    return { format: 'binarySI', nanos: shift(digits << power, NANO_DIGITS - fractionDigits) };
  }
  const isExponent = /^[eE][+-]?\d/.test(suffix);
  const exponent = isExponent ? clampExponent(Number(suffix.slice(1))) : (DECIMAL_EXPONENTS[suffix] ?? 0);
  return {
    format: isExponent ? 'decimalExponent' : 'decimalSI',
    nanos: shift(digits, NANO_DIGITS + exponent - fractionDigits),
  };
}

function clampExponent(exponent: number): number {
  return Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, exponent));
}

/** `digits` times ten to the power, rounded up. */
function shift(digits: bigint, power: number): bigint {
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (digits + divisor - 1n) / divisor;
}

function formatBinary(amount: bigint): string {
  let power = 0;
  let rest = amount;
  while (rest % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    rest /= 1024n;
    power++;
  }
  return `${rest}${BINARY_SUFFIXES[power]}`;
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let index = 0;
  let rest = nanos;
  while (rest % 1000n === 0n && (asExponent || index < DECIMAL_SUFFIXES.length - 1)) {
    rest /= 1000n;
    index++;
  }
  const exponent = index * 3 - NANO_DIGITS;
  if (!asExponent) return `${rest}${DECIMAL_SUFFIXES[index]}`;
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}

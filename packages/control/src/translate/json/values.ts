/** Values of users in the JSON form of the messages. */
import { parseDuration } from '@weft/core';
import type { FractionalPercentJson } from '@weft/proto/envoy/type/v3/percent';

/** No time limit, where that is said by a duration. */
export const NO_TIMEOUT = '0s';

const NS_PER_SECOND = 1_000_000_000n;

/** A duration as users write it (`1h30m`, `250ms`) in seconds, as JSON of messages has it (`5400s`, `0.25s`); undefined for other texts. */
export function durationJson(text: string): string | undefined {
  const parsed = parseDuration(text);
  if (parsed.kind === 'err') return undefined;
  const ns = parsed.value < 0n ? -parsed.value : parsed.value;
  const fraction = String(ns % NS_PER_SECOND)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const sign = parsed.value < 0n ? '-' : '';
  return `${sign}${ns / NS_PER_SECOND}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** The same for what may not be said at all. */
export function optionalDurationJson(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : durationJson(text);
}

/** Whole percent of all requests. */
export function wholePercent(percent: number): FractionalPercentJson {
  return { numerator: percent };
}

/** A share in percent, to the millionth. */
export function fractionOfPercent(percent: number): FractionalPercentJson {
  return { numerator: Math.round(percent * 10_000), denominator: 'MILLION' };
}

import type { Cells } from '../histogram/cells.ts';
import type { StatName } from '../names/stat-name.ts';
import type { Definition } from './definition.ts';

/**
 * What a number is before it is first written: the other zero. Adding anything to it or setting it to 0 makes it an ordinary number,
 * so whether a statistic was ever used is known without a flag.
 */
export const UNUSED = -0;

/** Whether a number was ever written. */
export function isUsed(value: number): boolean {
  return value !== 0 || !Object.is(value, UNUSED);
}

/** What a histogram shows: what came in the last interval, and everything. */
export interface HistogramData {
  readonly interval: Cells;
  readonly cumulative: Cells;
}

/** Some statistics of one scope with their values, for reading. */
export interface StatGroup {
  readonly definition: Definition;
  /** A counter's or gauge's value; `UNUSED` if it was never written. */
  numberAt(slot: number): number;
  /** A text, or undefined if it was never set. */
  textAt(slot: number): string | undefined;
  /** A histogram, or undefined if nothing was recorded yet. */
  histogramAt(slot: number): HistogramData | undefined;
}

/** All statistics whose names begin alike. */
export interface ScopeView {
  readonly name: StatName;
  groups(): Iterable<StatGroup>;
}

/** Everything there is to show; of a registry, or of several workers added up. */
export interface StatsView {
  /** Ordered by name. */
  readonly scopes: readonly ScopeView[];
}

/** A set of measurements in short. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** Half of the distance between the quartiles, in percent of the median: how far to trust the median. */
  readonly spreadPct: number;
}

/** The value below which a share of the sorted values lies, interpolated between neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

/** Puts measurements in short; the median rather than the mean, since a busy machine only ever adds. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const halfRange = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2;
  return {
    count: sorted.length,
    min: sorted[0] ?? Number.NaN,
    median,
    max: sorted.at(-1) ?? Number.NaN,
    spreadPct: median === 0 ? 0 : (halfRange / median) * 100,
  };
}

/** How much y grows with each x, by the straight line that fits best; 0 with fewer than two points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below > 0 ? above / below : 0;
}

/** `12.3 ms ±4 %` */
export function formatSpread(spread: Spread, unit: string, digits = 1): string {
  return `${spread.median.toFixed(digits)} ${unit} ±${spread.spreadPct.toFixed(0)} %`;
}

/** How load is spread over the priorities of a cluster (Envoy, "Priority levels", "Degraded endpoints" and "Panic threshold"). */

/** The hosts of one priority, counted. */
export interface PriorityHealth {
  readonly total: number;
  readonly healthy: number;
  readonly degraded: number;
}

/** What each priority gets. */
export interface PriorityLoads {
  /** Percent for healthy and for degraded hosts, by priority; all of them add up to 100 unless there are no hosts. */
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
  /** Priorities where health is not believed any more: every host gets load. */
  readonly isPanic: readonly boolean[];
}

/** Load of 100 % is kept as long as 100 / 1.4 % of the hosts are healthy. */
const DEFAULT_OVERPROVISIONING_PCT = 140;

/** Spreads the load. `panicPct` is the share of healthy hosts below which there is panic; 0 switches panic off. */
export function spreadLoad(
  priorities: readonly PriorityHealth[],
  panicPct: number,
  overprovisioningPct: number = DEFAULT_OVERPROVISIONING_PCT,
): PriorityLoads {
  const healthyPct = priorities.map(({ total, healthy }) => availability(healthy, total, overprovisioningPct));
  const degradedPct = priorities.map(({ total, degraded }) => availability(degraded, total, overprovisioningPct));
  const available = Math.min(sum(healthyPct) + sum(degradedPct), 100);
  if (available === 0) return panicLoads(priorities, panicPct);
  const left = { pct: 100 };
  const healthy = healthyPct.map((pct) => take(left, pct, available));
  const degraded = degradedPct.map((pct) => take(left, pct, available));
  // What rounding left goes to the first that has load.
  if (left.pct > 0) {
    const first = healthy.findIndex((pct) => pct > 0);
    if (first >= 0) healthy[first]! += left.pct;
    else degraded[degraded.findIndex((pct) => pct > 0)]! += left.pct;
  }
  // As long as the priorities together can take everything, none of them panics.
  const isPanic = priorities.map((health) => available < 100 && isBelow(health, panicPct));
  return { healthy, degraded, isPanic };
}

/** Chooses by a random number below 100. Undefined when there is no load at all. */
export function choosePriority(
  loads: PriorityLoads,
  percentile: number,
): { readonly priority: number; readonly isDegraded: boolean } | undefined {
  let reached = 0;
  for (let priority = 0; priority < loads.healthy.length; priority++) {
    reached += loads.healthy[priority]!;
    if (percentile < reached) return { priority, isDegraded: false };
  }
  for (let priority = 0; priority < loads.degraded.length; priority++) {
    reached += loads.degraded[priority]!;
    if (percentile < reached) return { priority, isDegraded: true };
  }
  return undefined;
}

/** Nobody is healthy: in panic, priorities get load by their size; without panic, there is none. */
function panicLoads(priorities: readonly PriorityHealth[], panicPct: number): PriorityLoads {
  const none = priorities.map(() => 0);
  const total = sum(priorities.map((health) => health.total));
  if (panicPct === 0 || total === 0) {
    return { healthy: none, degraded: none, isPanic: priorities.map(() => panicPct > 0) };
  }
  const healthy = priorities.map((health) => Math.floor((100 * health.total) / total));
  const first = healthy.findIndex((_, i) => priorities[i]!.total > 0);
  healthy[first]! += 100 - sum(healthy);
  return { healthy, degraded: none, isPanic: priorities.map(() => true) };
}

function availability(count: number, total: number, overprovisioningPct: number): number {
  return total === 0 ? 0 : Math.min(100, Math.floor((overprovisioningPct * count) / total));
}

function take(left: { pct: number }, pct: number, available: number): number {
  const share = Math.min(left.pct, Math.floor((pct * 100) / available));
  left.pct -= share;
  return share;
}

function isBelow({ total, healthy, degraded }: PriorityHealth, panicPct: number): boolean {
  return total > 0 && ((healthy + degraded) * 100) / total < panicPct;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

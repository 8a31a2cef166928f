/** Chooses the host of a request: priority, then locality where they are weighted, then the policy within. */
import { EdfQueue } from './edf-queue.ts';
import { type BalancedHost, createPicker, type HostPicker, type PickPolicy } from './host-picker.ts';
import { choosePriority, type PriorityLoads, spreadLoad } from './priority-load.ts';

/** What a host's health says about it. */
export type HostHealth = 'healthy' | 'degraded' | 'unhealthy';

/** A host as a load balancer sees it; the proxy's own objects are these. */
export interface LoadBalancedHost extends BalancedHost {
  readonly health: HostHealth;
}

/** The hosts of one place. */
export interface LocalityHosts<H> {
  readonly hosts: readonly H[];
  /** For locality-weighted balancing; 0 gets no load. */
  readonly weight: number;
}

/** The hosts of one priority. */
export interface PriorityHosts<H> {
  readonly localities: readonly LocalityHosts<H>[];
}

/** The rules of a load balancer. */
export interface LoadBalancerOptions {
  readonly policy: PickPolicy;
  readonly panicPct: number;
  readonly overprovisioningPct: number;
  /** Whether localities get load by their weights. */
  readonly isLocalityWeighted: boolean;
  /** With panic: no host is chosen instead of any (fail_traffic_on_panic). */
  readonly failsOnPanic: boolean;
  readonly seed: number;
}

/** A list of hosts and where its turn is. */
interface Pool<H> {
  pick(random: () => number): H;
}

/** Balances over one state of a cluster's hosts; when hosts or their health change, another one is made. */
export class LoadBalancer<H extends LoadBalancedHost> {
  readonly loads: PriorityLoads;
  readonly #options: LoadBalancerOptions;
  readonly #healthy: readonly (Pool<H> | undefined)[];
  readonly #degraded: readonly (Pool<H> | undefined)[];
  readonly #all: readonly (Pool<H> | undefined)[];
  /** The usual case: one priority whose hosts take everything. */
  readonly #only: Pool<H> | undefined;

  constructor(priorities: readonly PriorityHosts<H>[], options: LoadBalancerOptions) {
    this.#options = options;
    const { panicPct, overprovisioningPct } = options;
    const flat = priorities.map(({ localities }) => localities.flatMap(({ hosts }) => hosts));
    const counts = flat.map((hosts) => ({
      total: hosts.length,
      healthy: countOf(hosts, 'healthy'),
      degraded: countOf(hosts, 'degraded'),
    }));
    this.loads = spreadLoad(counts, panicPct, overprovisioningPct);
    const pools = (health: HostHealth | undefined) =>
      priorities.map(({ localities }) => createPool(withHealth(localities, health), options));
    this.#healthy = pools('healthy');
    this.#degraded = pools('degraded');
    this.#all = this.loads.isPanic.some(Boolean) ? pools(undefined) : [];
    const isPlain = this.loads.healthy[0] === 100 && this.loads.isPanic[0] === false;
    this.#only = isPlain ? this.#healthy[0] : undefined;
  }

  /** The host of a request; undefined when there is none. */
  pick(random: () => number): H | undefined {
    if (this.#only !== undefined) return this.#only.pick(random);
    const choice = choosePriority(this.loads, Math.floor(random() * 100));
    if (choice === undefined) return undefined;
    if (this.loads.isPanic[choice.priority] === true) {
      return this.#options.failsOnPanic ? undefined : this.#all[choice.priority]?.pick(random);
    }
    const pools = choice.isDegraded ? this.#degraded : this.#healthy;
    return pools[choice.priority]?.pick(random);
  }

  /** Whether health is not believed any more in any priority. */
  get isPanic(): boolean {
    return this.loads.isPanic.some(Boolean);
  }
}

function countOf(hosts: readonly LoadBalancedHost[], health: HostHealth): number {
  let count = 0;
  for (const host of hosts) if (host.health === health) count++;
  return count;
}

/** The localities with only the hosts of a health, and without those that have none left. */
function withHealth<H extends LoadBalancedHost>(
  localities: readonly LocalityHosts<H>[],
  health: HostHealth | undefined,
): readonly (LocalityHosts<H> & { readonly total: number })[] {
  return localities
    .map(({ hosts, weight }) => ({
      hosts: health === undefined ? hosts : hosts.filter((host) => host.health === health),
      total: hosts.length,
      weight,
    }))
    .filter(({ hosts }) => hosts.length > 0);
}

function createPool<H extends LoadBalancedHost>(
  localities: readonly (LocalityHosts<H> & { readonly total: number })[],
  options: LoadBalancerOptions,
): Pool<H> | undefined {
  const { policy, seed, isLocalityWeighted, overprovisioningPct } = options;
  if (!isLocalityWeighted) {
    const hosts = localities.flatMap((locality) => locality.hosts);
    return hosts.length === 0 ? undefined : createPicker(policy, hosts, seed);
  }
  const weighted = localities.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) return undefined;
  const entries = weighted.map(({ hosts, total, weight }) => ({
    picker: createPicker(policy, hosts, seed),
    // A place keeps its share while enough of its hosts are available.
    weight: weight * Math.min(1, (hosts.length * overprovisioningPct) / (100 * total)),
  }));
  const turn = new EdfQueue<{ readonly picker: HostPicker<H>; readonly weight: number }>(
    entries,
    (entry) => entry.weight,
    seed % entries.length,
  );
  return { pick: (random) => turn.next()!.picker.pick(random) };
}

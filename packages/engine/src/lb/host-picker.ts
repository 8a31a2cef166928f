/** Choosing one host of a list: the load balancing policies. A picker is made for one list of hosts; another list gets another picker. */
import { EdfQueue } from './edf-queue.ts';

/** What a policy looks at. */
export interface BalancedHost {
  readonly weight: number;
  /** Requests under way. */
  readonly activeRequests: number;
}

/** Chooses hosts of one list, which is not empty. */
export interface HostPicker<H> {
  /** `random` is a number from 0 (included) to 1 (excluded); each call should bring a new one. */
  pick(random: () => number): H;
}

/** A policy and its options. */
export type PickPolicy =
  | { readonly kind: 'roundRobin' }
  | { readonly kind: 'leastRequest'; readonly choices: number; readonly activeBias: number }
  | { readonly kind: 'random' };

/** Makes the picker of a policy. `seed` is a whole number that tells balancers with the same hosts apart. */
export function createPicker<H extends BalancedHost>(
  policy: PickPolicy,
  hosts: readonly H[],
  seed: number,
): HostPicker<H> {
  const isWeighted = hosts.some((host) => host.weight !== hosts[0]!.weight);
  switch (policy.kind) {
    case 'roundRobin':
      return isWeighted ? weightedRoundRobin(hosts, seed) : roundRobin(hosts, seed);
    case 'leastRequest':
      return isWeighted
        ? weightedLeastRequest(hosts, policy.activeBias, seed)
        : leastOf(hosts, Math.min(policy.choices, hosts.length));
    case 'random':
      return { pick: (random) => hosts[Math.floor(random() * hosts.length)]! };
  }
}

function roundRobin<H>(hosts: readonly H[], seed: number): HostPicker<H> {
  let at = seed % hosts.length;
  return {
    pick: () => {
      const host = hosts[at]!;
      at = at + 1 === hosts.length ? 0 : at + 1;
      return host;
    },
  };
}

function weightedRoundRobin<H extends BalancedHost>(hosts: readonly H[], seed: number): HostPicker<H> {
  const queue = new EdfQueue(hosts, (host) => host.weight, seed % hosts.length);
  return { pick: () => queue.next()! };
}

/** The weight counts for less the more requests a host has under way. */
function weightedLeastRequest<H extends BalancedHost>(
  hosts: readonly H[],
  activeBias: number,
  seed: number,
): HostPicker<H> {
  const weightOf = (host: H) => host.weight / (host.activeRequests + 1) ** activeBias;
  const queue = new EdfQueue(hosts, weightOf, seed % hosts.length);
  return { pick: () => queue.next()! };
}

/** The least busy of a few chosen at random: nearly as good as looking at all of them, and never a stampede on one. */
function leastOf<H extends BalancedHost>(hosts: readonly H[], choices: number): HostPicker<H> {
  return {
    pick: (random) => {
      let least = hosts[Math.floor(random() * hosts.length)]!;
      for (let i = 1; i < choices; i++) {
        const other = hosts[Math.floor(random() * hosts.length)]!;
        if (other.activeRequests < least.activeRequests) least = other;
      }
      return least;
    },
  };
}

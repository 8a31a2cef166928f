/** Virtual hosts of one route configuration: no name and no domain is given out twice. */
import type { RouteJson, VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { getOrAdd } from '../../../mesh/collections/get-or-add.ts';
import { compareText } from '../../../mesh/names/object-ref.ts';
import type { Memo } from '../../memo.ts';
import type { ServiceDomains } from './domains.ts';

/** A domain that another virtual host has already. */
export interface LostDomain {
  readonly domain: string;
  /** Name of the virtual host that has it. */
  readonly owner: string;
}

const NOTHING_LOST: readonly LostDomain[] = Object.freeze([]);

type ByDomains = WeakMap<ServiceDomains, VirtualHostJson>;

/** Virtual hosts by their routes and domains: with the number of the attempt in requests, and without. */
const counting = new WeakMap<RouteJson[], ByDomains>();
const silent = new WeakMap<RouteJson[], ByDomains>();

/** Collects virtual hosts; those that come first keep what several want. */
export class VirtualHostTable {
  readonly #hosts = new Map<string, VirtualHostJson>();
  /** Domain to the name of its virtual host. */
  readonly #owners = new Map<string, string>();
  /** Full names that derived ones may not take. */
  readonly #reserved: ReadonlySet<string>;
  readonly #includesAttempts: boolean;
  readonly #memo: Memo;

  constructor(reserved: ReadonlySet<string>, includesAttempts: boolean, memo: Memo) {
    this.#reserved = reserved;
    this.#includesAttempts = includesAttempts;
    this.#memo = memo;
  }

  /** Whether there is a virtual host of this name. */
  has(name: string): boolean {
    return this.#hosts.has(name);
  }

  /** Adds a virtual host with those domains that are free; returns the others. */
  add(name: string, all: ServiceDomains, routes: RouteJson[]): readonly LostDomain[] {
    const { full, derived, addresses } = all;
    if (this.#areFree(full) && this.#areFree(derived) && this.#areFree(addresses) && !this.#hasReserved(derived)) {
      for (const list of [full, derived, addresses]) for (const domain of list) this.#owners.set(domain, name);
      this.#hosts.set(name, this.#whole(name, all, routes));
      return NOTHING_LOST;
    }
    return this.#addPart(name, all, routes);
  }

  #areFree(domains: readonly string[]): boolean {
    for (const domain of domains) if (this.#owners.has(domain)) return false;
    return true;
  }

  #hasReserved(domains: readonly string[]): boolean {
    for (const domain of domains) if (this.#reserved.has(domain)) return true;
    return false;
  }

  #addPart(name: string, { full, derived, addresses }: ServiceDomains, routes: RouteJson[]): readonly LostDomain[] {
    const lost: LostDomain[] = [];
    const domains: string[] = [];
    for (const domain of [...full, ...derived.filter((one) => !this.#reserved.has(one)), ...addresses]) {
      const owner = this.#owners.get(domain);
      if (owner === undefined) {
        this.#owners.set(domain, name);
        domains.push(domain);
      } else if (owner !== name) lost.push({ domain, owner });
    }
    if (domains.length > 0) this.#hosts.set(name, this.#make(name, domains, routes));
    return lost;
  }

  /** A virtual host that loses nothing is the same for all proxies with the same domains and routes. */
  #whole(name: string, all: ServiceDomains, routes: RouteJson[]): VirtualHostJson {
    const byDomains = getOrAdd(this.#includesAttempts ? counting : silent, routes, () => new WeakMap());
    return getOrAdd(byDomains, all, () => this.#make(name, [...all.full, ...all.derived, ...all.addresses], routes));
  }

  #make(name: string, domains: string[], routes: RouteJson[]): VirtualHostJson {
    const includeRequestAttemptCount = this.#includesAttempts;
    const parts = [name, domains.join(' '), includeRequestAttemptCount, routes];
    return this.#memo.get('virtual-host', parts, () => ({ name, domains, routes, includeRequestAttemptCount }));
  }

  /** All of them, by name. */
  list(): VirtualHostJson[] {
    return [...this.#hosts.values()].toSorted((a, b) => compareText(a.name!, b.name!));
  }
}

/** Virtual hosts of one route configuration: no name and no domain is given out twice. */
import type { RouteJson, VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { compareText } from '../../../mesh/names/object-ref.ts';
import type { Memo } from '../../memo.ts';
import type { ServiceDomains } from './domains.ts';

/** A domain that another virtual host has already. */
export interface LostDomain {
  readonly domain: string;
  /** Name of the virtual host that has it. */
  readonly owner: string;
}

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

  /** Adds a virtual host with those domains that are free. */
  add(name: string, { full, derived, addresses }: ServiceDomains, routes: RouteJson[]): readonly LostDomain[] {
    const lost: LostDomain[] = [];
    const domains: string[] = [];
    for (const domain of [...full, ...derived.filter((one) => !this.#reserved.has(one)), ...addresses]) {
      const owner = this.#owners.get(domain);
      if (owner === undefined) {
        this.#owners.set(domain, name);
        domains.push(domain);
      } else if (owner !== name) lost.push({ domain, owner });
    }
    if (domains.length === 0) return lost;
    const includeRequestAttemptCount = this.#includesAttempts;
    const parts = [name, domains.join(' '), includeRequestAttemptCount, routes];
    const host = this.#memo.get('virtual-host', parts, () => ({ name, domains, routes, includeRequestAttemptCount }));
    this.#hosts.set(name, host);
    return lost;
  }

  /** All of them, by name. */
  list(): VirtualHostJson[] {
    return [...this.#hosts.values()].toSorted((a, b) => compareText(a.name!, b.name!));
  }
}

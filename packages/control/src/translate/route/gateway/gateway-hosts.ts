/** Virtual hosts of a gateway while its VirtualServices are put together host by host (SEMANTICS 3, 7, 38). */
import type { RouteJson, VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { compareText } from '../../../mesh/names/object-ref.ts';
import type { Memo } from '../../memo.ts';
import { isCatchAll } from '../rules/match.ts';

/** A host, and all that is said about it. */
interface Host {
  readonly host: string;
  readonly name: string;
  /** Routes of each VirtualService, in order. */
  readonly lists: RouteJson[][];
  requiresTls: boolean;
}

/** Collects hosts and what is said about them. Lives for one route configuration. */
export class GatewayHosts {
  readonly #hosts = new Map<string, Host>();

  /** Adds routes to a host; `port` is that of the server, which names the virtual host. */
  add(host: string, port: number, routes: RouteJson[], requiresTls: boolean): void {
    const entry = this.#entry(host, port);
    // A VirtualService that is bound to two gateways of one port comes twice.
    if (!entry.lists.includes(routes)) entry.lists.push(routes);
    if (requiresTls) entry.requiresTls = true;
  }

  /** Clients of a host are sent to HTTPS, also where there are no routes. */
  requireTls(host: string, port: number): void {
    this.#entry(host, port).requiresTls = true;
  }

  /** The virtual hosts by name. Hosts with the same routes share one, named for the first of them. */
  list(includeRequestAttemptCount: boolean, memo: Memo): VirtualHostJson[] {
    const groups: { readonly first: Host; readonly domains: string[] }[] = [];
    const byRoutes = new Map<RouteJson[] | undefined, typeof groups>();
    for (const one of [...this.#hosts.values()].toSorted((a, b) => compareText(a.host, b.host))) {
      const alike = byRoutes.get(one.lists[0]) ?? [];
      byRoutes.set(one.lists[0], alike);
      const group = alike.find(({ first }) => isSame(first, one));
      if (group !== undefined) {
        group.domains.push(one.host);
        continue;
      }
      const created = { first: one, domains: [one.host] };
      alike.push(created);
      groups.push(created);
    }
    return groups
      .map(({ first: { name, lists, requiresTls }, domains }) =>
        memo.get('gateway-host', [name, domains.join(' '), requiresTls, includeRequestAttemptCount, ...lists], () => ({
          name,
          domains,
          routes: catchAllsLast(lists.flat()),
          ...(requiresTls ? { requireTls: 'ALL' as const } : {}),
          includeRequestAttemptCount,
        })),
      )
      .toSorted((a, b) => compareText(a.name, b.name));
  }

  #entry(host: string, port: number): Host {
    let entry = this.#hosts.get(host);
    if (entry === undefined) {
      entry = { host, name: `${host}:${port}`, lists: [], requiresTls: false };
      this.#hosts.set(host, entry);
    }
    return entry;
  }
}

function isSame(a: Host, b: Host): boolean {
  return (
    a.requiresTls === b.requiresTls &&
    a.lists.length === b.lists.length &&
    a.lists.every((list, i) => list === b.lists[i])
  );
}

/** Routes for every request sink to the end: VirtualServices that come later would be cut off. */
function catchAllsLast(routes: readonly RouteJson[]): RouteJson[] {
  const [catchAlls, others] = [true, false].map((last) =>
    routes.filter(({ match = {} }) => isCatchAll(match) === last),
  );
  return [...others!, ...catchAlls!];
}

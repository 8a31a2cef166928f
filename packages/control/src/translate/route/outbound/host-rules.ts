/** Which VirtualServices are for a service that one listener serves (SEMANTICS 3). */
import { hostsOverlap } from '@weft/api';
import type { EgressScope, MeshService, VirtualServiceIr } from '../../../mesh/model/index.ts';
import { isWildcard, mostSpecificHost } from '../../../mesh/names/hosts.ts';

/** A host of a VirtualService; it is foreign where no service has the name. */
export interface ForeignHost {
  readonly host: string;
  readonly virtualService: VirtualServiceIr;
}

/** The VirtualServices of a listener by host. */
export class HostRules {
  /** All hosts, in order of precedence. */
  readonly #all: readonly ForeignHost[];
  /** Host to the VirtualServices that name it, in order of precedence. */
  readonly #byHost: ReadonlyMap<string, readonly VirtualServiceIr[]>;

  constructor({ virtualServices }: EgressScope) {
    this.#all = virtualServices.flatMap((virtualService) =>
      virtualService.hosts.map((host) => ({ host, virtualService })),
    );
    const byHost = new Map<string, VirtualServiceIr[]>();
    for (const virtualService of virtualServices) {
      for (const host of virtualService.hosts) {
        const known = byHost.get(host);
        if (known === undefined) byHost.set(host, [virtualService]);
        else known.push(virtualService);
      }
    }
    this.#byHost = byHost;
  }

  /**
   * Those for a service, the first of which that has rules for the proxy counts: those that name it, or the oldest of the
   * longest wildcard. A wildcard does not reach a service that is named by another.
   */
  of({ hostname }: MeshService): readonly VirtualServiceIr[] {
    const named = this.#byHost.get(hostname);
    if (named !== undefined) return named;
    const covering = mostSpecificHost(hostname, this.#byHost);
    return covering === undefined ? [] : covering.slice(0, 1);
  }

  /**
   * Hosts that are none of `hostnames`, in order of precedence. A wildcard that any of those falls under is for services only.
   * `isWanted` is asked first.
   */
  foreignHosts(
    hostnames: ReadonlySet<string>,
    isWanted: (host: string, virtualService: VirtualServiceIr) => boolean = () => true,
  ): readonly ForeignHost[] {
    return this.#all.filter(({ host, virtualService }) => {
      if (!isWildcard(host)) return !hostnames.has(host) && isWanted(host, virtualService);
      return isWanted(host, virtualService) && !overlapsAny(host, hostnames);
    });
  }
}

function overlapsAny(host: string, hostnames: ReadonlySet<string>): boolean {
  for (const name of hostnames) if (hostsOverlap(name, host)) return true;
  return false;
}

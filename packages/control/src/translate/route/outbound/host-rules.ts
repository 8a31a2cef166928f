/** Which VirtualServices are for a service that one listener serves (SEMANTICS 3). */
import { hostsOverlap } from '@weft/api';
import type { EgressScope, MeshService, VirtualServiceIr } from '../../../mesh/model/index.ts';
import { isWildcard, mostSpecificHost } from '../../../mesh/names/hosts.ts';

/** A host of a VirtualService for which there is no service. */
export interface ForeignHost {
  readonly host: string;
  readonly virtualService: VirtualServiceIr;
  /** Place in the hosts of the VirtualService. */
  readonly index: number;
}

/** The VirtualServices of a listener by host. */
export class HostRules {
  readonly #virtualServices: readonly VirtualServiceIr[];
  /** Host to the VirtualServices that name it, in order of precedence. */
  readonly #byHost: ReadonlyMap<string, readonly VirtualServiceIr[]>;

  constructor({ virtualServices }: EgressScope) {
    this.#virtualServices = virtualServices;
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
   * Hosts that are no service of the listener, in order of precedence. A wildcard that any service falls under is for services
   * only.
   */
  foreignHosts(hostnames: ReadonlySet<string>): readonly ForeignHost[] {
    const all = [...hostnames];
    return this.#virtualServices.flatMap((virtualService) =>
      virtualService.hosts.flatMap((host, index): ForeignHost[] => {
        const isKnown = isWildcard(host) ? all.some((name) => hostsOverlap(name, host)) : hostnames.has(host);
        return isKnown ? [] : [{ host, virtualService, index }];
      }),
    );
  }
}

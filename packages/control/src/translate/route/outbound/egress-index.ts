/** What one listener of a sidecar serves, ready for look-up. Made once for all proxies and ports that share the listener. */
import type { EgressScope, MeshService, MeshServicePort } from '../../../mesh/model/index.ts';
import { isHttp } from '../../../mesh/registry/protocol.ts';
import { behindAliases } from '../rules/destination.ts';
import { HostRules } from './host-rules.ts';

/** A service, and its port on which requests come. */
export interface ServedPort {
  readonly service: MeshService;
  readonly port: MeshServicePort;
}

/** The services with one port. */
export interface PortIndex {
  /** Those whose requests are read, at least when they turn out to be HTTP. */
  readonly http: readonly ServedPort[];
  /** Names of all, whatever they speak. */
  readonly hostnames: ReadonlySet<string>;
}

/** See the file's head. */
export interface EgressIndex {
  /** Ports on which HTTP is read, in ascending order. */
  readonly httpPorts: readonly number[];
  readonly byPort: ReadonlyMap<number, PortIndex>;
  readonly hostnames: ReadonlySet<string>;
  /** Hostname to the services that stand for it, aliases of aliases included. */
  readonly aliases: ReadonlyMap<string, readonly MeshService[]>;
  readonly hostRules: HostRules;
}

const NOTHING: PortIndex = { http: [], hostnames: new Set() };

/** Makes the index of a listener. */
export function indexEgress(egress: EgressScope): EgressIndex {
  const byPort = new Map<number, { readonly http: ServedPort[]; readonly hostnames: Set<string> }>();
  for (const service of egress.services) {
    for (const port of service.ports) {
      let index = byPort.get(port.number);
      if (index === undefined) {
        index = { http: [], hostnames: new Set() };
        byPort.set(port.number, index);
      }
      // Of ports with one number, the first counts.
      if (index.hostnames.has(service.hostname)) continue;
      index.hostnames.add(service.hostname);
      if (isHttpOrSniffed(port)) index.http.push({ service, port });
    }
  }
  const httpPorts = [...byPort].flatMap(([number, { http }]) => (http.length === 0 ? [] : [number]));
  return {
    httpPorts: httpPorts.toSorted((a, b) => a - b),
    byPort,
    hostnames: new Set(egress.services.map(({ hostname }) => hostname)),
    aliases: aliasesIn(egress),
    hostRules: new HostRules(egress),
  };
}

/** What is served on a port. */
export function onPort({ byPort }: EgressIndex, port: number): PortIndex {
  return byPort.get(port) ?? NOTHING;
}

function isHttpOrSniffed({ protocol }: MeshServicePort): boolean {
  return isHttp(protocol) || protocol === 'auto';
}

function aliasesIn({ services }: EgressScope): ReadonlyMap<string, readonly MeshService[]> {
  const aliases = new Map<string, MeshService[]>();
  const standing = services.filter(({ aliasOf }) => aliasOf !== undefined);
  if (standing.length === 0) return aliases;
  const byHostname = new Map(services.map((service) => [service.hostname, service]));
  for (const service of standing) {
    const { hostname } = behindAliases(service.hostname, (name) => byHostname.get(name));
    const known = aliases.get(hostname);
    if (known === undefined) aliases.set(hostname, [service]);
    else known.push(service);
  }
  return aliases;
}

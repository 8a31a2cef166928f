/** The virtual hosts of all that a listener serves on one port. */
import { isHostSubset } from '@weft/api';
import type { Finding, VirtualServiceIr } from '../../../mesh/model/index.ts';
import { isWildcard } from '../../../mesh/names/hosts.ts';
import { findingAt } from '../../finding-at.ts';
import type { RuleContext } from '../rules/context.ts';
import { defaultRoutes, type MadeRoutes, routesByRules } from '../rules/made-routes.ts';
import { type DomainContext, serviceDomains, withPort } from './domains.ts';
import { type EgressIndex, onPort, type ServedPort } from './egress-index.ts';
import type { ForeignHost } from './host-rules.ts';
import type { LostDomain, VirtualHostTable } from './virtual-host-table.ts';

/** Requests for hosts that are no service are routed on this port alone, as in Istio: on others, nobody asks for them. */
const USUAL_PORT = 80;

const NO_NAMES: ReadonlySet<string> = new Set();

/** One port of a listener. */
export interface PortContext {
  readonly port: number;
  readonly index: EgressIndex;
  readonly rules: RuleContext;
  readonly domains: DomainContext;
}

/** The name of a virtual host. */
export function virtualHostName(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The routes of a service, and the VirtualService that they come from. */
export interface ServiceRoutes extends MadeRoutes {
  readonly virtualService?: VirtualServiceIr;
}

/** Routes by the first VirtualService that has some for the proxy, else the default; none for aliases, whose names are those of others. */
export function routesOfService({ service, port }: ServedPort, context: PortContext): ServiceRoutes {
  for (const virtualService of context.index.hostRules.of(service)) {
    const made = routesByRules(virtualService, context.rules);
    if (made.routes.length > 0) return { ...made, virtualService };
  }
  if (service.resolution === 'alias') return { routes: [], findings: [] };
  return defaultRoutes(service, port, context.rules);
}

/** Adds the hosts of a port: those that only users name, then services with rules, then all others. */
export function addPortHosts(context: PortContext, table: VirtualHostTable, findings: Finding[]): void {
  const told = new Set<readonly Finding[]>();
  const tell = (more: readonly Finding[]): void => {
    if (!told.has(more)) findings.push(...more);
    told.add(more);
  };
  for (const foreign of foreignHosts(context)) {
    const made = routesByRules(foreign.virtualService, context.rules);
    if (made.routes.length === 0) continue;
    const name = virtualHostName(foreign.host, context.port);
    // Of several VirtualServices with the host, sidecars use the first.
    if (table.has(name)) continue;
    const full = withPort(foreign.host, context.domains.portSuffix);
    table.add(name, { full, derived: [], addresses: [] }, made.routes);
    // A service that has other ports is asked for there, and what is wrong is told there.
    if (context.rules.serviceOf(foreign.host) === undefined) tell(made.findings);
  }
  const { http } = onPort(context.index, context.port);
  const routed = http.map((served) => ({ served, made: routesOfService(served, context) }));
  const separate = new Set(routed.flatMap(({ served, made }) => (made.routes.length > 0 ? [served.service] : [])));
  for (const hasRules of [true, false]) {
    for (const { served, made } of routed) {
      const { service } = served;
      if (made.routes.length === 0 || (made.virtualService !== undefined) !== hasRules) continue;
      // An alias that has rules of its own keeps its names.
      const aliases = (context.index.aliases.get(service.hostname) ?? []).filter((alias) => !separate.has(alias));
      const domains = serviceDomains(service, aliases, context.domains);
      const lost = table.add(virtualHostName(service.hostname, context.port), domains, made.routes);
      tell(made.findings);
      tellLost(served, lost, findings);
    }
  }
}

function foreignHosts({ port, index: { hostRules, byPort } }: PortContext): readonly ForeignHost[] {
  const { http = [], hostnames = NO_NAMES } = byPort.get(port) ?? {};
  if (port === USUAL_PORT) return hostRules.foreignHosts(hostnames);
  const served = new Set(http.flatMap(({ service }) => hostRules.of(service)));
  const wildcards = http.map(({ service }) => service.hostname).filter(isWildcard);
  return hostRules.foreignHosts(
    hostnames,
    (host, virtualService) => served.has(virtualService) || wildcards.some((wildcard) => isHostSubset(host, wildcard)),
  );
}

function tellLost({ service, port }: ServedPort, lost: readonly LostDomain[], findings: Finding[]): void {
  const source = service.sources[0];
  if (lost.length === 0 || source === undefined) return;
  const names = lost.map(({ domain, owner }) => `${domain} (which is ${owner})`).join(', ');
  const text = `requests on port ${port.number} do not reach ${service.hostname} by ${names}`;
  findings.push(findingAt('DuplicateDomain', source, '', text));
}

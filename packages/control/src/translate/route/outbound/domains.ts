/** The names and addresses that clients write into requests for a service (SEMANTICS 9). */
import { isIpv6, parseIp } from '@weft/core';
import type { MeshService } from '../../../mesh/model/index.ts';

/** Who sends the requests. */
export interface DomainContext {
  /** Ending of the names of Kubernetes Services. */
  readonly clusterDomain: string;
  readonly namespace: string;
  /** Port that is a part of the domains; 0 where ports of requests do not count. */
  readonly portSuffix: number;
  readonly addressesOf: (service: MeshService) => readonly string[];
}

/** Domains of a service, the full name first; `derived` are shorter forms of it, which never take the place of another's full name. */
export interface ServiceDomains {
  readonly full: readonly string[];
  readonly derived: readonly string[];
  readonly addresses: readonly string[];
}

/** The domains of a service and of those that stand for it. */
export function serviceDomains(
  service: MeshService,
  aliases: readonly MeshService[],
  context: DomainContext,
): ServiceDomains {
  const full = [service, ...aliases].map(({ hostname }) => hostname);
  const derived = full.flatMap((hostname) => derivedNames(hostname, context));
  if (service.isHeadless && service.registry === 'kubernetes') {
    derived.push(...[service.hostname, ...derivedNames(service.hostname, context)].map((name) => `*.${name}`));
  }
  const addresses = context
    .addressesOf(service)
    .filter((address) => parseIp(address) !== undefined && !isUnspecified(address));
  const withPorts = (names: readonly string[]) => names.flatMap((name) => withPort(name, context.portSuffix));
  return { full: withPorts(full), derived: withPorts(derived), addresses: withPorts(addresses) };
}

/** A host as it stands in requests, with the port where that counts; ports that are usual for HTTP may be left out. */
export function withPort(host: string, port: number): readonly string[] {
  const text = isIpv6(host) ? `[${host}]` : host;
  if (port === 0) return [text];
  return port === 80 ? [text, `${text}:80`] : [`${text}:${port}`];
}

/** The absolute form, and for Kubernetes Services what completes to the full name in the namespace of the client. */
function derivedNames(hostname: string, { clusterDomain, namespace }: DomainContext): string[] {
  if (hostname.startsWith('*')) return [];
  const absolute = [`${hostname}.`];
  const ending = `.svc.${clusterDomain}`;
  if (!hostname.endsWith(ending)) return absolute;
  const short = hostname.slice(0, -ending.length);
  const dot = short.indexOf('.');
  if (dot < 0) return absolute;
  const isOwn = short.slice(dot + 1) === namespace;
  return [...absolute, ...(isOwn ? [short.slice(0, dot)] : []), short, `${short}.svc`];
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

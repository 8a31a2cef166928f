/** The names and addresses that clients write into requests for a service (SEMANTICS 9). */
import { isIpv6, parseIp } from '@weft/core';
import { getOrAdd } from '../../../mesh/collections/get-or-add.ts';
import type { MeshService } from '../../../mesh/model/index.ts';
import { serviceAddresses } from '../../names/service-addresses.ts';

/** Who sends the requests. */
export interface DomainFacts {
  /** Ending of the names of Kubernetes Services. */
  readonly clusterDomain: string;
  readonly namespace: string;
  /** Port that is a part of the domains; 0 where ports of requests do not count. */
  readonly portSuffix: number;
  readonly cluster: string;
  /** Whether the proxy answers DNS, and so knows the addresses that the mesh gives out. */
  readonly resolvesNames: boolean;
}

/** The same, with what is looked up by it. */
export interface DomainContext extends DomainFacts {
  /** How names of services in the own namespace end, and what tells domains of such services apart, and of others. */
  readonly ownEnding: string;
  readonly ownKey: string;
  readonly otherKey: string;
}

/** Prepares look-ups. */
export function domainContext(facts: DomainFacts): DomainContext {
  const { clusterDomain, namespace, portSuffix, cluster, resolvesNames } = facts;
  const otherKey = `${portSuffix} ${resolvesNames} ${clusterDomain} ${cluster}`;
  return { ...facts, ownEnding: `.${namespace}.svc.${clusterDomain}`, ownKey: `${otherKey} ${namespace}`, otherKey };
}

/** Domains of a service, the full name first; `derived` are shorter forms of it, which never take the place of another's full name. */
export interface ServiceDomains {
  readonly full: readonly string[];
  readonly derived: readonly string[];
  readonly addresses: readonly string[];
}

/** Domains of services without aliases, by what they depend on beside the service. Thousands are asked for whenever anything changes. */
const kept = new WeakMap<MeshService, Map<string, ServiceDomains>>();

/** The domains of a service and of those that stand for it; the same object for the same service and clients that are alike. */
export function serviceDomains(
  service: MeshService,
  aliases: readonly MeshService[],
  context: DomainContext,
): ServiceDomains {
  if (aliases.length > 0) return makeDomains(service, aliases, context);
  const isOwn = service.hostname.endsWith(context.ownEnding);
  const known = getOrAdd(kept, service, () => new Map<string, ServiceDomains>());
  return getOrAdd(known, isOwn ? context.ownKey : context.otherKey, () => makeDomains(service, aliases, context));
}

function makeDomains(service: MeshService, aliases: readonly MeshService[], context: DomainContext): ServiceDomains {
  const full = [service, ...aliases].map(({ hostname }) => hostname);
  const derived = full.flatMap((hostname) => derivedNames(hostname, context));
  if (service.isHeadless && service.registry === 'kubernetes') {
    derived.push(...[service.hostname, ...derivedNames(service.hostname, context)].map((name) => `*.${name}`));
  }
  const addresses = serviceAddresses(service, context).filter(
    (address) => parseIp(address) !== undefined && !isUnspecified(address),
  );
  const seen = new Set<string>();
  const withPorts = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => withPort(name, context.portSuffix)).filter((name) => !seen.has(name) && seen.add(name));
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

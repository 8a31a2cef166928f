/** Host names: how short ones are completed, and which entry of a table is meant by one. */
import { isHostSubset } from '@weft/api';
import { isIp } from '@weft/core';

/** The name of a Kubernetes Service. */
export function serviceHostname(name: string, namespace: string, domain: string): string {
  return `${name}.${namespace}.svc.${domain}`;
}

/**
 * A host as its full name. A name without a dot is that of a Service in the namespace of the object that says it
 * (SEMANTICS 1); names with a dot, wildcards and addresses are left alone.
 */
export function resolveHost(host: string, namespace: string, domain: string): string {
  const name = host.toLowerCase();
  if (name === '' || name.includes('.') || name.includes('*') || isIp(name)) return name;
  return serviceHostname(name, namespace, domain);
}

/** Whether a host stands for many. */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** Table of hosts to its wildcards, longest first. Entries are made when first asked for. */
const wildcardsOf = new WeakMap<ReadonlyMap<string, unknown>, readonly string[]>();

/** The most specific entry for a host: its own, or the longest wildcard that covers it. */
export function mostSpecificHost<T>(host: string, table: ReadonlyMap<string, T>): T | undefined {
  const own = table.get(host);
  if (own !== undefined) return own;
  let wildcards = wildcardsOf.get(table);
  if (wildcards === undefined) {
    wildcards = [...table.keys()].filter(isWildcard).toSorted((a, b) => b.length - a.length);
    wildcardsOf.set(table, wildcards);
  }
  const best = wildcards.find((wildcard) => isHostSubset(host, wildcard));
  return best === undefined ? undefined : table.get(best);
}

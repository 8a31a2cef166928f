import { err, ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import type { Compiled, CompileError } from './compile-error.ts';

/** A domain of a virtual host. */
export interface DomainEntry<T> {
  /** `foo.com`, `*.foo.com`, `*-bar.foo.com`, `foo.*` or `*`. */
  readonly domain: string;
  readonly value: T;
  /** The virtual host, for errors and explanations. */
  readonly owner: string;
}

/** Virtual-host domains in Envoy's order: exact, longest suffix, longest prefix, `*`. */
export interface DomainTable<T> {
  readonly size: number;
  /** The entry for a Host or :authority value. */
  find(host: string): DomainEntry<T> | undefined;
}

/** How hosts are compared. */
export interface DomainTableOptions {
  /** `ignore_port_in_host_matching`: the port of the request's host is not part of the comparison. */
  readonly ignorePort?: boolean;
}

/** Wildcards of one length: the fixed text -> its entry. */
interface Bucket<T> {
  readonly length: number;
  readonly entries: ReadonlyMap<string, DomainEntry<T>>;
}

/** Compiles a domain table; a domain that appears twice is an error that names both owners. */
export function compileDomainTable<T>(
  entries: readonly DomainEntry<T>[],
  path: string,
  options: DomainTableOptions = {},
): Compiled<DomainTable<T>> {
  const errors: CompileError[] = [];
  const seen = new Map<string, DomainEntry<T>>();
  entries.forEach((entry, i) => {
    const domain = asciiLower(entry.domain);
    const problem = domainProblem(domain) ?? duplicateProblem(entry, seen.get(domain));
    if (problem !== undefined) errors.push({ path: `${path}[${i}]`, reason: problem });
    else seen.set(domain, entry);
  });
  if (errors.length > 0) return err(errors);
  return ok(createTable(seen, options.ignorePort === true));
}

function domainProblem(domain: string): string | undefined {
  if (domain === '') return 'domain must not be empty';
  const star = domain.indexOf('*');
  const isOneAtAnEnd = star === domain.lastIndexOf('*') && (star <= 0 || star === domain.length - 1);
  return isOneAtAnEnd ? undefined : `domain ${JSON.stringify(domain)} may have one * only, at its begin or end`;
}

function duplicateProblem(entry: DomainEntry<unknown>, first: DomainEntry<unknown> | undefined): string | undefined {
  if (first === undefined) return undefined;
  return `domain ${JSON.stringify(entry.domain)} of ${entry.owner} is already used by ${first.owner}`;
}

function createTable<T>(domains: ReadonlyMap<string, DomainEntry<T>>, ignorePort: boolean): DomainTable<T> {
  const exact = new Map<string, DomainEntry<T>>();
  const suffixes: [string, DomainEntry<T>][] = [];
  const prefixes: [string, DomainEntry<T>][] = [];
  for (const [domain, entry] of domains) {
    if (domain === '*') continue;
    if (domain.startsWith('*')) suffixes.push([domain.slice(1), entry]);
    else if (domain.endsWith('*')) prefixes.push([domain.slice(0, -1), entry]);
    else exact.set(domain, entry);
  }
  const bySuffix = bucketsOf(suffixes);
  const byPrefix = bucketsOf(prefixes);
  const fallback = domains.get('*');
  return {
    size: domains.size,
    find: (given) => {
      const asked = ignorePort ? stripPort(given) : given;
      // Most hosts are in lower case already, and a hit says so: the keys are.
      const found = exact.get(asked);
      if (found !== undefined) return found;
      const host = asciiLower(asked);
      return exact.get(host) ?? findSuffix(bySuffix, host) ?? findPrefix(byPrefix, host) ?? fallback;
    },
  };
}

function bucketsOf<T>(wildcards: readonly [string, DomainEntry<T>][]): Bucket<T>[] {
  const byLength = new Map<number, Map<string, DomainEntry<T>>>();
  for (const [text, entry] of wildcards) {
    const bucket = byLength.get(text.length) ?? new Map<string, DomainEntry<T>>();
    bucket.set(text, entry);
    byLength.set(text.length, bucket);
  }
  return [...byLength].map(([length, entries]) => ({ length, entries })).sort((a, b) => b.length - a.length);
}

/** A wildcard stands for at least one character. */
function findSuffix<T>(buckets: readonly Bucket<T>[], host: string): DomainEntry<T> | undefined {
  for (let i = 0; i < buckets.length; i += 1) {
    const bucket = buckets[i]!;
    if (bucket.length >= host.length) continue;
    const found = bucket.entries.get(host.slice(host.length - bucket.length));
    if (found !== undefined) return found;
  }
  return undefined;
}

function findPrefix<T>(buckets: readonly Bucket<T>[], host: string): DomainEntry<T> | undefined {
  for (let i = 0; i < buckets.length; i += 1) {
    const bucket = buckets[i]!;
    if (bucket.length >= host.length) continue;
    const found = bucket.entries.get(host.slice(0, bucket.length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The host without `:port`; a colon inside the brackets of an IPv6 address begins no port. */
export function stripPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.lastIndexOf(']') > colon ? host : host.slice(0, colon);
}

/**
 * Host names as mesh configuration writes them: fully qualified names, and names whose first label is or starts with `*`.
 * Each function returns what is wrong, or nothing; they run per write for every host, so they allocate only on failure.
 */

const LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const ALL_DIGITS = /^[+-]?\d+$/;
const MAX_LABEL = 63;
const MAX_DOMAIN = 255;

/** A DNS label of at most 63 characters; upper case is allowed, as names are compared without case. */
export function isDnsLabel(text: string): boolean {
  return text.length <= MAX_LABEL && LABEL.test(text);
}

/** What is wrong with a fully qualified (or short) domain name. A trailing dot is allowed. */
export function fqdnProblem(text: string): string | undefined {
  return lengthProblem(text) ?? labelsProblem(text, text);
}

/** What is wrong with a domain name whose first label may be `*`, `*-suffix` or `*suffix`. */
export function wildcardDomainProblem(text: string): string | undefined {
  const length = lengthProblem(text);
  if (length !== undefined) return length;
  const dot = text.indexOf('.');
  const first = dot < 0 ? text : text.slice(0, dot);
  if (first.length > MAX_LABEL || !WILDCARD_LABEL.test(first)) return badLabel(text, first);
  return dot < 0 ? undefined : labelsProblem(text, text.slice(dot + 1));
}

/**
 * What is wrong with a host of a VirtualService that is bound to gateways only; with `isSni`, the names that mesh
 * gateways route by (`outbound_.80_._.host`) are hosts too.
 */
export function gatewayBoundHostProblem(text: string, isSni: boolean): string | undefined {
  if (!isSni || !text.startsWith('outbound_.')) return wildcardDomainProblem(text);
  const length = lengthProblem(text);
  if (length !== undefined) return length;
  return /^outbound_\.[0-8]/.test(text) ? undefined : badLabel(text, 'outbound_');
}

/** A wildcard that is only a part of the first label, such as `*foo.com`. */
export function isPartialWildcard(host: string): boolean {
  return host.includes('*') && host.length !== 1 && !host.startsWith('*.');
}

/** Whether two hosts can match the same name, wildcards counted. */
export function hostsOverlap(a: string, b: string): boolean {
  const isWildA = a.startsWith('*');
  const isWildB = b.startsWith('*');
  if (isWildA && isWildB) {
    const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
    return longer.slice(1).endsWith(shorter.slice(1));
  }
  if (isWildA) return b.endsWith(a.slice(1));
  if (isWildB) return a.endsWith(b.slice(1));
  return a === b;
}

/**
 * Pairs of places whose hosts can match the same name, each host with one that equals or covers it. Every host is looked
 * up under each wildcard that could cover it, so that the cost grows with the text and not with the square of the hosts.
 */
export function overlappingHosts(hosts: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  const firsts = new Map<string, number>();
  for (let i = 0; i < hosts.length; i++) if (!firsts.has(hosts[i]!)) firsts.set(hosts[i]!, i);
  for (let i = 0; i < hosts.length; i++) {
    const first = firsts.get(hosts[i]!)!;
    const other = first === i ? coveringWildcard(hosts[i]!, firsts) : first;
    if (other !== undefined) pairs.push(other < i ? [other, i] : [i, other]);
  }
  return pairs;
}

function coveringWildcard(host: string, places: ReadonlyMap<string, number>): number | undefined {
  // A wildcard does not cover itself, so the search starts behind its own ending.
  for (let at = host.startsWith('*') ? 2 : 0; at <= host.length; at++) {
    const place = places.get(`*${host.slice(at)}`);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Whether every name that `host` matches is matched by `cover` too. */
export function isHostSubset(host: string, cover: string): boolean {
  if (!cover.startsWith('*')) return host === cover;
  if (!host.startsWith('*')) return host.endsWith(cover.slice(1));
  return host.length >= cover.length && host.slice(1).endsWith(cover.slice(1));
}

function lengthProblem(text: string): string | undefined {
  if (text === '') return 'empty domain name not allowed';
  return text.length > MAX_DOMAIN ? `domain name ${JSON.stringify(text)} too long (max ${MAX_DOMAIN})` : undefined;
}

function labelsProblem(whole: string, rest: string): string | undefined {
  const labels = rest.split('.');
  const last = labels[labels.length - 1]!;
  if (ALL_DIGITS.test(last)) {
    const name = JSON.stringify(rest);
    return `domain name ${name} invalid (top level domain ${JSON.stringify(last)} cannot be all-numeric)`;
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (i === labels.length - 1 && label === '') return undefined;
    if (!isDnsLabel(label)) return badLabel(whole, label);
  }
  return undefined;
}

function badLabel(domain: string, label: string): string {
  return `domain name ${JSON.stringify(domain)} invalid (label ${JSON.stringify(label)} invalid)`;
}

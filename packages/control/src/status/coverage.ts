/** How many of the proxies that an object concerns run it. */
import type { ClientStatus } from '@weft/xds/server';
import type { ProxyResources } from '../translate/resources.ts';
import { type NamedSource, provenanceIn } from './provenance-in.ts';

/** A proxy that is connected, with what it was given. */
export interface CoveredProxy {
  readonly id: string;
  /** In parts that proxies share. */
  readonly parts: readonly ProxyResources[];
  readonly status: ClientStatus;
}

/** Why a proxy does not run what it was given. */
export interface Refusal {
  readonly proxy: string;
  /** Type and name of the resource. */
  readonly resource: string;
  readonly message: string;
}

/** How far an object has come. */
export interface Coverage {
  /** Proxies that something made of the object was given to. */
  readonly concerned: number;
  /** Of these, those that run its newest generation. */
  readonly effective: number;
  /** Some of those that were refused; see MOST_REFUSALS. */
  readonly refusals: readonly Refusal[];
}

/** Refusals of one object beyond these are alike. */
const MOST_REFUSALS = 5;

interface Counting {
  concerned: number;
  effective: number;
  refusals: Refusal[];
}

const LISTS = [
  ['listener.v3.Listener', 'listeners'],
  ['route.v3.RouteConfiguration', 'routes'],
  ['cluster.v3.Cluster', 'clusters'],
  ['endpoint.v3.ClusterLoadAssignment', 'endpoints'],
] as const;

/**
 * Coverage by `Kind/namespace/name`. `introducedAt` tells the snapshot in which the object came to be as it is now: who runs that one or a newer
 * one runs the object.
 */
export function coverageOf(
  proxies: Iterable<CoveredProxy>,
  introducedAt: (id: string) => number,
): ReadonlyMap<string, Coverage> {
  const all = new Map<string, Counting>();
  for (const proxy of proxies) cover(proxy, introducedAt, all);
  return all;
}

function cover(
  { id: proxy, parts, status }: CoveredProxy,
  introducedAt: (id: string) => number,
  all: Map<string, Counting>,
): void {
  const refused = status.types.some((type) => type.refused.size > 0) ? refusalsOf(proxy, parts, status, all) : NOBODY;
  const seen = new Set<string>();
  for (const part of parts) {
    for (const id of objectsOf(part)) {
      if (seen.has(id)) continue;
      seen.add(id);
      const counting = countingOf(all, id);
      counting.concerned++;
      if (!refused.has(id) && status.runsRevision >= introducedAt(id)) counting.effective++;
    }
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** Parts are shared by many proxies, and do not change. */
const objectsOfParts = new WeakMap<ProxyResources, ReadonlySet<string>>();

/** `Kind/namespace/name` of the objects behind a part. */
function objectsOf(part: ProxyResources): ReadonlySet<string> {
  let ids = objectsOfParts.get(part);
  if (ids === undefined) {
    ids = new Set(LISTS.flatMap(([, list]) => part[list].flatMap((resource) => provenanceIn(resource).map(idOf))));
    objectsOfParts.set(part, ids);
  }
  return ids;
}

/** The objects behind what the proxy refuses. */
function refusalsOf(
  proxy: string,
  parts: readonly ProxyResources[],
  { types }: ClientStatus,
  all: Map<string, Counting>,
): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const [ending, list] of LISTS) {
    const type = types.find(({ typeUrl }) => typeUrl.endsWith(ending));
    if (type === undefined || type.refused.size === 0) continue;
    for (const resource of parts.flatMap((part): readonly object[] => part[list])) {
      const name = nameOf(resource);
      if (!type.refused.has(name)) continue;
      for (const source of provenanceIn(resource)) {
        const id = idOf(source);
        ids.add(id);
        refuse(countingOf(all, id), { proxy, resource: `${list} ${name}`, message: type.nacked?.message ?? '' });
      }
    }
  }
  return ids;
}

function idOf({ kind, namespace, name }: NamedSource): string {
  return `${kind}/${namespace}/${name}`;
}

function refuse({ refusals }: Counting, refusal: Refusal): void {
  if (refusals.length < MOST_REFUSALS) refusals.push(refusal);
}

function countingOf(all: Map<string, Counting>, id: string): Counting {
  let counting = all.get(id);
  if (counting === undefined) {
    counting = { concerned: 0, effective: 0, refusals: [] };
    all.set(id, counting);
  }
  return counting;
}

function nameOf(resource: object): string {
  const { name, clusterName } = resource as { readonly name?: string; readonly clusterName?: string };
  return name ?? clusterName ?? '';
}

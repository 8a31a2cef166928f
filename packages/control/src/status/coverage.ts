/** How many of the proxies that an object concerns run it. */
import type { ClientStatus } from '@weft/xds/server';
import type { ProxyResources } from '../translate/resources.ts';
import { provenanceIn } from './provenance-in.ts';

/** A proxy that is connected, with what it was given. */
export interface CoveredProxy {
  readonly id: string;
  readonly resources: ProxyResources;
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
  { id: proxy, resources, status }: CoveredProxy,
  introducedAt: (id: string) => number,
  all: Map<string, Counting>,
): void {
  const seen = new Map<string, boolean>();
  for (const [ending, list] of LISTS) {
    const type = status.types.find(({ typeUrl }) => typeUrl.endsWith(ending));
    for (const resource of resources[list]) {
      const name = nameOf(resource);
      const isRefused = type?.refused.has(name) === true;
      for (const { kind, namespace, name: object } of provenanceIn(resource)) {
        const id = `${kind}/${namespace}/${object}`;
        seen.set(id, (seen.get(id) ?? false) || isRefused);
        if (isRefused)
          refuse(countingOf(all, id), { proxy, resource: `${list} ${name}`, message: type.nacked?.message ?? '' });
      }
    }
  }
  for (const [id, isRefused] of seen) {
    const counting = countingOf(all, id);
    counting.concerned++;
    if (!isRefused && status.runsRevision >= introducedAt(id)) counting.effective++;
  }
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

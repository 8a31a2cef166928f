// What the control plane hands to the server. Views are frozen; a stream keeps the last one that it was given and compares the next one
// with it, so sets that many clients share cost each stream a reference and not a table.
import type { ServedResource } from './served-resource.ts';

/** Names with the version that somebody has of each. */
export interface VersionSet {
  get(name: string): { readonly version: string } | undefined;
  names(): Iterable<string>;
}

/** All resources of one type that a client may have. */
export interface ResourceSet extends VersionSet {
  /** Told to clients and on status pages; equal versions of sets of one type for one client mean equal sets. */
  readonly version: string;
  /** May make the resource when it is first asked for, as long as it answers the same ever after. */
  get(name: string): ServedResource | undefined;
  /** The names that a client gets which asks for everything. */
  names(): Iterable<string>;
}

/** Everything that a client may have, at one moment. */
export interface ResourceView {
  /** Grows with every change of the mesh; what a client runs is told in these. */
  readonly revision: number;
  /** The resources of a type; undefined when this server has nothing to say about the type, not even that there are none. */
  get(typeUrl: string): ResourceSet | undefined;
}

/** What may differ between a view and the one before, by type; types that are not in it are equal. */
export type Dirty = ReadonlyMap<string, 'all' | ReadonlySet<string>>;

class MapResourceSet implements ResourceSet {
  readonly version: string;
  readonly #resources: ReadonlyMap<string, ServedResource>;

  constructor(version: string, resources: ReadonlyMap<string, ServedResource>) {
    this.version = version;
    this.#resources = resources;
  }

  get(name: string): ServedResource | undefined {
    return this.#resources.get(name);
  }

  names(): Iterable<string> {
    return this.#resources.keys();
  }
}

/** A set over a table that is not changed any more. */
export function createResourceSet(version: string, resources: ReadonlyMap<string, ServedResource>): ResourceSet {
  return new MapResourceSet(version, resources);
}

/** A view over sets by type URL. */
export function createResourceView(revision: number, sets: ReadonlyMap<string, ResourceSet>): ResourceView {
  return { revision, get: (typeUrl) => sets.get(typeUrl) };
}

/** No resources at all. */
export const emptyResourceSet: ResourceSet = createResourceSet('', new Map());

/** The names and versions that a client shows when it comes back. */
export function claimedSet(versions: ReadonlyMap<string, string>): VersionSet {
  return {
    get(name) {
      const version = versions.get(name);
      return version === undefined ? undefined : { version };
    },
    names: () => versions.keys(),
  };
}

interface Difference {
  readonly before: VersionSet;
  readonly names: readonly string[];
}

/** The last comparison of each set with another: streams with equal views ask the same question one after the other. */
const differences = new WeakMap<ResourceSet, Difference>();

/** The names that are in one set and not in the other, or have other versions. */
export function changedNames(before: VersionSet, after: ResourceSet): readonly string[] {
  if (before === after) return [];
  const known = differences.get(after);
  if (known?.before === before) return known.names;
  const names: string[] = [];
  for (const name of after.names()) if (before.get(name)?.version !== after.get(name)?.version) names.push(name);
  for (const name of before.names()) if (after.get(name) === undefined) names.push(name);
  differences.set(after, { before, names });
  return names;
}

// Resources for a server, kept so that every view makes sense in itself: a route names a cluster that is there.
import { typeUrls } from '../protocol/resource-types.ts';
import {
  createResourceSet,
  createResourceView,
  type Dirty,
  type ResourceSet,
  type ResourceView,
  type ServedResource,
  serveResource,
} from '../server/index.ts';
import { resourceOf } from './wire-messages.ts';

/** A resource with the content that tells it apart, as `resourceOf` makes it. */
export function servedOf(typeUrl: string, name: string, content: string): ServedResource {
  const { value } = resourceOf(typeUrl, name, content);
  return serveResource({ name, version: content, typeUrl, value });
}

/** A table of resources by type, views of it, and what changed between them. */
export class ModelMesh {
  /** Type URL to name to content; written by `set` and `delete`. */
  readonly #types = new Map<string, Map<string, string>>();
  readonly #sets = new Map<string, ResourceSet>();
  /** What changed since the last view. */
  #dirty = new Map<string, Set<string>>();
  #revision = 1;

  get revision(): number {
    return this.#revision;
  }

  contents(typeUrl: string): ReadonlyMap<string, string> {
    return this.#of(typeUrl);
  }

  set(typeUrl: string, name: string, content: string): void {
    if (this.#of(typeUrl).get(name) === content) return;
    this.#of(typeUrl).set(name, content);
    this.#mark(typeUrl, name);
  }

  delete(typeUrl: string, name: string): void {
    if (this.#of(typeUrl).delete(name)) this.#mark(typeUrl, name);
  }

  /** Everything as it is now. */
  view(): ResourceView {
    return createResourceView(this.#revision, new Map(this.#sets));
  }

  /** What changed since the last call. */
  takeDirty(): Dirty {
    const dirty = this.#dirty;
    this.#dirty = new Map();
    return dirty;
  }

  #of(typeUrl: string): Map<string, string> {
    const known = this.#types.get(typeUrl);
    if (known !== undefined) return known;
    const created = new Map<string, string>();
    this.#types.set(typeUrl, created);
    this.#rebuild(typeUrl);
    return created;
  }

  #mark(typeUrl: string, name: string): void {
    this.#revision += 1;
    const names = this.#dirty.get(typeUrl) ?? new Set();
    this.#dirty.set(typeUrl, names.add(name));
    this.#rebuild(typeUrl);
  }

  #rebuild(typeUrl: string): void {
    const contents = [...this.#of(typeUrl)].toSorted(([a], [b]) => (a < b ? -1 : 1));
    // The version says the content, as those of a real server have to.
    const version = contents.map(([name, content]) => `${name}=${content}`).join(',');
    const resources = new Map(contents.map(([name, content]) => [name, servedOf(typeUrl, name, content)]));
    this.#sets.set(typeUrl, createResourceSet(version, resources));
  }
}

const { cluster, endpoints, listener, route } = typeUrls;

/** The types of the model, in the order in which clients ask. */
export const modelTypes: readonly string[] = [cluster, endpoints, listener, route];

/** Finds out which collections a server has, so that kinds can be used that the program was not built with. */
import { type ApiObject, parseApiVersion } from '@weft/api';
import { MeshError } from '@weft/core';
import { isApiStatusError } from '../shared/status.ts';
import type { ApiTransport } from './http/request.ts';
import type { ResourceRef } from './resource-ref.ts';

/** A collection as discovery tells of it. */
export interface DiscoveredResource extends ResourceRef<ApiObject> {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly verbs: readonly string[];
  readonly categories: readonly string[];
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly namespaced?: boolean;
    readonly kind: string;
    readonly verbs?: readonly string[];
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

/** Reads and remembers what the server offers. */
export class DiscoveryClient {
  readonly #transport: ApiTransport;
  /** apiVersion to its collections; one that lacks the wanted kind is read again. */
  readonly #byVersion = new Map<string, Promise<readonly DiscoveredResource[]>>();

  constructor(transport: ApiTransport) {
    this.#transport = transport;
  }

  /** Version of the server, as `/version` has it. */
  async serverVersion(): Promise<{ readonly gitVersion: string; readonly platform?: string }> {
    const answer = await this.#transport.request({ method: 'GET', path: '/version' });
    return answer as { readonly gitVersion: string };
  }

  /** Every apiVersion that the server has, the preferred one of each group first. */
  async apiVersions(): Promise<readonly string[]> {
    const [core, groups] = await Promise.all([
      this.#transport.request({ method: 'GET', path: '/api' }),
      this.#transport.request({ method: 'GET', path: '/apis' }),
    ]);
    const { versions = [] } = core as { readonly versions?: readonly string[] };
    const list = (groups as { readonly groups?: readonly GroupVersions[] }).groups ?? [];
    return [...versions, ...list.flatMap(versionsOfGroup)];
  }

  /** The collections of an apiVersion; none when the server does not have it. */
  resources(apiVersion: string): Promise<readonly DiscoveredResource[]> {
    let found = this.#byVersion.get(apiVersion);
    if (found === undefined) {
      found = this.#read(apiVersion);
      this.#byVersion.set(apiVersion, found);
      // A failure is not worth remembering.
      found.catch(() => this.#byVersion.delete(apiVersion));
    }
    return found;
  }

  /** The collection of a kind; rejects when the server does not have it. */
  async resourceFor(apiVersion: string, kind: string): Promise<DiscoveredResource> {
    const find = async () => (await this.resources(apiVersion)).find((resource) => resource.kind === kind);
    const known = await find();
    if (known !== undefined) return known;
    // It may have come with a custom resource definition since.
    this.#byVersion.delete(apiVersion);
    const added = await find();
    if (added !== undefined) return added;
    throw new MeshError('MESH_UNSUPPORTED', `the API server has no kind "${kind}" in version "${apiVersion}"`, {
      hint: 'install the custom resource definition that brings it, or use another version',
    });
  }

  async #read(apiVersion: string): Promise<readonly DiscoveredResource[]> {
    const { group, version } = parseApiVersion(apiVersion);
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    try {
      const { resources = [] } = (await this.#transport.request({ method: 'GET', path })) as ResourceList;
      return resources
        .filter(({ name }) => !name.includes('/'))
        .map((resource) => ({
          group,
          version,
          plural: resource.name,
          kind: resource.kind,
          isNamespaced: resource.namespaced === true,
          singular: resource.singularName ?? '',
          shortNames: resource.shortNames ?? [],
          verbs: resource.verbs ?? [],
          categories: resource.categories ?? [],
        }));
    } catch (thrown) {
      if (isApiStatusError(thrown, 'NotFound')) return [];
      throw thrown;
    }
  }
}

interface GroupVersions {
  readonly versions?: readonly { readonly groupVersion: string }[];
  readonly preferredVersion?: { readonly groupVersion: string };
}

function versionsOfGroup({ versions = [], preferredVersion }: GroupVersions): readonly string[] {
  const all = versions.map(({ groupVersion }) => groupVersion);
  const first = preferredVersion?.groupVersion;
  return first === undefined ? all : [first, ...all.filter((version) => version !== first)];
}

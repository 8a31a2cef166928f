/** Answers `/api` and `/apis`, in the form that each kubectl asks for. */
import type { Catalog } from '../catalog.ts';
import { type ApiRequest, type ApiResponse, type BodyResponse, jsonResponse } from '../exchange.ts';
import type { PathHandler } from '../handler.ts';
import { negotiate } from '../http/negotiate.ts';
import { aggregatedDiscovery, groupDocument, groupList, resourceList } from './documents.ts';

/** Discovery over a catalog; answers are made once for each state of it. */
export class DiscoveryHandler implements PathHandler {
  readonly name = 'discovery';
  private readonly catalog: Catalog;
  private generation = 0;
  /** Answer key to its text, for the current generation of the catalog. */
  private readonly cache = new Map<string, string>();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  answer(request: ApiRequest): ApiResponse | undefined {
    if (request.method !== 'GET') return undefined;
    const [root, group, version, ...more] = request.path.split('/').filter((part) => part !== '');
    if (more.length > 0) return undefined;
    if (root === 'api') {
      if (group === undefined) return this.root(request, true);
      return version === undefined ? this.document(`core/${group}`, () => this.resources('', group)) : undefined;
    }
    if (root !== 'apis') return undefined;
    if (group === undefined) return this.root(request, false);
    if (version === undefined) return this.document(`group/${group}`, () => groupDocument(this.catalog.get(), group));
    return this.document(`list/${group}/${version}`, () => this.resources(group, version));
  }

  private resources(group: string, version: string): unknown {
    return resourceList(this.catalog.get(), group, version);
  }

  /** kubectl up to 1.29 understands v2beta1 alone: the version that was asked for is echoed, in the Content-Type too. */
  private root(request: ApiRequest, isCore: boolean): BodyResponse | undefined {
    const shape = negotiate(request.headers['accept'])?.shape;
    if (shape === 'aggregatedDiscoveryV2' || shape === 'aggregatedDiscoveryV2beta1') {
      const version = shape === 'aggregatedDiscoveryV2' ? 'v2' : 'v2beta1';
      const apiVersion = `apidiscovery.k8s.io/${version}`;
      const answer = this.document(`aggregated/${version}/${isCore}`, () =>
        aggregatedDiscovery(this.catalog.get(), isCore, apiVersion),
      );
      const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
      return answer === undefined ? undefined : { ...answer, contentType };
    }
    if (isCore) return jsonResponse(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
    return this.document('groups', () => groupList(this.catalog.get()));
  }

  private document(key: string, make: () => unknown): BodyResponse | undefined {
    const { generation } = this.catalog.get();
    if (generation !== this.generation) {
      this.cache.clear();
      this.generation = generation;
    }
    let text = this.cache.get(key);
    if (text === undefined) {
      const value = make();
      if (value === undefined) return undefined;
      text = JSON.stringify(value);
      this.cache.set(key, text);
    }
    return { kind: 'body', status: 200, contentType: 'application/json', body: text };
  }
}

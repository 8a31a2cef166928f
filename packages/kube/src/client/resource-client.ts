/** The verbs of the API on one collection, typed by its kind. */
import type { Clock } from '@weft/core';
import { MeshError } from '@weft/core';
import { isApiStatusError } from '../shared/status.ts';
import type { ApiRequest, ApiTransport } from './http/request.ts';
import { apiVersionOfRef, nameOfRef, type PathTarget, pathOf, type ResourceRef } from './resource-ref.ts';
import type {
  ListOptions,
  ListPage,
  PatchBody,
  ReadOptions,
  RemoveOptions,
  WatchOptions,
  WriteOptions,
} from './verbs.ts';
import { PATCH_TYPES, writeQuery } from './verbs.ts';
import { WatchStream } from './watch-stream.ts';

/** The part of an object that every client relies on. */
export interface NamedObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string | undefined;
    readonly namespace?: string | undefined;
    readonly generateName?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

/** An object as it is written: the collection says its version and kind. */
export type Written<T> = Omit<T, 'apiVersion' | 'kind'> & { readonly apiVersion?: string; readonly kind?: string };

/** What a resource client is made of. */
export interface ResourceClientOptions<T extends object> {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly resource: ResourceRef<T>;
  /** Undefined works on all namespaces, or on cluster-wide objects. */
  readonly namespace: string | undefined;
  /** Names the writer in `managedFields`, unless a call names another. */
  readonly fieldManager: string;
}

/** Objects are asked for in pages of this many, so that no answer is huge. */
const PAGE_SIZE = 500;

/** A collection, or what one namespace holds of it. Immutable. */
export class ResourceClient<T extends object> {
  readonly resource: ResourceRef<T>;
  readonly namespace: string | undefined;
  readonly #options: ResourceClientOptions<T>;

  constructor(options: ResourceClientOptions<T>) {
    this.resource = options.resource;
    this.namespace = options.resource.isNamespaced ? options.namespace : undefined;
    this.#options = options;
  }

  /** The same collection in another namespace. */
  inNamespace(namespace: string): ResourceClient<T> {
    return new ResourceClient({ ...this.#options, namespace });
  }

  get(name: string, options: ReadOptions = {}): Promise<T> {
    return this.#send('GET', { name, subresource: options.subresource }, options);
  }

  /** The object, or undefined when there is none. */
  async find(name: string, options: ReadOptions = {}): Promise<T | undefined> {
    try {
      return await this.get(name, options);
    } catch (thrown) {
      if (isApiStatusError(thrown, 'NotFound')) return undefined;
      throw thrown;
    }
  }

  /** One page; see `listAll` for all of them. */
  async list(options: ListOptions = {}): Promise<ListPage<T>> {
    const { signal: _signal, timeoutMs: _timeoutMs, continueToken, ...query } = options;
    const path = pathOf(this.resource, { namespace: this.namespace, query: { ...query, continue: continueToken } });
    const answer = await this.#options.transport.request({ method: 'GET', path, ...control(options) });
    return this.#parseList(answer);
  }

  /** All objects as of one revision. */
  async listAll(options: ListOptions = {}): Promise<ListPage<T>> {
    const items: T[] = [];
    let page = await this.list({ limit: PAGE_SIZE, ...options });
    items.push(...page.items);
    while (page.continueToken !== undefined) {
      try {
        // Later pages show the revision of the first and take no revision of their own.
        const { resourceVersion: _rv, resourceVersionMatch: _match, ...rest } = options;
        page = await this.list({ limit: PAGE_SIZE, ...rest, continueToken: page.continueToken });
      } catch (thrown) {
        if (!isApiStatusError(thrown, 'Expired', 'Gone')) throw thrown;
        // Reading took longer than the server remembers: one unpaged list is the only way to a consistent whole.
        const { limit: _limit, ...whole } = options;
        return this.list(whole);
      }
      for (const item of page.items) items.push(item);
    }
    return { items, resourceVersion: page.resourceVersion };
  }

  /** Opens a watch; see `WatchStream` for how it ends. */
  async watch(options: WatchOptions = {}): Promise<WatchStream<T>> {
    const { signal, timeoutMs, idleTimeoutMs, ...query } = options;
    const { transport, clock } = this.#options;
    const path = pathOf(this.resource, { namespace: this.namespace, query: { ...query, watch: true } });
    const stream = await transport.stream({ method: 'GET', path, ...control({ signal, timeoutMs }) });
    const idle = idleTimeoutMs === undefined ? {} : { idleTimeoutMs };
    return new WatchStream<T>(stream, { clock, server: transport.server, ...idle });
  }

  create(object: Written<T>, options: WriteOptions = {}): Promise<T> {
    return this.#send('POST', { namespace: this.#namespaceOf(object) }, options, this.#complete(object));
  }

  /** Puts the object in place of the stored one; conflicts when its `resourceVersion` is not the newest. */
  replace(object: Written<T>, options: WriteOptions = {}): Promise<T> {
    return this.#send('PUT', this.#targetOf(object, options), options, this.#complete(object));
  }

  patch(name: string, patch: PatchBody, options: WriteOptions = {}): Promise<T> {
    const target = { name, subresource: options.subresource };
    return this.#send('PATCH', target, options, patch.body, PATCH_TYPES[patch.type]);
  }

  /** Server-side apply: what the object names is owned by the field manager, the rest is left alone. */
  apply(object: Written<T>, options: WriteOptions & { readonly force?: boolean } = {}): Promise<T> {
    return this.#send('PATCH', this.#targetOf(object, options), options, this.#complete(object), PATCH_TYPES.apply);
  }

  /** Replaces the status and nothing else. */
  updateStatus(object: Written<T>, options: WriteOptions = {}): Promise<T> {
    return this.replace(object, { ...options, subresource: 'status' });
  }

  /** Merges into the status. */
  patchStatus(name: string, status: unknown, options: WriteOptions = {}): Promise<T> {
    return this.patch(name, { type: 'merge', body: { status } }, { ...options, subresource: 'status' });
  }

  /** Server-side apply of the status. */
  applyStatus(object: Written<T>, options: WriteOptions & { readonly force?: boolean } = {}): Promise<T> {
    return this.apply(object, { ...options, subresource: 'status' });
  }

  /** Deletes an object: answers the object while finalizers keep it, or a `Status`. */
  delete(name: string, options: RemoveOptions = {}): Promise<unknown> {
    return this.#remove({ namespace: this.#needNamespace(name), name }, options);
  }

  /** Deletes every object that the selectors fit. */
  deleteCollection(
    options: RemoveOptions & Pick<ListOptions, 'labelSelector' | 'fieldSelector'> = {},
  ): Promise<unknown> {
    const { labelSelector, fieldSelector } = options;
    return this.#remove({ namespace: this.namespace, query: { labelSelector, fieldSelector } }, options);
  }

  /** Sends a body to a subresource that makes something of its own, such as `token` or `eviction`. */
  createSubresource(name: string, subresource: string, body: unknown, options: WriteOptions = {}): Promise<unknown> {
    const target: PathTarget = { namespace: this.#needNamespace(name), name, subresource, query: this.#query(options) };
    return this.#request('POST', target, options, body);
  }

  #remove(target: PathTarget, options: RemoveOptions): Promise<unknown> {
    const { propagationPolicy, gracePeriodSeconds, preconditions, isDryRun } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy,
      gracePeriodSeconds,
      preconditions,
      dryRun: isDryRun === true ? ['All'] : undefined,
    };
    return this.#request('DELETE', target, options, body);
  }

  async #send(
    method: ApiRequest['method'],
    target: PathTarget,
    options: WriteOptions | ReadOptions,
    body?: unknown,
    contentType?: string,
  ): Promise<T> {
    const namespace =
      target.namespace ?? (target.name === undefined ? this.namespace : this.#needNamespace(target.name));
    const query = method === 'GET' ? {} : this.#query(options);
    const answer = await this.#request(method, { ...target, namespace, query }, options, body, contentType);
    if (typeof answer !== 'object' || answer === null) throw this.#notExpected('an object');
    return answer as T;
  }

  #request(
    method: ApiRequest['method'],
    target: PathTarget,
    options: ReadOptions,
    body?: unknown,
    contentType?: string,
  ): Promise<unknown> {
    return this.#options.transport.request({
      method,
      path: pathOf(this.resource, target),
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
      ...control(options),
    });
  }

  #query(options: WriteOptions): Record<string, string | boolean | undefined> {
    return writeQuery(options, this.#options.fieldManager);
  }

  #parseList(answer: unknown): ListPage<T> {
    const { items, metadata } = (answer ?? {}) as {
      readonly items?: readonly T[] | null;
      readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
    };
    if (metadata?.resourceVersion === undefined) throw this.#notExpected('a list with a resourceVersion');
    const apiVersion = apiVersionOfRef(this.resource);
    const { kind } = this.resource;
    // Servers leave these out of the objects in a list.
    const complete = (items ?? []).map((item) => ('kind' in item ? item : { apiVersion, kind, ...item }));
    const token = metadata.continue;
    const next = token === undefined || token === '' ? {} : { continueToken: token };
    return { items: complete, resourceVersion: metadata.resourceVersion, ...next };
  }

  /** Objects may leave out what the collection says of them. */
  #complete(object: Written<T>): object {
    return { apiVersion: apiVersionOfRef(this.resource), kind: this.resource.kind, ...object };
  }

  #targetOf(object: Written<T>, options: WriteOptions): PathTarget {
    const name = (object as NamedObject).metadata?.name;
    if (name === undefined) throw invalid(`the ${this.resource.kind} to write has no metadata.name`);
    return { namespace: this.#namespaceOf(object), name, subresource: options.subresource };
  }

  #namespaceOf(object: Written<T>): string | undefined {
    if (!this.resource.isNamespaced) return undefined;
    const { metadata } = object as NamedObject;
    return metadata?.namespace ?? this.#needNamespace(metadata?.name ?? metadata?.generateName ?? '');
  }

  #needNamespace(name: string): string | undefined {
    if (!this.resource.isNamespaced || this.namespace !== undefined) return this.namespace;
    throw invalid(`the namespace of ${nameOfRef(this.resource)} "${name}" is not known: choose one with inNamespace()`);
  }

  #notExpected(what: string): MeshError {
    return new MeshError(
      'MESH_PROTOCOL',
      `the API server answered for ${nameOfRef(this.resource)} with something that is not ${what}`,
    );
  }
}

function control(options: ReadOptions): Pick<ApiRequest, 'signal' | 'timeoutMs'> {
  const { signal, timeoutMs } = options;
  return { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

function invalid(problem: string): MeshError {
  return new MeshError('MESH_INVALID_ARGUMENT', problem);
}

/** One informer for everybody who follows the same collection; it runs while somebody holds it. */
import type { Clock, Logger, Random } from '@weft/core';
import type { ResourceClient } from '../resource-client.ts';
import { apiVersionOfRef, type ResourceRef } from '../resource-ref.ts';
import { Informer, type InformerOptions } from './informer.ts';

/** What makes two users share an informer. */
export interface InformerScope<T extends object> {
  readonly resource: ResourceRef<T>;
  /** Undefined follows all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** An informer on loan. */
export interface InformerLease<T extends object> {
  readonly informer: Informer<T>;
  /** Gives it back; the last one to do so stops it. */
  readonly release: () => Promise<void>;
}

/** How shared informers are made. */
export interface InformerFactoryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Makes the client of a collection. */
  readonly clientOf: <T extends object>(resource: ResourceRef<T>, namespace: string | undefined) => ResourceClient<T>;
  /** For servers that send bookmarks regularly. */
  readonly idleTimeoutMs?: number | undefined;
}

interface Shared {
  readonly informer: Informer<object>;
  holders: number;
}

/** Lends informers. */
export class InformerFactory {
  readonly #options: InformerFactoryOptions;
  /** Scope as text to its running informer. */
  readonly #shared = new Map<string, Shared>();

  constructor(options: InformerFactoryOptions) {
    this.#options = options;
  }

  /** How many informers run. */
  get size(): number {
    return this.#shared.size;
  }

  /**
   * The informer of a scope, started. `indexers` and `transform` are those of the first who asks, and `name` tells apart
   * informers of one scope that differ in them.
   */
  acquire<T extends object>(
    scope: InformerScope<T>,
    extras: Pick<InformerOptions<T>, 'indexers' | 'transform'> & { readonly name?: string } = {},
  ): InformerLease<T> {
    const { resource, namespace, labelSelector, fieldSelector } = scope;
    const parts = [apiVersionOfRef(resource), resource.plural, namespace, labelSelector, fieldSelector, extras.name];
    const key = JSON.stringify(parts.map((part) => part ?? null));
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      shared = { informer: this.#create(scope, extras) as unknown as Informer<object>, holders: 0 };
      this.#shared.set(key, shared);
      shared.informer.start();
    }
    shared.holders += 1;
    return this.#lease<T>(key, shared);
  }

  /** Stops every informer, whoever holds it. */
  async close(): Promise<void> {
    const all = [...this.#shared.values()];
    this.#shared.clear();
    await Promise.all(all.map(({ informer }) => informer.stop()));
  }

  #lease<T extends object>(key: string, shared: Shared): InformerLease<T> {
    let isReleased = false;
    return {
      informer: shared.informer as unknown as Informer<T>,
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        shared.holders -= 1;
        if (shared.holders > 0 || this.#shared.get(key) !== shared) return;
        this.#shared.delete(key);
        await shared.informer.stop();
      },
    };
  }

  #create<T extends object>(
    scope: InformerScope<T>,
    extras: Pick<InformerOptions<T>, 'indexers' | 'transform'>,
  ): Informer<T> {
    const { clock, random, log, clientOf, idleTimeoutMs } = this.#options;
    const { labelSelector, fieldSelector } = scope;
    const client = clientOf(scope.resource, scope.namespace);
    const { indexers, transform } = extras;
    return new Informer({
      client,
      clock,
      random,
      log,
      idleTimeoutMs,
      labelSelector,
      fieldSelector,
      indexers,
      transform,
    });
  }
}

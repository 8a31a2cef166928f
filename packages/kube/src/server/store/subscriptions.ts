/** Who is told of which events. Written by `watch` and `stop`; read at every commit. */
import { type Logger, thrownMessage } from '@weft/core';
import type { ResourceId, StoreEvent, WatchHandle, WatchSink } from './types.ts';

/** One watcher; `reached` keeps it from seeing an event twice when it subscribes in the middle of a dispatch. */
export interface Subscription extends WatchHandle {
  readonly sink: WatchSink;
  reached: number;
  isStopped: boolean;
}

/** All watchers, found by collection and namespace so that a change costs only those who asked for it. */
export class Subscriptions {
  readonly #log: Logger;
  /** `resource` for watchers of all namespaces, `resource/namespace` for the others. */
  readonly #byScope = new Map<string, Set<Subscription>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  add(resource: ResourceId, namespace: string | undefined, reached: number, sink: WatchSink): Subscription {
    const scope = scopeOf(resource, namespace);
    const subscription: Subscription = {
      sink,
      reached,
      isStopped: false,
      stop: () => {
        subscription.isStopped = true;
        const set = this.#byScope.get(scope);
        if (set?.delete(subscription) && set.size === 0) this.#byScope.delete(scope);
      },
    };
    const set = this.#byScope.get(scope);
    if (set === undefined) this.#byScope.set(scope, new Set([subscription]));
    else set.add(subscription);
    return subscription;
  }

  /** Hands one event to everybody concerned. */
  dispatch(event: StoreEvent): void {
    const { resource, namespace } = event.entry;
    this.#dispatchTo(this.#byScope.get(scopeOf(resource, undefined)), event);
    this.#dispatchTo(this.#byScope.get(scopeOf(resource, namespace)), event);
  }

  /** Hands one event to one watcher; a watcher that throws breaks its promise and is taken out, the others go on. */
  deliver(subscription: Subscription, event: StoreEvent): void {
    if (subscription.isStopped || event.revision <= subscription.reached) return;
    subscription.reached = event.revision;
    try {
      subscription.sink.onEvent(event);
    } catch (thrown) {
      this.#log.error('a watcher failed and was taken out', { error: thrownMessage(thrown) });
      subscription.stop();
      this.#close(subscription);
    }
  }

  /** Ends all subscriptions. */
  closeAll(): void {
    const all = [...this.#byScope.values()].flatMap((set) => [...set]);
    this.#byScope.clear();
    for (const subscription of all) {
      if (subscription.isStopped) continue;
      subscription.isStopped = true;
      this.#close(subscription);
    }
  }

  #dispatchTo(set: Set<Subscription> | undefined, event: StoreEvent): void {
    if (set === undefined) return;
    for (const subscription of set) this.deliver(subscription, event);
  }

  #close(subscription: Subscription): void {
    try {
      subscription.sink.onClose();
    } catch (thrown) {
      this.#log.error('a watcher failed while it was closed', { error: thrownMessage(thrown) });
    }
  }
}

function scopeOf(resource: ResourceId, namespace: string | undefined): string {
  return namespace === undefined ? resource : `${resource}/${namespace}`;
}

import { isSubscribed, type SubscriptionView } from '../../protocol/subscription.ts';
import { changedNames, emptyResourceSet, type ResourceSet, type VersionSet } from '../resource-view.ts';
import type { ServedResource, ToldResource } from '../served-resource.ts';

/** What a client lacks of one type. */
export interface Changes {
  readonly updated: readonly ServedResource[];
  /** Updated resources that the client has in another version. */
  readonly replaced: readonly ServedResource[];
  /** Whether some of the updated ones are new to the client. */
  readonly isAdding: boolean;
  /** What the client has to forget now. */
  readonly removed: readonly string[];
  /** What the client asked for and nobody has. */
  readonly absent: readonly string[];
}

/** Where to look for changes, and whether the client may be told to forget something. */
export interface CollectOptions {
  readonly set: ResourceSet;
  readonly subscription: SubscriptionView;
  readonly dirty: 'all' | ReadonlySet<string>;
  readonly canRemove: boolean;
}

/**
 * What a client has of one type: the set that it was told of last, as far as it subscribes, and the few exceptions. So a stream holds a
 * reference to a set that others share, not a table of versions of its own.
 */
export class Baseline {
  /** What the client was told; undefined before anything was. */
  #told: VersionSet | undefined;
  /** Names to send although the client may have them: it asked for them, or has to be told again. */
  readonly #owed = new Map<string, 'asked' | 'again'>();
  /** Resources that are gone and that the client keeps for now, by name; written by `#judge` and `forget`. */
  readonly #held = new Map<string, { readonly version: string }>();

  get hasOwed(): boolean {
    return this.#owed.size > 0;
  }

  get hasHeld(): boolean {
    return this.#held.size > 0;
  }

  /** What the client keeps although it is gone. */
  held(): Iterable<{ readonly version: string }> {
    return this.#held.values();
  }

  /** What the client has of what it subscribes to, as far as it was told. */
  *told({ isWildcard, names }: SubscriptionView): Generator<ToldResource> {
    const told = this.#told;
    if (told === undefined) return;
    const all = [isWildcard ? told.names() : names, this.#held.keys()];
    for (const name of new Set(all.flatMap((each) => [...each]))) {
      const had = this.#held.get(name) ?? told.get(name);
      if (had !== undefined) yield { name, version: had.version, resource: isServed(had) ? had : undefined };
    }
  }

  /** Believes what a client says that it has. */
  claim(versions: VersionSet): void {
    this.#told = versions;
  }

  /** The client asked for a name, and hears of it whatever it has, also that there is none. */
  ask(name: string): void {
    this.#owed.set(name, 'asked');
  }

  /** Sends a name again if it is there. */
  repeat(name: string): void {
    if (!this.#owed.has(name)) this.#owed.set(name, 'again');
  }

  /** Takes the client to have nothing, since it asks for everything anew. */
  forgetAll(names: Iterable<string>): void {
    this.#told = undefined;
    this.#held.clear();
    for (const name of names) this.ask(name);
  }

  /** The client no longer wants a name, and so drops it. */
  forget(name: string): void {
    this.#owed.delete(name);
    this.#held.delete(name);
  }

  /** What changed since the last call; from then on the client is taken to have it, so what is returned must be sent. */
  collect(options: CollectOptions): Changes {
    const { set } = options;
    const changes = { updated: [], replaced: [], isAdding: false, removed: [], absent: [] };
    for (const name of this.#candidates(options)) this.#judge(name, options, changes);
    this.#owed.clear();
    this.#told = set;
    return changes;
  }

  #candidates({ set, subscription, dirty }: CollectOptions): Iterable<string> {
    const found = this.#lookedAt(set, subscription, dirty);
    if (this.#owed.size === 0 && this.#held.size === 0) return found;
    return new Set([...found, ...this.#owed.keys(), ...this.#held.keys()]);
  }

  #lookedAt(set: ResourceSet, subscription: SubscriptionView, dirty: 'all' | ReadonlySet<string>): Iterable<string> {
    const told = this.#told;
    if (told === set) return [];
    if (dirty === 'all' || told === undefined) {
      return subscription.isWildcard ? changedNames(told ?? emptyResourceSet, set) : subscription.names;
    }
    // The smaller side is walked: one changed endpoint among a thousand names, or three names among a thousand changes.
    const isFewer = subscription.isWildcard || dirty.size <= subscription.names.size;
    return isFewer ? dirty : subscription.names;
  }

  #judge(name: string, { set, subscription, canRemove }: CollectOptions, changes: MutableChanges): void {
    const had = this.#held.get(name) ?? this.#told?.get(name);
    this.#held.delete(name);
    if (!isSubscribed(subscription, name)) return;
    const resource = set.get(name);
    const owed = this.#owed.get(name);
    if (resource !== undefined) {
      if (owed === undefined && had?.version === resource.version) return;
      changes.updated.push(resource);
      if (had === undefined || owed === 'asked') changes.isAdding = true;
      else if (had.version !== resource.version) changes.replaced.push(resource);
    } else if (owed === 'asked') {
      changes.absent.push(name);
    } else if (had === undefined) {
      return;
    } else if (canRemove) {
      changes.removed.push(name);
    } else {
      this.#held.set(name, had);
    }
  }
}

/** Resources are told apart from the versions that clients claim by their bytes. */
export function isServed(had: { readonly version: string }): had is ServedResource {
  return 'sotwField' in had;
}

interface MutableChanges {
  updated: ServedResource[];
  replaced: ServedResource[];
  isAdding: boolean;
  removed: string[];
  absent: string[];
}

import { invariant } from '@weft/core';
import type { SotwRequest } from '../../protocol/messages.ts';
import { isStaleNonce, isSubscribed, readSotwNames, WILDCARD } from '../../protocol/subscription.ts';
import type { ResourceSet } from '../resource-view.ts';
import type { ServedResource } from '../served-resource.ts';
import type { IncomingRequest } from '../wire/decode-request.ts';
import { isServed } from './baseline.ts';
import { type DueResponse, type NextOptions, type Received, TypeState } from './type-state.ts';

/** Marks the version of a response that still holds what is gone: it is not the content that the set of that version has. */
const UNFINISHED = '~';

/**
 * A type in state of the world. Clusters and listeners are sent in full each time, since what is absent is deleted; of other types only
 * what changed is sent (xDS, "Grouping Resources into Responses"). The version that a client comes back with says nothing of what it has: it
 * may have taken a part of a response that it refused later.
 */
export class SotwType extends TypeState {
  #isTold = false;
  #namesDigest: string | undefined;

  override get namesDigest(): string | undefined {
    return this.#namesDigest;
  }

  protected read(incoming: IncomingRequest, nowMs: number): Received {
    const { request, namesDigest, repeatsNames } = incoming;
    invariant(request.kind === 'sotw', 'a stream has requests of its own variant');
    const { responseNonce, errorDetail } = request;
    const isFirst = !this.#isTold;
    const answer = isFirst ? undefined : this.answers.answer(responseNonce, errorDetail, nowMs);
    // A nonce in a first request is that of the stream before.
    const isStale = !isFirst && this.answers.lastNonce !== '' && isStaleNonce(this.answers.lastNonce, responseNonce);
    if (isStale) {
      if (!repeatsNames) this.#dropNames(request.resourceNames);
      return { answer, isStale: answer === undefined, isSubscription: false };
    }
    this.#isTold = true;
    const isSubscription = !repeatsNames && this.#readNames(request, isFirst);
    this.#namesDigest = namesDigest;
    return { answer, isStale: false, isSubscription: isSubscription || isFirst };
  }

  protected respond(options: NextOptions): DueResponse | undefined {
    const { set } = options;
    const { updated, replaced, isAdding, removed, absent } = this.collect(options);
    if (!this.rules.isFullState) {
      if (updated.length === 0) return undefined;
      return { versionInfo: set.version, resources: updated, removed: [], isFull: false, isAdding, replaced };
    }
    const isDue = this.isAnswerOwed || updated.length > 0 || removed.length > 0 || absent.length > 0;
    if (!isDue) return undefined;
    const resources = this.#all(set);
    const versionInfo = this.hasHeld ? set.version + UNFINISHED : set.version;
    return { versionInfo, resources, removed: [], isFull: true, isAdding, replaced };
  }

  #readNames(request: SotwRequest, isFirst: boolean): boolean {
    const { resourceNames } = request;
    const before = this.view;
    // Most requests are answers that repeat all names.
    if (!isFirst && this.#isSame(resourceNames)) return false;
    this.view = readSotwNames(before, resourceNames);
    const isWildcardNew = this.view.isWildcard && !before.isWildcard;
    if (isWildcardNew && !isFirst) this.baseline.forgetAll([]);
    for (const name of this.view.names) if (!before.names.has(name)) this.baseline.ask(name);
    for (const name of before.names) if (!isSubscribed(this.view, name)) this.baseline.forget(name);
    if (isWildcardNew) this.isAnswerOwed = true;
    return true;
  }

  /**
   * Of a request that answers an older response only what it no longer asks for counts: another one follows that may ask for it again, and
   * the client has thrown it away in between.
   */
  #dropNames(wanted: readonly string[]): void {
    const { names, isExplicit } = this.view;
    if (!isExplicit || this.#isSame(wanted)) return;
    const asked = new Set(wanted);
    this.#namesDigest = undefined;
    const kept = new Set([...names].filter((name) => asked.has(name)));
    this.view = { ...this.view, names: kept };
    for (const name of names) if (!isSubscribed(this.view, name)) this.baseline.forget(name);
  }

  #isSame(names: readonly string[]): boolean {
    const { isWildcard, names: known, isExplicit } = this.view;
    if (names.length === 0) return isExplicit ? known.size === 0 && !isWildcard : isWildcard;
    if (names.length !== known.size + (isWildcard ? 1 : 0)) return false;
    return names.every((name) => known.has(name) || (isWildcard && name === WILDCARD));
  }

  #all(set: ResourceSet): ServedResource[] {
    const { isWildcard, names } = this.view;
    // A name may be served that is not listed, so names count beside the wildcard too.
    const listed = names.size === 0 ? set.names() : new Set([...set.names(), ...names]);
    const resources: ServedResource[] = [];
    for (const name of isWildcard ? listed : names) {
      const resource = set.get(name);
      if (resource !== undefined) resources.push(resource);
    }
    // What a client of state of the world has always came from a set: it claims no versions.
    for (const held of this.baseline.held()) if (isServed(held)) resources.push(held);
    return resources;
  }
}

import { invariant } from '@weft/core';
import type { DeltaRequest } from '../../protocol/messages.ts';
import { isSubscribed, readDeltaNames, WILDCARD } from '../../protocol/subscription.ts';
import { claimedSet } from '../resource-view.ts';
import type { IncomingRequest } from '../wire/decode-request.ts';
import { type DueResponse, type NextOptions, type Received, TypeState } from './type-state.ts';

/** A type in delta: only what changed is sent, and what is gone is named. */
export class DeltaType extends TypeState {
  #isTold = false;

  protected read({ request }: IncomingRequest, nowMs: number): Received {
    invariant(request.kind === 'delta', 'a stream has requests of its own variant');
    const { responseNonce, errorDetail, subscribe, unsubscribe } = request;
    const isFirst = !this.#isTold;
    this.#isTold = true;
    const answer = isFirst ? undefined : this.answers.answer(responseNonce, errorDetail, nowMs);
    // Names count in every delta request, also in one that answers an old response: each says what changes, not what is.
    const isSubscription = isFirst || subscribe.length > 0 || unsubscribe.length > 0;
    if (isSubscription) this.#readNames(request, isFirst);
    const isStale = !isFirst && responseNonce !== '' && answer === undefined;
    return { answer, isStale, isSubscription };
  }

  protected respond(options: NextOptions): DueResponse | undefined {
    const { updated, replaced, isAdding, removed, absent } = this.collect(options);
    const gone = absent.length === 0 ? removed : [...removed, ...absent];
    if (updated.length === 0 && gone.length === 0 && !this.isAnswerOwed) return undefined;
    const { version } = options.set;
    return { versionInfo: version, resources: updated, removed: gone, isFull: false, isAdding, replaced };
  }

  #readNames({ subscribe, unsubscribe, initialResourceVersions }: DeltaRequest, isFirst: boolean): void {
    const before = this.view;
    this.view = readDeltaNames(before, { subscribe, unsubscribe, isFirst });
    const isWildcardNew = this.view.isWildcard && !before.isWildcard;
    if (isFirst && initialResourceVersions.size > 0) this.baseline.claim(claimedSet(initialResourceVersions));
    else if (isWildcardNew) {
      // A client that waits for everything has to hear when that is nothing.
      this.isAnswerOwed = true;
      if (!isFirst) this.baseline.forgetAll(this.view.names);
    }
    for (const name of subscribe) {
      if (name === WILDCARD) continue;
      if (!isFirst || !initialResourceVersions.has(name)) this.baseline.ask(name);
    }
    for (const name of unsubscribe) {
      if (name === WILDCARD) continue;
      // Under the wildcard the client drops nothing, but has to hear what is there (xDS, "Unsubscribing from Resources").
      if (isSubscribed(this.view, name)) this.baseline.repeat(name);
      else this.baseline.forget(name);
    }
  }
}

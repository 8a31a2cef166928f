import { type Clock, type Logger, type Random, thrownMessage } from '@weft/core';
import type { XdsRequest, XdsResponse } from '../protocol/messages.ts';
import { describeProblems, type ResourceProblem } from '../protocol/problems.ts';
import { WILDCARD } from '../protocol/subscription.ts';
import { Deadlines } from './deadlines.ts';
import type { RemovalCause, ResourceHandler, ResourceUpdate } from './handler.ts';
import type { XdsObserver } from './observer.ts';
import { RepeatDamper } from './repeat-damper.ts';
import type { Subscription, WantedChange } from './resource-source.ts';
import { type AcceptedUpdate, changeInterest } from './state/acceptance.ts';
import type { TypeState } from './state/type-state.ts';

/** How long a client waits. */
export interface SubscriptionTimeouts {
  /** For the first version of a name, whether there is a connection or not (`initial_fetch_timeout`); 0 waits for ever. */
  readonly initialFetchMs: number;
  /** For a server that was asked for a name, until the name is taken not to exist (xDS: 15 s recommended); 0 waits for ever. */
  readonly notFoundMs: number;
}

/** What a subscription needs to work. */
export interface TypeSubscriptionOptions {
  readonly state: TypeState;
  readonly handler: ResourceHandler;
  readonly timeouts: SubscriptionTimeouts;
  /** The key of the source, for the observer. */
  readonly source: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: XdsObserver;
  readonly logger: Logger;
  /** Called when there may be something to send. */
  readonly onRequest: () => void;
}

/** One type from one source: the protocol's state, the clock that goes with it, and the handler that takes the resources. */
export class TypeSubscription implements Subscription {
  readonly state: TypeState;
  readonly #options: TypeSubscriptionOptions;
  /** Names nothing has come for since they were subscribed; runs on through outages. */
  readonly #fetches: Deadlines;
  /** Names that a connected server was asked for and has not answered; stops when the stream ends. */
  readonly #searches: Deadlines;
  /** Names with a time to live. */
  readonly #lives: Deadlines;
  readonly #repeats: RepeatDamper;
  #pauses = 0;
  #isClosed = false;

  constructor(options: TypeSubscriptionOptions) {
    this.state = options.state;
    this.#options = options;
    this.#repeats = new RepeatDamper({ clock: options.clock, random: options.random, pause: () => this.pause() });
    this.#fetches = new Deadlines(options.clock, (names) => this.#handleFetchTimeout(names));
    this.#searches = new Deadlines(options.clock, (names) => this.#remove(names, 'not-found'));
    this.#lives = new Deadlines(options.clock, (names) => this.#remove(names, 'expired'));
  }

  get typeUrl(): string {
    return this.state.rules.typeUrl;
  }

  /** The key of the source. */
  get source(): string {
    return this.#options.source;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Changes what is wanted; the server hears of it as soon as the subscription may send. */
  change(change: WantedChange): void {
    const { subscribe, unsubscribe } = changeInterest(this.state, change);
    for (const name of unsubscribe) this.#forget(name);
    if (unsubscribe.includes(WILDCARD)) this.#lives.retain((name) => this.state.interest.covers(name));
    const initialFetchMs = change.initialFetchMs ?? this.#options.timeouts.initialFetchMs;
    for (const name of subscribe) {
      if (initialFetchMs > 0 && !this.state.accepted.has(name)) this.#fetches.set(name, initialFetchMs);
    }
    if (subscribe.length > 0 || unsubscribe.length > 0) this.#options.onRequest();
  }

  /** Holds requests of this type back until the returned function is called, so that several changes become one. Calls nest. */
  pause(): () => void {
    this.#pauses += 1;
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#pauses -= 1;
      if (this.#pauses === 0) this.#options.onRequest();
    };
  }

  /** Notes that a request was sent. A server has time to find the names from the moment that it is connected. */
  handleSent(request: XdsRequest, isConnected: boolean): void {
    if (isConnected) this.#search(request.kind === 'sotw' ? request.resourceNames : request.subscribe);
  }

  /** The server that has had requests already can be reached now. */
  handleConnected(): void {
    if (this.state.interest.isTold) this.#search(this.state.interest.wanted);
  }

  handleStreamEnd(reason: string): void {
    this.#searches.clear();
    this.#repeats.release();
    this.#options.observer.onUpdateFailure(this.#options.source, this.typeUrl, reason);
  }

  /** The source has said all that it can say for now: nobody waits any longer for what did not come. It may still come. */
  giveUpWaiting(): void {
    const waited = this.#fetches.names();
    this.#fetches.clear();
    if (waited.length > 0) this.#options.handler.unavailable(waited, 'rejected');
  }

  /** Takes a response; what is to be answered is in the state afterwards. */
  handleResponse(response: XdsResponse): void {
    const { observer, logger, source, clock } = this.#options;
    const startMs = clock.monotonic();
    const update = this.state.handleResponse(this.#checkType(response), (resources) => this.#apply(resources));
    // The handler may have closed the subscription: nothing may be set going after that.
    if (this.#isClosed) return;
    this.#settle(update);
    this.#repeats.note(update.problems.length === 0 ? undefined : response.versionInfo);
    if (update.problems.length === 0) {
      observer.onUpdateSuccess(source, this.typeUrl, response.versionInfo, clock.monotonic() - startMs);
      return;
    }
    const reason = describeProblems(update.problems);
    observer.onUpdateRejected(source, this.typeUrl, reason);
    logger.warning(`${this.state.rules.label} version ${response.versionInfo} is rejected: ${reason}`);
  }

  close(): void {
    this.#isClosed = true;
    this.#fetches.clear();
    this.#searches.clear();
    this.#lives.clear();
    this.#repeats.release();
  }

  #search(names: readonly string[]): void {
    const { notFoundMs } = this.#options.timeouts;
    if (notFoundMs === 0) return;
    for (const name of names) {
      if (name === WILDCARD || this.#searches.has(name) || !this.state.interest.names(name)) continue;
      const { version, rejection } = this.state.accepted.get(name);
      // A refused name was found.
      if (version === undefined && rejection === undefined) this.#searches.set(name, notFoundMs);
    }
  }

  /** A handler that throws must neither end the stream nor pass for one that accepts. */
  #apply(update: ResourceUpdate): readonly ResourceProblem[] {
    try {
      return this.#options.handler.apply(update);
    } catch (thrown) {
      const reason = `internal error: ${thrownMessage(thrown)}`;
      this.#options.logger.error(`the handler of ${this.state.rules.label} failed`, { error: thrown });
      return [{ name: '', reason }, ...update.resources.map(({ name }) => ({ name, reason }))];
    }
  }

  /** A response of another type, on a stream for this type alone: nothing in it counts, not even what it leaves out. */
  #checkType(response: XdsResponse): XdsResponse {
    if (response.typeUrl === this.typeUrl) return response;
    const problem = `the response is of type ${response.typeUrl} on a stream of ${this.typeUrl}`;
    const resources = [{ name: '', version: '', ttlMs: undefined, body: undefined, problem }];
    return response.kind === 'sotw' ? { ...response, resources } : { ...response, resources, removed: [] };
  }

  #settle({ alive, removed, unavailable }: AcceptedUpdate): void {
    for (const { name } of removed) this.#forget(name);
    for (const { name, ttlMs } of alive) {
      this.#forget(name);
      if (ttlMs !== undefined) this.#lives.set(name, ttlMs);
    }
    const waited = unavailable.filter((name) => this.#fetches.has(name));
    for (const name of unavailable) this.#forget(name);
    this.#fetches.delete(WILDCARD);
    if (waited.length > 0) this.#options.handler.unavailable(waited, 'rejected');
  }

  #forget(name: string): void {
    this.#fetches.delete(name);
    this.#searches.delete(name);
    this.#lives.delete(name);
  }

  #handleFetchTimeout(names: readonly string[]): void {
    const { observer, logger, source, handler } = this.#options;
    observer.onFetchTimeout(source, this.typeUrl, names);
    logger.warning(`${this.state.rules.label}: nothing came in time`, () => ({
      names: names.slice(0, 20),
      count: names.length,
    }));
    handler.unavailable(names, 'timeout');
  }

  /** Takes resources away that no response removed. */
  #remove(names: readonly string[], cause: RemovalCause): void {
    for (const name of names) {
      this.state.accepted.remove(name);
      this.#forget(name);
    }
    const removed = names.map((name) => ({ name, cause }));
    const problems = this.#apply({ typeUrl: this.typeUrl, version: '', resources: [], unchanged: [], removed });
    if (problems.length > 0) this.#options.logger.error(`removing was refused: ${describeProblems(problems)}`);
  }
}

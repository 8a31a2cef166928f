import type { XdsVariant } from '../../protocol/messages.ts';
import type { Dirty, ResourceView } from '../resource-view.ts';
import { emptyResourceSet } from '../resource-view.ts';
import type { ServedResource } from '../served-resource.ts';
import type { IncomingRequest } from '../wire/decode-request.ts';
import type { ResponseMessage } from '../wire/encode-response.ts';
import { DeltaType } from './delta-type.ts';
import { compareSendOrder, providersOf, usersOf } from './push-order.ts';
import { SotwType } from './sotw-type.ts';
import type { Received, TypeState } from './type-state.ts';

/** How a stream is served. */
export interface StreamStateOptions {
  readonly variant: XdsVariant;
  /** In front of every nonce, so that those of an older stream are not taken for answers. */
  readonly noncePrefix: string;
  /** How long routes wait for clusters to be accepted, and removals for those that use what goes. */
  readonly orderHoldMs: number;
}

/**
 * Everything that one stream knows, without clock and I/O: what the client wants and has of each type, the newest view, and what of it has
 * not been told. There is one pending push and no queue: a newer view takes the place of the older one.
 */
export class StreamState {
  readonly #options: StreamStateOptions;
  /** In the order of sending; written by `#type`. */
  #types: readonly TypeState[] = [];
  readonly #byUrl = new Map<string, TypeState>();
  #view: ResourceView | undefined;
  #nonces = 0;
  /** When a client came with resources from a stream before; undefined again once it had time to ask for all its types. */
  #cameBackAtMs: number | undefined;

  constructor(options: StreamStateOptions) {
    this.#options = options;
  }

  get types(): readonly TypeState[] {
    return this.#types;
  }

  get view(): ResourceView | undefined {
    return this.#view;
  }

  /** Whether there may be something to send now. */
  get isDue(): boolean {
    if (this.#view === undefined) return false;
    return this.#types.some((type) => (type.isDue && !this.#isGated(type)) || (type.hasHeld && this.#canRemove(type)));
  }

  type(typeUrl: string): TypeState | undefined {
    return this.#byUrl.get(typeUrl);
  }

  /** The newest view from which the client runs everything but what it refuses; 0 before there is one. */
  get runsRevision(): number {
    const { revision } = this.#view ?? { revision: 0 };
    return this.#types.reduce((least, type) => Math.min(least, type.runsRevision(revision)), revision);
  }

  /** Since when something that others wait for is not answered, while something does wait. */
  get waitingSinceMs(): number | undefined {
    if (!this.#types.some((type) => type.hasHeld || (type.isDue && this.#isGated(type)))) return undefined;
    let since = this.#cameBackAtMs;
    for (const { answers } of this.#types) {
      const atMs = answers.waitingSinceMs;
      if (atMs !== undefined && (since === undefined || atMs < since)) since = atMs;
    }
    return since;
  }

  /** Takes what a client says. */
  receive(incoming: IncomingRequest, nowMs: number): Received {
    const { request } = incoming;
    if (request.kind === 'delta' && request.initialResourceVersions.size > 0) this.#cameBackAtMs ??= nowMs;
    return this.#type(request.typeUrl).receive(incoming, nowMs);
  }

  /** Takes a newer view; `dirty` tells where it may differ from the one before, everywhere unless given. */
  offer(view: ResourceView, dirty: Dirty | undefined): void {
    const isFirst = this.#view === undefined;
    this.#view = view;
    for (const type of this.#types) {
      const marks = dirty === undefined || isFirst ? 'all' : dirty.get(type.typeUrl);
      if (marks !== undefined) type.markDirty(marks);
    }
  }

  /** The next response to send, or undefined when nothing is due now. */
  next(nowMs: number): ResponseMessage | undefined {
    for (const type of this.#types) {
      if (!type.isDue || this.#isGated(type)) continue;
      const message = this.#respond(type, nowMs);
      if (message !== undefined) return message;
    }
    for (const type of this.#types) {
      // Whoever uses what goes has been told now, if it had to be told at all.
      if (!type.hasHeld || !this.#canRemove(type)) continue;
      const message = this.#respond(type, nowMs);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Goes on without the answers that have been waited for long enough. */
  expire(nowMs: number): void {
    const beforeMs = nowMs - this.#options.orderHoldMs;
    if (this.#cameBackAtMs !== undefined && this.#cameBackAtMs <= beforeMs) this.#cameBackAtMs = undefined;
    for (const { answers } of this.#types) answers.expire(beforeMs);
  }

  #type(typeUrl: string): TypeState {
    const known = this.#byUrl.get(typeUrl);
    if (known !== undefined) return known;
    const type = this.#options.variant === 'sotw' ? new SotwType(typeUrl) : new DeltaType(typeUrl);
    this.#byUrl.set(typeUrl, type);
    this.#types = [...this.#types, type].sort((a, b) => compareSendOrder(a.typeUrl, b.typeUrl));
    return type;
  }

  #isGated({ typeUrl }: TypeState): boolean {
    return providersOf(typeUrl).some((provider) => this.#byUrl.get(provider)?.answers.isAdding ?? false);
  }

  #canRemove({ typeUrl }: TypeState): boolean {
    const users = usersOf(typeUrl);
    if (users.length === 0) return true;
    // A client that comes back says type by type what it has: what uses the resource may not have been said yet.
    if (this.#cameBackAtMs !== undefined) return false;
    return users.every((user) => this.#byUrl.get(user)?.isSettled ?? true);
  }

  #respond(type: TypeState, nowMs: number): ResponseMessage | undefined {
    const { typeUrl } = type;
    const view = this.#view;
    if (view === undefined) return undefined;
    const set = view.get(typeUrl);
    // A type that the server does not have is not answered; one that it no longer has is empty.
    if (set === undefined && type.answers.sent === undefined) {
      type.park();
      return undefined;
    }
    const due = type.next(set ?? emptyResourceSet, this.#canRemove(type));
    if (due === undefined) return undefined;
    this.#nonces += 1;
    const nonce = `${this.#options.noncePrefix}${this.#nonces}`;
    const { versionInfo, resources, removed } = due;
    type.answers.record({ nonce, version: versionInfo, revision: view.revision, atMs: nowMs }, due);
    this.#warm(due.replaced, view);
    return { typeUrl, versionInfo, nonce, resources, removed };
  }

  /**
   * Sends again what clients ask for when a resource changes. Envoy warms a changed cluster as if it were new, and its request for the
   * endpoints looks like an answer to the last ones: it would wait for them in vain.
   */
  #warm(replaced: readonly ServedResource[], view: ResourceView): void {
    for (const { warms } of replaced) {
      for (const { typeUrl, name } of warms) {
        const type = this.#byUrl.get(typeUrl);
        if (type !== undefined && view.get(typeUrl)?.get(name) !== undefined) type.refresh(name);
      }
    }
  }
}

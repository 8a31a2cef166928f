import { type ResourceTypeRules, rulesOf } from '../../protocol/resource-types.ts';
import { noSubscription, type SubscriptionView } from '../../protocol/subscription.ts';
import type { ResourceSet } from '../resource-view.ts';
import type { ServedResource, ToldResource } from '../served-resource.ts';
import type { IncomingRequest } from '../wire/decode-request.ts';
import { type Answer, Answers, type Told } from './answers.ts';
import { Baseline, type Changes } from './baseline.ts';

/** What a request meant. */
export interface Received {
  /** Set when the request answered a response that waited for it. */
  readonly answer: Answer | undefined;
  /** Whether the request carried a nonce that no waiting response has. */
  readonly isStale: boolean;
  /** Whether the client wants something else than before. */
  readonly isSubscription: boolean;
}

/** A response that is due. */
export interface DueResponse extends Told {
  readonly versionInfo: string;
  readonly resources: readonly ServedResource[];
  /** Resources that the client had in another version. */
  readonly replaced: readonly ServedResource[];
}

/** What a response is made from. */
export interface NextOptions {
  readonly set: ResourceSet;
  readonly dirty: 'all' | ReadonlySet<string>;
  /** Whether the client may be told now to forget what is gone. */
  readonly canRemove: boolean;
}

/** One type on one stream: what the client wants, has and answered. The variants differ in how requests are read and responses made. */
export abstract class TypeState {
  readonly rules: ResourceTypeRules;
  readonly answers = new Answers();
  protected readonly baseline = new Baseline();
  protected view: SubscriptionView = noSubscription;
  /** Whether a response is due even when there is nothing to tell. */
  protected isAnswerOwed = false;
  #dirty: 'all' | Set<string> | undefined = 'all';
  /** Whether the server has nothing to say about the type; until a view or a request comes there is nothing to look for. */
  #isParked = false;
  /** The last revision at which the client was known to have everything. */
  #cleanRevision = 0;

  constructor(typeUrl: string) {
    this.rules = rulesOf(typeUrl);
  }

  get typeUrl(): string {
    return this.rules.typeUrl;
  }

  get subscription(): SubscriptionView {
    return this.view;
  }

  /** The digest of the names that the client asked for last; only in state of the world. */
  get namesDigest(): string | undefined {
    return undefined;
  }

  /** What the client was told of what it wants; of what it refuses the newest version. */
  told(): Iterable<ToldResource> {
    return this.baseline.told(this.view);
  }

  /** Whether there may be something to send. */
  get isDue(): boolean {
    return !this.#isParked && (this.#dirty !== undefined || this.baseline.hasOwed || this.isAnswerOwed);
  }

  /** Whether the client keeps something that is gone, until others no longer need it. */
  get hasHeld(): boolean {
    return this.baseline.hasHeld;
  }

  /** Whether all that was to be sent was, and is in use as far as that is worth waiting for. */
  get isSettled(): boolean {
    return !this.isDue && !this.hasHeld && this.answers.isSettled;
  }

  /** Says that names, or everything, may differ from what the client was told. */
  markDirty(dirty: 'all' | ReadonlySet<string>): void {
    this.#isParked = false;
    if (this.#dirty === 'all') return;
    if (dirty === 'all') this.#dirty = 'all';
    else if (this.#dirty === undefined) this.#dirty = new Set(dirty);
    else for (const name of dirty) this.#dirty.add(name);
  }

  /** Sends a name again if the client wants it. */
  refresh(name: string): void {
    if (this.view.isWildcard || this.view.names.has(name)) this.baseline.repeat(name);
  }

  /** Waits for a view that has the type. */
  park(): void {
    this.#isParked = true;
    this.#dirty = 'all';
  }

  /** Reads a request of this type. */
  receive(incoming: IncomingRequest, nowMs: number): Received {
    this.#isParked = false;
    return this.read(incoming, nowMs);
  }

  /** The response that is due, if there is one. It has to be sent. */
  next(set: ResourceSet, canRemove: boolean): DueResponse | undefined {
    const options = { set, dirty: this.#dirty ?? NOTHING, canRemove };
    this.#dirty = undefined;
    const due = this.respond(options);
    this.isAnswerOwed = false;
    return due;
  }

  /** The revision that the client runs of this type, but for what it refuses; `revision` is that of the view that it was told of last. */
  runsRevision(revision: number): number {
    if (this.hasHeld) return this.#cleanRevision;
    const isClean = !this.isDue && this.answers.isAnswered;
    // A response tells everything up to its view, so whoever answers it is past that view even when newer ones are on their way.
    const runs = isClean ? revision : this.answers.answeredRevision;
    this.#cleanRevision = Math.max(this.#cleanRevision, runs);
    return this.#cleanRevision;
  }

  protected abstract read(incoming: IncomingRequest, nowMs: number): Received;

  /** Makes the response that is due. */
  protected abstract respond(options: NextOptions): DueResponse | undefined;

  protected collect({ set, dirty, canRemove }: NextOptions): Changes {
    return this.baseline.collect({ set, subscription: this.view, dirty, canRemove });
  }
}

const NOTHING: ReadonlySet<string> = new Set();

import {
  Backoff,
  type BackoffPolicy,
  type Clock,
  err,
  invariant,
  type Logger,
  ok,
  type Random,
  type Result,
  type Timer,
  thrownMessage,
} from '@weft/core';
import type { XdsNode, XdsResponse, XdsVariant } from '../protocol/messages.ts';
import { requestOrder, rulesOf } from '../protocol/resource-types.ts';
import { countFields } from '../protocol/scan.ts';
import { type RateLimit, TokenBucket } from '../protocol/token-bucket.ts';
import { decodeResponse, encodeRequest } from '../protocol/wire.ts';
import type { ResourceHandler } from './handler.ts';
import type { XdsLimits } from './limits.ts';
import type { XdsObserver } from './observer.ts';
import { DeltaState } from './state/delta-state.ts';
import { SotwState } from './state/sotw-state.ts';
import type { StreamEvents, XdsStream, XdsTransport } from './transport.ts';
import { type SubscriptionTimeouts, TypeSubscription } from './type-subscription.ts';

/** What a connection to a server needs. */
export interface XdsConnectionOptions {
  /** The key of the source, for the observer and the logs. */
  readonly source: string;
  readonly variant: XdsVariant;
  /** The path of the gRPC method. */
  readonly method: string;
  /** Servers to try one after the other; at least one. Each is made when it is first needed. */
  readonly transports: readonly (() => XdsTransport)[];
  readonly node: XdsNode;
  readonly isNodeOnFirstOnly: boolean;
  readonly rateLimit: RateLimit | undefined;
  readonly backoff: BackoffPolicy;
  readonly limits: XdsLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: XdsObserver;
  readonly logger: Logger;
}

/** The waits that Envoy uses unless the service says otherwise. */
export const defaultXdsBackoff: BackoffPolicy = Object.freeze({ baseMs: 500, maxMs: 30_000, jitter: 'full' });

/** The stream that is open or being opened. */
interface OpenStream {
  readonly stream: XdsStream;
  isConnected: boolean;
  isWritable: boolean;
  isFirstRequest: boolean;
  /** Whether the server has answered anything that could be read: then the next attempt is not a retry of a failure. */
  hasAnswered: boolean;
}

/** UNAVAILABLE of gRPC: what a transport that cannot even begin is taken for. */
const UNAVAILABLE = 14;

/**
 * Keeps one stream to a server and all types on it (xDS, "Aggregated Discovery Service"; or one type, on a stream of its own). When the
 * stream breaks, it is opened again after a growing, jittered wait and everything is asked for anew. What is in use stays in use meanwhile.
 */
export class XdsConnection {
  readonly #options: XdsConnectionOptions;
  readonly #backoff: Backoff;
  readonly #bucket: TokenBucket | undefined;
  /** Type URL to its subscription, in the order of requests; written by `subscribe`. */
  #subscriptions: ReadonlyMap<string, TypeSubscription> = new Map();
  readonly #transports = new Map<number, XdsTransport>();
  #target = 0;
  #open: OpenStream | undefined;
  #retryTimer: Timer | undefined;
  #rateTimer: Timer | undefined;
  /** Requests wait while this is above zero, so that what one response causes goes out together. */
  #holds = 0;
  #isStarted = false;
  #isClosed = false;
  #controlPlane = '';
  /** What the observer was told last. */
  #pendingCount = 0;

  constructor(options: XdsConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff, options.clock, options.random);
    this.#bucket = options.rateLimit === undefined ? undefined : new TokenBucket(options.rateLimit, options.clock);
  }

  get isConnected(): boolean {
    return this.#open?.isConnected ?? false;
  }

  get subscriptions(): Iterable<TypeSubscription> {
    return this.#subscriptions.values();
  }

  /** Opens the stream, and keeps it open until `close`. */
  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    this.#connect();
  }

  /** Adds a type; what is wanted of it is said with `change` afterwards. A type can be added once. */
  subscribe(
    typeUrl: string,
    handler: ResourceHandler,
    timeouts: SubscriptionTimeouts,
  ): Result<TypeSubscription, string> {
    const { source, variant, clock, random, observer, logger } = this.#options;
    if (this.#subscriptions.has(typeUrl)) return err(`${typeUrl} is already subscribed to from ${source}`);
    const rules = rulesOf(typeUrl);
    const subscription = new TypeSubscription({
      state: variant === 'sotw' ? new SotwState(rules) : new DeltaState(rules),
      handler,
      timeouts,
      source,
      clock,
      random,
      observer,
      logger,
      onRequest: () => this.#flush(),
    });
    const entries = [...this.#subscriptions, [typeUrl, subscription] as const];
    this.#subscriptions = new Map(entries.sort(([a], [b]) => requestOrder(a) - requestOrder(b)));
    return ok(subscription);
  }

  /** Holds all requests back while `work` runs, so that several changes become as few requests as possible. */
  batch(work: () => void): void {
    this.#holds += 1;
    try {
      work();
    } finally {
      this.#holds -= 1;
      this.#flush();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retryTimer?.cancel();
    this.#rateTimer?.cancel();
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      open.stream.cancel();
      if (open.isConnected) this.#options.observer.onConnected(this.#options.source, false);
    }
    for (const subscription of this.#subscriptions.values()) subscription.close();
  }

  #connect(): void {
    const { method, limits } = this.#options;
    for (const { state } of this.#subscriptions.values()) state.openStream();
    let open: OpenStream | undefined;
    // A stream that was given up must not be heard again.
    const ifCurrent = (react: () => void) => {
      invariant(open !== undefined, 'a transport calls back before openStream returns');
      if (this.#open === open) react();
    };
    const events: StreamEvents = {
      onOpen: () => ifCurrent(() => this.#handleOpen()),
      onMessage: (bytes) => ifCurrent(() => this.#handleMessage(bytes)),
      onDrain: () => ifCurrent(() => this.#handleDrain()),
      onEnd: (code, message) => ifCurrent(() => this.#handleEnd(`status ${code}: ${message}`)),
    };
    try {
      const stream = this.#transport().openStream({ method, maxMessageBytes: limits.maxMessageBytes }, events);
      open = { stream, isConnected: false, isWritable: true, isFirstRequest: true, hasAnswered: false };
    } catch (thrown) {
      this.#handleEnd(`status ${UNAVAILABLE}: ${thrownMessage(thrown)}`);
      return;
    }
    this.#open = open;
    this.#flush();
  }

  #transport(): XdsTransport {
    const { transports } = this.#options;
    const index = this.#target % transports.length;
    const transport = this.#transports.get(index) ?? transports[index]!();
    this.#transports.set(index, transport);
    return transport;
  }

  #handleOpen(): void {
    const open = this.#open!;
    if (open.isConnected) return;
    open.isConnected = true;
    this.#options.observer.onConnected(this.#options.source, true);
    // What was sent before there was a connection reaches the server only now.
    for (const subscription of this.#subscriptions.values()) subscription.handleConnected();
  }

  #handleDrain(): void {
    this.#open!.isWritable = true;
    this.#flush();
  }

  #handleMessage(bytes: Uint8Array): void {
    this.#handleOpen();
    const decoded = this.#decode(bytes);
    if (decoded.kind === 'err') {
      this.#giveUp(decoded.error);
      return;
    }
    // Whoever was told of the connection may have closed it.
    if (this.#open === undefined) return;
    this.#open.hasAnswered = true;
    this.batch(() => this.#dispatch(decoded.value));
  }

  #decode(bytes: Uint8Array): Result<XdsResponse, string> {
    const { limits, variant } = this.#options;
    const { maxMessageBytes, maxResourcesPerResponse } = limits;
    if (bytes.length > maxMessageBytes) {
      return err(`a response of ${bytes.length} bytes is larger than the ${maxMessageBytes} that are taken`);
    }
    if (countFields(bytes, maxResourcesPerResponse) >= maxResourcesPerResponse) {
      return err(`a response has ${maxResourcesPerResponse} resources or more`);
    }
    const response = decodeResponse(variant, bytes);
    return response.kind === 'ok' ? response : err(`a response cannot be decoded: ${response.error}`);
  }

  #dispatch(response: XdsResponse): void {
    const { source, observer, logger, limits } = this.#options;
    if (response.controlPlane !== '' && response.controlPlane !== this.#controlPlane) {
      this.#controlPlane = response.controlPlane;
      observer.onControlPlane(source, response.controlPlane);
    }
    const subscription = this.#subscriptions.get(response.typeUrl) ?? this.#onlySubscription();
    if (subscription === undefined || !subscription.state.interest.isTold) {
      // An answer would subscribe to the type.
      logger.warning(`${source} sent ${response.typeUrl}, which was not asked for; it is ignored`);
      return;
    }
    subscription.handleResponse(response);
    if (subscription.state.pendingAnswers > limits.maxPendingAnswers) {
      this.#giveUp(`${subscription.state.pendingAnswers} responses came that could not be answered yet`);
    }
  }

  /** On a stream for one type, whatever comes is meant to be of that type. */
  #onlySubscription(): TypeSubscription | undefined {
    if (this.#subscriptions.size !== 1 || this.#options.method.includes('.AggregatedDiscoveryService/'))
      return undefined;
    for (const subscription of this.#subscriptions.values()) return subscription;
    return undefined;
  }

  /** Sends what is due, type by type, as far as holds, pauses, the peer and the rate limit let it. */
  #flush(): void {
    const open = this.#open;
    if (open === undefined || this.#holds > 0) return;
    this.#sendDue(open);
    let pendingCount = 0;
    for (const { state } of this.#subscriptions.values()) if (state.hasRequest()) pendingCount += 1;
    if (pendingCount === this.#pendingCount) return;
    this.#pendingCount = pendingCount;
    this.#options.observer.onPending(this.#options.source, pendingCount);
  }

  #sendDue(open: OpenStream): void {
    for (const subscription of this.#subscriptions.values()) {
      while (open.isWritable && !subscription.isPaused && subscription.state.hasRequest()) {
        if (!this.#takeToken()) return;
        this.#send(open, subscription);
        if (this.#open !== open) return;
      }
    }
  }

  #send(open: OpenStream, subscription: TypeSubscription): void {
    const request = subscription.state.takeRequest();
    if (request === undefined) return;
    const { node, isNodeOnFirstOnly, observer, source } = this.#options;
    const isWithNode = open.isFirstRequest || !isNodeOnFirstOnly;
    open.isFirstRequest = false;
    open.isWritable = open.stream.send(encodeRequest(request, isWithNode ? node : undefined));
    observer.onUpdateAttempt(source, request.typeUrl);
    subscription.handleSent(request, open.isConnected);
  }

  #takeToken(): boolean {
    const { clock, observer, source } = this.#options;
    const bucket = this.#bucket;
    if (bucket === undefined) return true;
    // Whoever waits for a token already is in line for the next one.
    if (this.#rateTimer !== undefined) return false;
    if (bucket.take()) return true;
    observer.onRateLimited(source);
    this.#rateTimer = clock.setTimer(bucket.waitMs(), () => {
      this.#rateTimer = undefined;
      this.#flush();
    });
    return false;
  }

  /** Ends a stream whose server breaks the rules. */
  #giveUp(reason: string): void {
    const open = this.#open;
    if (open === undefined) return;
    open.stream.cancel();
    // Such a server gets no fresh start, or it would be asked again and again without a pause.
    open.hasAnswered = false;
    this.#handleEnd(reason);
  }

  #handleEnd(reason: string): void {
    const { source, clock, observer, logger } = this.#options;
    const open = this.#open;
    this.#open = undefined;
    if (open?.isConnected) observer.onConnected(source, false);
    if (open?.hasAnswered) this.#backoff.reset();
    else this.#target += 1;
    for (const subscription of this.#subscriptions.values()) subscription.handleStreamEnd(reason);
    if (this.#isClosed) return;
    const delayMs = this.#backoff.next();
    const level = this.#backoff.attempt === 1 ? 'warning' : 'debug';
    logger[level](`the stream to ${source} is over and opened again in ${Math.round(delayMs)} ms: ${reason}`);
    this.#retryTimer = clock.setTimer(delayMs, () => this.#connect());
  }
}

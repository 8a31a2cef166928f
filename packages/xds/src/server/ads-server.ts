import { type Clock, type Logger, type Random, type Result, type Timer, thrownMessage } from '@weft/core';
import type { XdsVariant } from '../protocol/messages.ts';
import { aggregatedMethods, resourceTypes } from '../protocol/resource-types.ts';
import { TokenBucket } from '../protocol/token-bucket.ts';
import type { AdsClient, AdsObserver } from './ads-client.ts';
import { AdsStream, type AdsStreamHost } from './ads-stream.ts';
import { type AdsLimits, defaultAdsLimits } from './limits.ts';
import { PushScheduler } from './push-scheduler.ts';
import type { ResourceView } from './resource-view.ts';
import { type GrpcFailure, grpcCode } from './transport/grpc-status.ts';
import type { GrpcMethod, GrpcMethods, GrpcStream, GrpcStreamHandler } from './transport/grpc-stream.ts';
import { NameTable } from './wire/name-table.ts';

/** What became of a client that asked to be served: its first view, none yet, or why it is turned away. */
export type OpenOutcome = Result<ResourceView | undefined, GrpcFailure>;

/** What a server needs. */
export interface AdsServerOptions {
  /** How the server calls itself in responses, such as the name of its pod. */
  readonly identifier: string;
  /**
   * Looks at who came. The view has to be the newest when it is handed over; what changes after that is pushed to all `clients`, of which
   * this one is by then.
   */
  readonly open: (client: AdsClient) => OpenOutcome | Promise<OpenOutcome>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer?: AdsObserver;
  readonly limits?: Partial<AdsLimits>;
  /** Lets sockets have a turn before it calls back; `setImmediate` unless given. */
  readonly defer?: (work: () => void) => unknown;
}

const NONCE_BYTES = 4;

/** Names that streams share; some twenty megabytes when full. */
const MAX_NAMES = 100_000;

/** The server side of xDS: streams of clients, whatever they run over, and the pushes to them. Knows nothing of what resources mean. */
export class AdsServer implements AdsStreamHost {
  readonly #options: AdsServerOptions;
  readonly #limits: AdsLimits;
  readonly #observer: AdsObserver;
  readonly #scheduler: PushScheduler;
  readonly #bucket: TokenBucket;
  readonly #names = new NameTable(MAX_NAMES);
  /** Every stream there is; written by `#accept` and `closed`. */
  readonly #streams = new Set<AdsStream>();
  /** Clients that are served; written by `#serve` and `closed`. */
  readonly #clients = new Set<AdsStream>();
  /** Streams that wait to be let in, in order. */
  readonly #waiting = new Set<AdsStream>();
  #admitTimer: Timer | undefined;
  #count = 0;

  constructor(options: AdsServerOptions) {
    const { clock, defer = setImmediate } = options;
    this.#options = options;
    this.#limits = { ...defaultAdsLimits, ...options.limits };
    this.#observer = options.observer ?? {};
    this.#bucket = new TokenBucket(this.#limits.newStreams, clock);
    this.#scheduler = new PushScheduler({
      clock,
      defer,
      maxConcurrent: this.#limits.maxConcurrentPushes,
      slowReaderMs: this.#limits.slowReaderMs,
      sliceMs: this.#limits.pushSliceMs,
    });
  }

  /** The clients that are served. */
  get clients(): Iterable<AdsClient> {
    return this.#clients.values();
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Streams of any state: also those whose clients have not said yet who they are. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Streams that wait to be let in. */
  get admissionQueueLength(): number {
    return this.#waiting.size;
  }

  /** Clients that wait for their turn to be sent something. */
  get pushQueueLength(): number {
    return this.#scheduler.waitingCount;
  }

  /** Every method of discovery, for a `GrpcServer`: the aggregated streams and those for one type. */
  methods(): GrpcMethods {
    const methods = new Map<string, GrpcMethod>();
    const add = (path: string | undefined, variant: XdsVariant, onlyType: string | undefined) => {
      if (path !== undefined) methods.set(path, (stream) => this.#accept(stream, variant, onlyType));
    };
    for (const variant of ['sotw', 'delta'] as const) {
      add(aggregatedMethods[variant], variant, undefined);
      for (const { typeUrl, methods: own } of resourceTypes) add(own[variant], variant, typeUrl);
    }
    return methods;
  }

  /** Ends every stream; clients are told to connect again, elsewhere if they can. */
  close(reason = 'the server stops'): void {
    this.#admitTimer?.cancel();
    this.#admitTimer = undefined;
    for (const stream of [...this.#streams]) stream.onShutdown(reason);
  }

  admit(stream: AdsStream): void {
    this.#waiting.add(stream);
    this.#admitWaiting();
  }

  enqueue(stream: AdsStream): void {
    this.#scheduler.enqueue(stream);
  }

  drained(stream: AdsStream): void {
    this.#scheduler.drained(stream);
  }

  closed(stream: AdsStream, reason: string): void {
    this.#streams.delete(stream);
    this.#waiting.delete(stream);
    this.#scheduler.remove(stream);
    if (this.#clients.delete(stream)) this.#observer.onDisconnect?.(stream, reason);
  }

  #accept(stream: GrpcStream, variant: XdsVariant, onlyType: string | undefined): GrpcStreamHandler {
    const { clock, random, logger, identifier } = this.#options;
    const { maxStreams } = this.#limits;
    if (this.#streams.size >= maxStreams) {
      const failure = {
        code: grpcCode.resourceExhausted,
        message: `${maxStreams} streams are open, which is the limit`,
      };
      this.#observer.onRefused?.(stream.peer, failure);
      stream.end(failure);
      return refusedStream;
    }
    this.#count += 1;
    const accepted = new AdsStream({
      stream,
      variant,
      onlyType,
      number: this.#count,
      noncePrefix: `${Buffer.from(random.bytes(NONCE_BYTES)).toString('hex')}.`,
      identifier,
      host: this,
      names: this.#names,
      limits: this.#limits,
      observer: this.#observer,
      clock,
      logger,
    });
    this.#streams.add(accepted);
    return accepted;
  }

  #admitWaiting(): void {
    for (const stream of this.#waiting) {
      if (this.#admitTimer !== undefined) return;
      if (!this.#bucket.take()) {
        this.#admitTimer = this.#options.clock.setTimer(this.#bucket.waitMs(), () => {
          this.#admitTimer = undefined;
          this.#admitWaiting();
        });
        this.#admitTimer.unref();
        return;
      }
      this.#waiting.delete(stream);
      void this.#serve(stream);
    }
  }

  async #serve(stream: AdsStream): Promise<void> {
    const { logger } = this.#options;
    try {
      const opening = this.#options.open(stream);
      const outcome = opening instanceof Promise ? await opening : opening;
      if (stream.isClosed) return;
      if (outcome.kind === 'err') {
        this.#observer.onRefused?.(stream.peer, outcome.error);
        stream.disconnect(outcome.error);
        return;
      }
      this.#clients.add(stream);
      this.#observer.onConnect?.(stream);
      stream.serve(outcome.value);
    } catch (thrown) {
      logger.error(`${stream.id} cannot be served: ${thrownMessage(thrown)}`);
      stream.disconnect({ code: grpcCode.internal, message: 'the client cannot be served' });
    }
  }
}

/** Serves a call that was ended already. */
const refusedStream: GrpcStreamHandler = Object.freeze({
  onMessage: () => undefined,
  onHalfClose: () => undefined,
  onDrain: () => undefined,
  onShutdown: () => undefined,
  onClose: () => undefined,
});

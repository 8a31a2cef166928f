/**
 * Keeps a copy of a collection up to date: list, then watch from the list's revision, for as long as it runs.
 *
 * What ends a watch decides what comes next. The server ended it: watch again from the last revision. The connection broke
 * or is silent: the same, after a back-off. The revision is no longer known (410), or the server refuses it again and again
 * (it may have another history now): list again. Only the monotonic clock decides about waits, so a wall clock that jumps
 * changes nothing, except that a jump tells that the machine slept: then connections are dead and a new watch is opened.
 */
import {
  Backoff,
  type BackoffPolicy,
  type Clock,
  describeError,
  type Logger,
  MeshError,
  type Random,
  sleep,
  type Timer,
} from '@weft/core';
import { type ApiStatusError, isApiStatusError } from '../../shared/status.ts';
import type { ResourceClient } from '../resource-client.ts';
import type { WatchItem, WatchStream } from '../watch-stream.ts';

/** Where a reflector puts what it learns. */
export interface ReflectorSink<T> {
  /** The whole collection, as of now. */
  onReplace(objects: readonly T[]): void;
  onUpsert(object: T): void;
  onDelete(object: T): void;
  /** Listing or watching failed, and is tried again. */
  onProblem(error: unknown): void;
}

/** How a reflector works. */
export interface ReflectorOptions<T extends object> {
  readonly client: ResourceClient<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** A watch is renewed after between this and twice this; 5 minutes unless given. */
  readonly watchMs?: number | undefined;
  /** For servers that send bookmarks regularly: a watch that is silent for so long counts as dead. */
  readonly idleTimeoutMs?: number | undefined;
  readonly backoff?: BackoffPolicy | undefined;
}

const DEFAULT_WATCH_MS = 5 * 60_000;
/** A server that has not ended a watch this long after it should have is gone. */
const END_GRACE_MS = 30_000;
/** A watch shorter than this that said nothing is a failure, or a server that ends each at once would keep us busy. */
const SHORT_WATCH_MS = 1000;
/** So many refused watches in a row, and the revision that they start from is given up. */
const MAX_FAILURES = 4;
const SLEEP_CHECK_MS = 15_000;
const SLEEP_JUMP_MS = 30_000;

/** Waits between attempts. */
export const DEFAULT_BACKOFF: BackoffPolicy = {
  baseMs: 200,
  maxMs: 30_000,
  jitter: 'decorrelated',
  resetAfterMs: 60_000,
};

/** How a watch ended. `wasUseful`: it said something, or at least held for a while. */
type WatchEnd = { readonly wasUseful: boolean } & (
  | { readonly kind: 'ended' }
  | { readonly kind: 'expired'; readonly error: ApiStatusError }
  | { readonly kind: 'broken'; readonly error: unknown }
);

/** The list-and-watch loop. */
export class Reflector<T extends object> {
  readonly #options: ReflectorOptions<T>;
  readonly #sink: ReflectorSink<T>;
  readonly #backoff: Backoff;
  /** Undefined when the collection has to be listed. */
  #resourceVersion: string | undefined;
  /** Watches in a row that the server refused or ended at once. */
  #failures = 0;

  constructor(options: ReflectorOptions<T>, sink: ReflectorSink<T>) {
    this.#options = options;
    this.#sink = sink;
    this.#backoff = new Backoff(options.backoff ?? DEFAULT_BACKOFF, options.clock, options.random);
  }

  /** The revision that the sink is at. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  /** Runs until the signal aborts; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#resourceVersion === undefined && !(await this.#list(signal))) continue;
      const end = await this.#watch(signal);
      if (!signal.aborted) await this.#handleEnd(end, signal);
    }
  }

  async #list(signal: AbortSignal): Promise<boolean> {
    const { client, labelSelector, fieldSelector } = this.#options;
    try {
      const page = await client.listAll({ signal, labelSelector, fieldSelector });
      this.#resourceVersion = page.resourceVersion;
      this.#sink.onReplace(page.items);
      return true;
    } catch (thrown) {
      await this.#pause(thrown, signal);
      return false;
    }
  }

  async #watch(signal: AbortSignal): Promise<WatchEnd> {
    const { clock, watchMs, random } = this.#options;
    let openedMs = Number.POSITIVE_INFINITY;
    let hasItems = false;
    let guard: WatchGuard | undefined;
    const wasUseful = () => hasItems || clock.monotonic() - openedMs >= SHORT_WATCH_MS;
    const failed = (error: unknown): WatchEnd =>
      isApiStatusError(error) && isExpired(error)
        ? { kind: 'expired', error, wasUseful: wasUseful() }
        : { kind: 'broken', error, wasUseful: wasUseful() };
    try {
      const durationMs = (watchMs ?? DEFAULT_WATCH_MS) * (1 + random.next());
      const watch = await this.#open(durationMs, signal);
      openedMs = clock.monotonic();
      guard = new WatchGuard(clock, durationMs + END_GRACE_MS, () => watch.close());
      for await (const items of watch.batches()) {
        const error = this.#apply(items, signal);
        if (error !== undefined) return failed(error);
        hasItems = true;
      }
      return guard.reason === undefined ? { kind: 'ended', wasUseful: wasUseful() } : failed(guard.reason);
    } catch (thrown) {
      return failed(thrown);
    } finally {
      guard?.stop();
    }
  }

  #open(durationMs: number, signal: AbortSignal): Promise<WatchStream<T>> {
    const { client, labelSelector, fieldSelector, idleTimeoutMs } = this.#options;
    return client.watch({
      signal,
      labelSelector,
      fieldSelector,
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.max(1, Math.round(durationMs / 1000)),
      idleTimeoutMs,
    });
  }

  /** Hands items on; stops at the first error and returns it. */
  #apply(items: readonly WatchItem<T>[], signal: AbortSignal): ApiStatusError | undefined {
    for (const item of items) {
      if (signal.aborted) return undefined;
      switch (item.kind) {
        case 'error':
          return item.error;
        case 'bookmark':
          this.#resourceVersion = item.resourceVersion;
          break;
        case 'deleted':
          this.#sink.onDelete(item.object);
          this.#advance(item.object);
          break;
        case 'added':
        case 'modified':
          this.#sink.onUpsert(item.object);
          this.#advance(item.object);
          break;
      }
    }
    return undefined;
  }

  #advance(object: T): void {
    const { metadata } = object as { readonly metadata?: { readonly resourceVersion?: string } };
    const version = metadata?.resourceVersion;
    if (version === undefined)
      throw new MeshError('MESH_PROTOCOL', 'the API server sent an object without a resourceVersion');
    this.#resourceVersion = version;
  }

  async #handleEnd(end: WatchEnd, signal: AbortSignal): Promise<void> {
    if (end.wasUseful) this.#failures = 0;
    if (end.kind === 'ended' && end.wasUseful) return;
    const error =
      end.kind === 'ended' ? new MeshError('MESH_PROTOCOL', 'the server ended the watch at once') : end.error;
    // A server that cannot be reached says nothing about the revision.
    if (end.kind !== 'broken' || isApiStatusError(error)) this.#failures += 1;
    if (end.kind === 'expired' || this.#failures >= MAX_FAILURES) {
      this.#options.log.debug('listing again', () => ({ from: this.#resourceVersion, reason: describeError(error) }));
      this.#resourceVersion = undefined;
      // Expiry is normal after a long break; only when it comes again at once is there something to wait for.
      if (end.kind === 'expired' && this.#failures === 1) return;
    }
    await this.#pause(error, signal);
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#sink.onProblem(error);
    const retryAfterMs = isApiStatusError(error) ? (error.details?.retryAfterSeconds ?? 0) * 1000 : 0;
    const ms = Math.max(this.#backoff.next(), Math.min(retryAfterMs, DEFAULT_BACKOFF.maxMs));
    try {
      await sleep(this.#options.clock, ms, signal);
    } catch {
      // Only the signal ends a sleep early, and the loop looks at it.
    }
  }
}

function isExpired(error: ApiStatusError): boolean {
  return error.statusCode === 410 || error.reason === 'Expired' || error.reason === 'Gone';
}

/** Ends a watch that the server should have ended long ago, or that slept through with the machine. */
class WatchGuard {
  reason: MeshError | undefined;
  readonly #clock: Clock;
  readonly #endMs: number;
  readonly #end: () => void;
  #timer: Timer | undefined;
  #wallMs = 0;
  #monotonicMs = 0;

  constructor(clock: Clock, maxMs: number, end: () => void) {
    this.#clock = clock;
    this.#endMs = clock.monotonic() + maxMs;
    this.#end = end;
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#wallMs = this.#clock.now();
    this.#monotonicMs = this.#clock.monotonic();
    const restMs = this.#endMs - this.#monotonicMs;
    this.#timer = this.#clock.setTimer(Math.max(0, Math.min(SLEEP_CHECK_MS, restMs)), () => this.#check());
    this.#timer.unref();
  }

  #check(): void {
    const monotonicMs = this.#clock.monotonic();
    const sleptMs = this.#clock.now() - this.#wallMs - (monotonicMs - this.#monotonicMs);
    if (monotonicMs >= this.#endMs) this.#give('the watch outlived its time: its connection is dead');
    else if (sleptMs > SLEEP_JUMP_MS) this.#give('the clock jumped: the machine may have slept');
    else this.#arm();
  }

  #give(reason: string): void {
    this.reason = new MeshError('MESH_DEADLINE_EXCEEDED', reason);
    this.#end();
  }
}

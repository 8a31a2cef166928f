/**
 * Writes Kubernetes events (`kubectl get events`, `describe`). An event that repeats becomes a count on the first one, and an
 * object about which too much is said is cut off for a while: events are for people, and must never load the server.
 */
import { BoundedQueue, type Clock, describeError, type Logger, MeshError, type Random } from '@weft/core';
import { isApiStatusError } from '../shared/status.ts';
import type { ResourceClient } from './resource-client.ts';
import type { ResourceRef } from './resource-ref.ts';

/** The object that an event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

/** What is said. */
export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** One word in camel case, such as `ConfigRejected`. */
  readonly reason: string;
  readonly message: string;
}

/** A stored event, as far as it is used here. */
export interface EventObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

/** The collection of events. */
export const events: ResourceRef<EventObject> = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  isNamespaced: true,
};

/** What a recorder is made of. */
export interface EventRecorderOptions {
  readonly client: ResourceClient<EventObject>;
  /** The part of the program that speaks. */
  readonly component: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The same event within this time is counted instead of written again. */
const REPEAT_MS = 10 * 60_000;
/** Events that are remembered for counting; the longest unused is forgotten first. */
const MAX_REMEMBERED = 4096;
const QUEUE_CAPACITY = 1000;
/** Each object may be spoken of so often at once, and then once in so long. */
const BURST = 25;
const REFILL_MS = 5 * 60_000;
/** The API's bound. */
const MAX_MESSAGE = 1024;

interface Remembered {
  readonly name: string;
  readonly namespace: string;
  readonly firstMs: number;
  lastMs: number;
  count: number;
}

interface Budget {
  tokens: number;
  atMs: number;
}

interface Spoken {
  readonly subject: EventSubject;
  readonly text: EventText;
  readonly atMs: number;
}

/** Records events in the background; `record` never waits and never fails. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #queue = new BoundedQueue<Spoken>({ capacity: QUEUE_CAPACITY, overflow: 'drop-newest' });
  /** Text of an event to the stored one it is counted on; oldest use first. */
  readonly #remembered = new Map<string, Remembered>();
  /** Object to what may still be said about it; oldest use first. */
  readonly #budgets = new Map<string, Budget>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #droppedCount = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Events that were thrown away: too many at once, or too many about one object. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  record(subject: EventSubject, text: EventText): void {
    const { clock } = this.#options;
    if (this.#stopping.signal.aborted) return;
    if (!this.#spend(subject)) {
      this.#droppedCount += 1;
      return;
    }
    const outcome = this.#queue.push({ subject, text, atMs: clock.now() });
    if (outcome.kind !== 'queued') this.#droppedCount += 1;
    this.#running ??= this.#run();
  }

  /** Writes what is waiting, then ends; what is not written within `timeoutMs` is dropped. */
  async stop(timeoutMs = 2000): Promise<void> {
    this.#queue.close();
    const timer = this.#options.clock.setTimer(timeoutMs, () => {
      this.#stopping.abort(new MeshError('MESH_ABORTED', 'the event recorder was stopped'));
    });
    await this.#running;
    timer.cancel();
    this.#stopping.abort(new MeshError('MESH_ABORTED', 'the event recorder was stopped'));
  }

  async #run(): Promise<void> {
    for await (const spoken of this.#queue) {
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#write(spoken);
      } catch (thrown) {
        this.#droppedCount += 1;
        this.#options.log.debug('an event could not be written', () => ({ reason: describeError(thrown) }));
      }
    }
  }

  async #write({ subject, text, atMs }: Spoken): Promise<void> {
    const key = JSON.stringify([identityOf(subject), text.type, text.reason, text.message]);
    const known = this.#remembered.get(key);
    if (known !== undefined && atMs - known.lastMs < REPEAT_MS && (await this.#count(known, atMs))) {
      touch(this.#remembered, key, known);
      return;
    }
    const event = this.#newEvent({ subject, text, atMs });
    const { signal } = this.#stopping;
    await this.#options.client.inNamespace(event.metadata.namespace).create(event, { signal });
    touch(this.#remembered, key, { ...event.metadata, firstMs: atMs, lastMs: atMs, count: 1 });
    bound(this.#remembered);
  }

  /** Adds one to a stored event; false when it is gone. */
  async #count(known: Remembered, atMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    const body = { count: known.count + 1, lastTimestamp: formatTime(atMs) };
    try {
      await this.#options.client.inNamespace(known.namespace).patch(known.name, { type: 'merge', body }, { signal });
    } catch (thrown) {
      if (isApiStatusError(thrown, 'NotFound')) return false;
      throw thrown;
    }
    known.count += 1;
    known.lastMs = atMs;
    return true;
  }

  #newEvent({ subject, text, atMs }: Spoken): EventObject {
    const { metadata, apiVersion, kind } = subject;
    const { component, random } = this.#options;
    // Events about cluster-wide objects live in the default namespace.
    const namespace = metadata.namespace === undefined || metadata.namespace === '' ? 'default' : metadata.namespace;
    const suffix = Buffer.from(random.bytes(8)).toString('hex');
    const time = formatTime(atMs);
    return {
      metadata: { name: `${metadata.name.slice(0, 200)}.${suffix}`, namespace },
      involvedObject: {
        apiVersion,
        kind,
        name: metadata.name,
        namespace: metadata.namespace,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
      },
      type: text.type,
      reason: text.reason,
      message: text.message.length > MAX_MESSAGE ? `${text.message.slice(0, MAX_MESSAGE - 1)}…` : text.message,
      source: { component },
      reportingComponent: component,
      reportingInstance: component,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
  }

  #spend(subject: EventSubject): boolean {
    const key = identityOf(subject);
    const nowMs = this.#options.clock.monotonic();
    const known = this.#budgets.get(key) ?? { tokens: BURST, atMs: nowMs };
    const tokens = Math.min(BURST, known.tokens + (nowMs - known.atMs) / REFILL_MS);
    const isAllowed = tokens >= 1;
    touch(this.#budgets, key, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
    bound(this.#budgets);
    return isAllowed;
  }
}

function identityOf({ apiVersion, kind, metadata }: EventSubject): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name, metadata.uid ?? '']);
}

/** Puts an entry last. */
function touch<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
}

function bound(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MAX_REMEMBERED) return;
    map.delete(key);
  }
}

/** Seconds, as `metav1.Time` is written. */
function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * GET with `watch`: the current state if asked for, then every change, as one JSON document a line. An event is encoded
 * once for all watchers that see it the same way; a watcher that does not read is cut off rather than buffered for.
 */

import type { AnyKind, ApiObject } from '@weft/api';
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import { resourceVersionTooOld, tooManyRequests } from '../../shared/api-errors.ts';
import type { CatalogSnapshot, ResourceInfo } from '../catalog.ts';
import type { StreamResponse, StreamSink } from '../exchange.ts';
import type { Entry, StoreEvent, WatchHandle } from '../store/types.ts';
import type { RestContext, Target } from './context.ts';
import { type EntryFilter, entryFilter } from './filter.ts';
import { type ListOptions, parseRevision } from './options.ts';
import { refuseFuture } from './read.ts';
import { VIEW_TYPE, type View } from './view.ts';

const BOOKMARK_EVERY_MS = 60_000;
const MIN_TIMEOUT_SECONDS = 1800;
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
const MAX_WATCHERS = 20_000;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** What all watchers of a server share. */
export class WatchHub {
  /** Bookmarks and time limits of all watchers hang on one timer. */
  readonly timers: CoarseTimers;
  /** Encoded events by how they are shown; lives as long as the event is in the history. */
  private readonly encoded = new WeakMap<StoreEvent, Map<string, Uint8Array>>();
  private readonly sessions = new Set<WatchSession>();

  constructor(timers: CoarseTimers) {
    this.timers = timers;
  }

  /** Watches that are open now. */
  get count(): number {
    return this.sessions.size;
  }

  /** Ends every watch; clients come back to whoever serves next. */
  closeAll(): void {
    for (const session of [...this.sessions]) session.end();
  }

  /** Ends watches of resources that are no longer what they were: clients list again, under the new definition. */
  endStale(catalog: CatalogSnapshot): void {
    for (const session of [...this.sessions]) {
      const { kind, version } = session.info;
      if (catalog.resource(kind.group, version, kind.plural)?.kind !== kind) session.end();
    }
  }

  add(session: WatchSession): void {
    this.sessions.add(session);
  }

  remove(session: WatchSession): void {
    this.sessions.delete(session);
  }

  /** The bytes of an event in a view. */
  encode(event: StoreEvent, type: string, { view, target }: WatchPlan, isFirst: boolean): Uint8Array {
    let byView = this.encoded.get(event);
    if (byView === undefined) {
      byView = new Map();
      this.encoded.set(event, byView);
    }
    const key = `${type}/${kindNumber(target.info.kind)}/${view.cacheKey}/${isFirst}`;
    let bytes = byView.get(key);
    if (bytes === undefined) {
      bytes = line(type, view.event(shownEntry(event, type), isFirst));
      byView.set(key, bytes);
    }
    return bytes;
  }
}

/** Starts a watch. */
export function watchObjects(
  context: RestContext,
  hub: WatchHub,
  request: { readonly target: Target; readonly view: View; readonly options: ListOptions },
): StreamResponse {
  const { target, view, options } = request;
  if (hub.count >= MAX_WATCHERS) throw tooManyRequests(5, `too many watches: ${MAX_WATCHERS} are open`);
  const from = parseRevision(options.resourceVersion);
  refuseFuture(context, from);
  const filter = entryFilter(target.info, options, target.name);
  return {
    kind: 'stream',
    status: 200,
    contentType: VIEW_TYPE,
    start: (sink) => new WatchSession(context, hub, { target, view, options, filter, from }).start(sink),
  };
}

interface WatchPlan {
  readonly target: Target;
  readonly view: View;
  readonly options: ListOptions;
  readonly filter: EntryFilter | undefined;
  /** Undefined and 0 mean: the current state first. */
  readonly from: number | undefined;
}

/** One open watch. */
class WatchSession {
  private readonly context: RestContext;
  private readonly hub: WatchHub;
  private readonly plan: WatchPlan;
  private sink: StreamSink | undefined;
  private handle: WatchHandle | undefined;
  private bookmarks: CoarseTimer | undefined;
  private limit: CoarseTimer | undefined;
  /** Nothing has been told yet. */
  private isFirst = true;

  constructor(context: RestContext, hub: WatchHub, plan: WatchPlan) {
    this.context = context;
    this.hub = hub;
    this.plan = plan;
  }

  /** What is watched. */
  get info(): ResourceInfo {
    return this.plan.target.info;
  }

  start(sink: StreamSink): void {
    this.sink = sink;
    sink.onClose(() => this.stop());
    const from = this.sendInitialState();
    const { target } = this.plan;
    const namespace = target.namespace === '' ? undefined : target.namespace;
    const result = this.context.storage.watch(target.info.id, namespace, from, {
      onEvent: (event) => this.send(event),
      onClose: () => this.end(),
    });
    if (result.kind === 'expired') {
      this.fail(resourceVersionTooOld(from, result.oldest).toStatus());
      return;
    }
    this.handle = result.handle;
    this.hub.add(this);
    this.armTimers();
  }

  /** Says goodbye to the client: it may come back and go on from the last version it saw. */
  end(): void {
    const { sink } = this;
    if (sink === undefined) return;
    if (this.plan.options.allowBookmarks) this.bookmark();
    this.stop();
    sink.end();
  }

  /** Sends what is there now, if the client wants it, and returns the revision to go on from. */
  private sendInitialState(): number {
    const { from, options, target, view, filter } = this.plan;
    const wantsState = from === undefined || from === 0 || options.sendInitialEvents === true;
    if (!wantsState) return from;
    const namespace = target.namespace === '' ? undefined : target.namespace;
    const result = this.context.storage.list({ resource: target.info.id, namespace, filter });
    if (result.kind !== 'ok') return this.context.storage.revision;
    for (const entry of result.entries) this.sink?.write(line('ADDED', view.event(entry, this.takeFirst())));
    if (options.sendInitialEvents === true && options.allowBookmarks) {
      this.sink?.write(line('BOOKMARK', view.bookmark(result.revision, INITIAL_EVENTS_END)));
    }
    return result.revision;
  }

  /** True once. */
  private takeFirst(): boolean {
    const { isFirst } = this;
    this.isFirst = false;
    return isFirst;
  }

  private send(event: StoreEvent): void {
    const { sink } = this;
    const type = this.typeFor(event);
    if (type === undefined || sink === undefined) return;
    sink.write(this.hub.encode(event, type, this.plan, this.takeFirst()));
    // The bytes of a client that does not read would pile up without end; it can resume from what it has seen.
    if (sink.bufferedBytes > MAX_UNREAD_BYTES) {
      this.stop();
      sink.end();
    }
  }

  /** For a client with a selector an object appears when it starts to match and is deleted when it stops to. */
  private typeFor(event: StoreEvent): StoreEvent['type'] | undefined {
    const { filter } = this.plan;
    if (filter === undefined) return event.type;
    const before = event.previous !== undefined && filter(event.previous);
    const after = event.type !== 'DELETED' && filter(event.entry);
    if (before && after) return 'MODIFIED';
    if (after) return 'ADDED';
    return before ? 'DELETED' : undefined;
  }

  private armTimers(): void {
    const { timers } = this.hub;
    const { options } = this.plan;
    if (options.allowBookmarks) this.armBookmark();
    const seconds = options.timeoutSeconds ?? MIN_TIMEOUT_SECONDS * (1 + this.context.random.next());
    this.limit = timers.set(seconds * 1000, () => this.end());
  }

  private armBookmark(): void {
    this.bookmarks = this.hub.timers.set(BOOKMARK_EVERY_MS, () => {
      this.bookmark();
      this.armBookmark();
    });
  }

  private bookmark(): void {
    this.sink?.write(line('BOOKMARK', this.plan.view.bookmark(this.context.storage.revision)));
  }

  private fail(status: unknown): void {
    this.sink?.write(line('ERROR', JSON.stringify(status)));
    const { sink } = this;
    this.stop();
    sink?.end();
  }

  private stop(): void {
    this.sink = undefined;
    this.handle?.stop();
    this.bookmarks?.cancel();
    this.limit?.cancel();
    this.hub.remove(this);
  }
}

const kindNumbers = new WeakMap<AnyKind, number>();
let kindsSeen = 0;

/** Tells apart the kinds that one event is shown as: those of two groups, and one before and after its definition changed. */
function kindNumber(kind: AnyKind): number {
  let number = kindNumbers.get(kind);
  if (number === undefined) {
    number = ++kindsSeen;
    kindNumbers.set(kind, number);
  }
  return number;
}

/** What a client is shown for a change: for one that leaves its selector, the last state that it could see. */
function shownEntry(event: StoreEvent, type: string): Entry {
  if (type !== 'DELETED' || event.type === 'DELETED' || event.previous === undefined) return event.entry;
  const object = JSON.parse(event.previous.json) as ApiObject;
  object.metadata.resourceVersion = String(event.revision);
  return { ...event.previous, revision: event.revision, json: JSON.stringify(object) };
}

const encoder = new TextEncoder();

function line(type: string, object: string): Uint8Array {
  return encoder.encode(`{"type":"${type}","object":${object}}\n`);
}

/**
 * The contract between the REST layer and storage. Objects are kept as their JSON text in the storage version: it is a
 * fraction of the size of parsed objects, a list is a join of texts, and one event is encoded once for all its watchers.
 */

/** Which collection an object is in: `group/plural`, with an empty group for core kinds. */
export type ResourceId = string;

/** One stored object at one revision. Immutable. */
export interface Entry {
  readonly resource: ResourceId;
  /** Empty for cluster-wide objects. */
  readonly namespace: string;
  readonly name: string;
  /** Revision of the write that produced this state; the object's resourceVersion. */
  readonly revision: number;
  /** The object as JSON in its storage version, its resourceVersion included. Always starts with `{"apiVersion":"…","kind":"…",`. */
  readonly json: string;
  /** Labels, for selectors without parsing. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What happened to an object. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Revision of this change; for a deletion, the deletion's own revision. */
  readonly revision: number;
  /** The state after the change; for a deletion, the last state with the deletion's resourceVersion in its JSON. */
  readonly entry: Entry;
  /** The state before the change. */
  readonly previous: Entry | undefined;
}

/** A write, given the revision it will have. */
export interface WriteRequest {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
  /** Revision that must be the current one: 0 for "must not exist". */
  readonly expectedRevision: number;
  /** Makes the text to store (for a deletion: the last state) once the revision is known. */
  readonly encode: (revision: number) => string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isDelete?: boolean;
}

/** Why a write did not happen. */
export type WriteResult =
  | { readonly kind: 'ok'; readonly entry: Entry }
  | { readonly kind: 'conflict'; readonly current: Entry | undefined }
  /** The medium refused (full, read-only, broken); nothing was changed. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** What to list. */
export interface ListRequest {
  readonly resource: ResourceId;
  /** Undefined lists all namespaces. */
  readonly namespace?: string;
  readonly limit?: number;
  /** Token of the page before. */
  readonly continueToken?: string;
  /** List the state at exactly this revision. */
  readonly atRevision?: number;
  /** Keeps only entries for which this holds; pages are filled with kept entries. */
  readonly filter?: (entry: Entry) => boolean;
}

/** A page of entries in key order (namespace, then name). */
export type ListResult =
  | {
      readonly kind: 'ok';
      readonly entries: readonly Entry[];
      /** The revision that the page shows; every page of one list shows the same. */
      readonly revision: number;
      readonly continueToken?: string;
      /** Entries after this page, when known (no filter). */
      readonly remaining?: number;
    }
  /** The revision asked for is no longer held. */
  | { readonly kind: 'expired'; readonly oldest: number }
  | { readonly kind: 'badToken'; readonly reason: string };

/** A subscription to changes. */
export interface WatchHandle {
  stop(): void;
}

/** Receives events in revision order, synchronously at commit. Must not throw and must not block. */
export interface WatchSink {
  onEvent(event: StoreEvent): void;
  /** The subscription ended: the store closes. */
  onClose(): void;
}

/** The outcome of subscribing. */
export type WatchResult =
  | { readonly kind: 'ok'; readonly handle: WatchHandle }
  | { readonly kind: 'expired'; readonly oldest: number };

/** Current objects, their recent history and durable writes; the only writer of both. */
export interface ObjectStorage {
  /** Revision of the newest committed write. */
  readonly revision: number;
  /** Committed state of one object. */
  get(resource: ResourceId, namespace: string, name: string): Entry | undefined;
  /** Newest state of one object, including writes that are on their way to the medium: what a new write must build upon. */
  latest(resource: ResourceId, namespace: string, name: string): Entry | undefined;
  list(request: ListRequest): ListResult;
  /** Number of objects in a collection. */
  count(resource: ResourceId): number;
  /** Resolves when the write is durable and visible, or refused. */
  write(request: WriteRequest): Promise<WriteResult>;
  /** All events after `fromRevision`, then live ones, to `sink`; replay happens before this returns. */
  watch(resource: ResourceId, namespace: string | undefined, fromRevision: number, sink: WatchSink): WatchResult;
  /** Forgets history up to `revision`. */
  compact(revision: number): void;
  close(): Promise<void>;
}

/** One row for the medium: the newest state of a key, or its removal. */
export interface StoreRow {
  readonly key: string;
  readonly revision: number;
  /** Null removes the key. */
  readonly json: string | null;
}

/** Where rows survive a restart. Batches are atomic; a resolved commit survives a kill or a power cut. */
export interface Medium {
  /** All live rows and the highest revision ever committed. */
  load(): Promise<{ readonly rows: Iterable<StoreRow>; readonly revision: number }>;
  /** One atomic batch; rejects when nothing of it was written. */
  commit(rows: readonly StoreRow[]): Promise<void>;
  close(): Promise<void>;
}

/** The options of the verbs, named as the API names them. */

/** What every call takes. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Such as `status` or `scale`. */
  readonly subresource?: string | undefined;
}

/** What a list takes. */
export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  /** Of the page before. */
  readonly continueToken?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
}

/** What a watch takes. */
export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Until the server begins to answer. */
  readonly timeoutMs?: number | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Events after this one. */
  readonly resourceVersion?: string | undefined;
  readonly allowWatchBookmarks?: boolean | undefined;
  /** The server ends the watch after this long. */
  readonly timeoutSeconds?: number | undefined;
  /** A connection that is silent for so long counts as dead. */
  readonly idleTimeoutMs?: number | undefined;
}

/** What a write takes. */
export interface WriteOptions extends ReadOptions {
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  readonly isDryRun?: boolean | undefined;
}

/** What a deletion takes. */
export interface RemoveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
  readonly isDryRun?: boolean | undefined;
}

/** One page of a list, or all of it. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Asks for the next page; absent on the last. */
  readonly continueToken?: string;
}

/** A change to an object. */
export type PatchBody =
  | { readonly type: 'json'; readonly body: readonly JsonPatchOperation[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: unknown };

/** One step of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** The content types of patches. */
export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** The query of a write. */
export function writeQuery(
  options: WriteOptions & { readonly force?: boolean },
  fieldManager: string,
): Record<string, string | boolean | undefined> {
  return {
    fieldManager: options.fieldManager ?? fieldManager,
    fieldValidation: options.fieldValidation,
    dryRun: options.isDryRun === true ? 'All' : undefined,
    force: options.force,
  };
}

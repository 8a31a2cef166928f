/**
 * The events of a watch as they come. What the server says, errors included, are values; what happens to the connection
 * (cut, silent, garbage) is thrown. A stream that ends without either was ended by the server, which is its right.
 */
import { type Clock, MeshError, parseJson, type Timer, unwrap } from '@weft/core';
import { type ApiStatusError, statusErrorOf } from '../shared/status.ts';
import { connectionError } from './http/connection-error.ts';
import type { ApiStream } from './http/request.ts';
import { LineDecoder } from './line-decoder.ts';

/** One thing that a watch says. */
export type WatchItem<T> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: T }
  /** Nothing changed up to this revision. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string; readonly isInitialListEnd: boolean }
  | { readonly kind: 'error'; readonly error: ApiStatusError };

/** How a stream is read. */
export interface WatchStreamOptions {
  readonly clock: Clock;
  /** Where it comes from, for messages. */
  readonly server: string;
  /** A connection that is silent for so long counts as dead; unlimited when absent. */
  readonly idleTimeoutMs?: number;
  /** The longest event; 16 MB unless given, several times what a server stores. */
  readonly maxLineBytes?: number;
}

const DEFAULT_MAX_LINE_BYTES = 16 * 2 ** 20;
const INITIAL_END = 'k8s.io/initial-events-end';

const KINDS: Readonly<Record<string, 'added' | 'modified' | 'deleted'>> = {
  ADDED: 'added',
  MODIFIED: 'modified',
  DELETED: 'deleted',
};

/** An open watch; to be iterated once, item by item or chunk by chunk. */
export class WatchStream<T extends object> implements AsyncIterable<WatchItem<T>> {
  readonly #stream: ApiStream;
  readonly #options: WatchStreamOptions;
  #isClosed = false;
  #idleTimer: Timer | undefined;
  #idleError: MeshError | undefined;

  constructor(stream: ApiStream, options: WatchStreamOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Ends the watch; iteration ends without an error. */
  close(): void {
    this.#isClosed = true;
    this.#idleTimer?.cancel();
    this.#stream.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchItem<T>, void, undefined> {
    for await (const items of this.batches()) yield* items;
  }

  /** What each chunk of the connection held, at once: cheaper when a server sends many events. */
  async *batches(): AsyncGenerator<readonly WatchItem<T>[], void, undefined> {
    const decoder = new LineDecoder(this.#options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
    this.#restartIdleTimer();
    try {
      for await (const chunk of this.#stream.body as AsyncIterable<Uint8Array>) {
        if (this.#isClosed) return;
        this.#restartIdleTimer();
        const items = decoder.push(chunk).map((line) => parseItem<T>(line));
        if (items.length > 0) yield items;
      }
      if (this.#isClosed) return;
      if (this.#idleError !== undefined) throw this.#idleError;
      if (decoder.isInLine) throw new MeshError('MESH_PROTOCOL', 'the watch ended in the middle of an event');
    } catch (thrown) {
      if (this.#isClosed) return;
      throw this.#idleError ?? connectionError(this.#options.server, thrown);
    } finally {
      this.close();
    }
  }

  #restartIdleTimer(): void {
    const { idleTimeoutMs, clock } = this.#options;
    if (idleTimeoutMs === undefined) return;
    this.#idleTimer?.cancel();
    this.#idleTimer = clock.setTimer(idleTimeoutMs, () => {
      this.#idleError = new MeshError('MESH_DEADLINE_EXCEEDED', `the watch was silent for ${idleTimeoutMs} ms`);
      this.#stream.close();
    });
  }
}

/** Reads one line of a watch. */
export function parseItem<T extends object>(line: string): WatchItem<T> {
  const event = unwrap(parseJson(line));
  if (!isObject(event) || !isObject(event['object'])) {
    throw new MeshError('MESH_PROTOCOL', `a line of the watch is no event: ${JSON.stringify(line.slice(0, 200))}`);
  }
  const { type, object } = event as { readonly type?: unknown; readonly object: Record<string, unknown> };
  if (type === 'ERROR') {
    const code = typeof object['code'] === 'number' ? object['code'] : 500;
    return { kind: 'error', error: statusErrorOf(code, object) };
  }
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  if (type === 'BOOKMARK') {
    const { resourceVersion, annotations } = metadata;
    if (typeof resourceVersion !== 'string') throw new MeshError('MESH_PROTOCOL', 'a bookmark has no resourceVersion');
    const isInitialListEnd = isObject(annotations) && annotations[INITIAL_END] === 'true';
    return { kind: 'bookmark', resourceVersion, isInitialListEnd };
  }
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined)
    throw new MeshError('MESH_PROTOCOL', `the watch holds an event of type ${JSON.stringify(type)}`);
  return { kind, object: object as T };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

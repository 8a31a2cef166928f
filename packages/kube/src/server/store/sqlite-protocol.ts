/** What the main thread and the writer's thread say to each other. */
import type { StoreRow } from './types.ts';

/** What the thread is started with. */
export interface WriterOptions {
  readonly file: string;
  readonly maxBytes: number | undefined;
}

/** A request to the thread. */
export type WriterRequest =
  | { readonly kind: 'commit'; readonly id: number; readonly rows: readonly StoreRow[] }
  | { readonly kind: 'close' };

/** How SQLite describes a failure; `code` is its primary result code, undefined when the failure is not SQLite's. */
export interface WriterFailure {
  readonly code: number | undefined;
  readonly message: string;
}

/** The thread's answer to one commit. */
export interface WriterReply {
  readonly id: number;
  readonly failure: WriterFailure | undefined;
}

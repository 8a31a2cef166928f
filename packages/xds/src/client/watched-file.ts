import type { FilePlan } from './config-source.ts';

/** What a file holds: bytes of a message, data that was JSON or YAML, or the reason why it cannot be read or parsed. */
export type FileContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A file that is being watched. */
export interface WatchedFile {
  /** Reads the file again; its content comes as after a change. */
  reload(): void;
  close(): void;
}

/**
 * Reads a file and watches it: calls `onContent` once it is read, and again for each change, never during the call itself. The format is
 * told by the file's name. Files are I/O, so whoever runs the client brings this along.
 */
export type WatchFile = (file: FilePlan, onContent: (content: FileContent) => void) => WatchedFile;

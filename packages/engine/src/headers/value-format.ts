import type { Compiled } from '../match/compile-error.ts';
import type { StreamView } from '../view/stream-view.ts';

/** A compiled format string. */
export interface ValueFormatter {
  /** The text for a stream; what has no value is left out, and undefined means that nothing had one. */
  format(view: StreamView): string | undefined;
}

/** Compiles a format string such as `%DOWNSTREAM_REMOTE_ADDRESS%:%PROTOCOL%`; `%%` is a percent sign. */
export type CompileFormat = (text: string, path: string) => Compiled<ValueFormatter>;

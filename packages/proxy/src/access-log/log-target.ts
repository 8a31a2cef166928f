/** Where the bytes of access logs go in the end: files and the streams of the process. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { AccessLogSink } from '@weft/engine';

/** Takes whole lines, one chunk at a time. */
export interface LogTarget {
  /** Opens it, for who wants to know early that it cannot be. */
  open(): Promise<void>;
  /** Resolves when all bytes are written. */
  write(bytes: Uint8Array): Promise<void>;
  /** Opens the path again, which another file may have by now; what was open is kept when that fails. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** The streams of the process. */
export interface LogStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Paths that stand for streams of the process; opening them fails where the stream is a socket. */
const STREAM_PATHS: ReadonlyMap<string, keyof LogStreams> = new Map(
  Object.entries({ '/dev/stdout': 'stdout', '/dev/stderr': 'stderr' }),
);

/** What a sink is called, and known by: two logs to one path share it. */
export function sinkName(sink: AccessLogSink): string {
  if (sink.kind !== 'file') return sink.kind;
  return STREAM_PATHS.get(sink.path) ?? `file ${sink.path}`;
}

/** The target of a sink. */
export function createLogTarget(sink: AccessLogSink, streams: LogStreams): LogTarget {
  const stream = sink.kind === 'file' ? STREAM_PATHS.get(sink.path) : sink.kind;
  return sink.kind === 'file' && stream === undefined
    ? new FileTarget(sink.path)
    : new StreamTarget(streams[stream ?? 'stdout']);
}

/** A file that is appended to: with O_APPEND, the chunks of several processes follow each other whole. */
class FileTarget implements LogTarget {
  readonly #path: string;
  #handle: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<void> {
    this.#handle ??= await open(this.#path, 'a', 0o644);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.open();
    let at = 0;
    while (at < bytes.length) at += (await this.#handle!.write(bytes, at)).bytesWritten;
  }

  async reopen(): Promise<void> {
    const next = await open(this.#path, 'a', 0o644);
    const before = this.#handle;
    this.#handle = next;
    await before?.close();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/** The callback of the write that failed is told too; an error that nobody listens to would end the process. */
function ignoreReported(): void {}

/** A stream that belongs to the process: it is neither opened nor closed here. */
class StreamTarget implements LogTarget {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    // For good: the error of the last write may come after everything is closed.
    if (!stream.listeners('error').includes(ignoreReported)) stream.on('error', ignoreReported);
  }

  async open(): Promise<void> {}

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async reopen(): Promise<void> {}

  async close(): Promise<void> {}
}

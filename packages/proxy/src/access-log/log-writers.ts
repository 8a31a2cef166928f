/** The writers of all access logs of a process: one for each path, however many logs go there. */
import { type Clock, type Logger, MeshError } from '@weft/core';
import type { AccessLogSink } from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import { FILESYSTEM_STATS } from './filesystem-stats.ts';
import { createLogTarget, type LogStreams, type LogTarget, sinkName } from './log-target.ts';
import { LogWriter } from './log-writer.ts';

/** What writers are made of. */
export interface LogWritersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** `filesystem.` */
  readonly scope: Scope;
  readonly streams: LogStreams;
  /** How long lines may wait; 10 seconds unless given, as in Envoy. */
  readonly flushIntervalMs?: number;
  /** Instead of files and the streams of the process. */
  readonly createTarget?: (sink: AccessLogSink) => LogTarget;
}

const DEFAULT_FLUSH_INTERVAL_MS = 10_000;

/** See the file's head. */
export class LogWriters {
  readonly #parts: LogWritersParts;
  readonly #stats: Float64Array;
  /** By the name of the sink. Written by `writerFor` only. */
  readonly #writers = new Map<string, LogWriter>();

  constructor(parts: LogWritersParts) {
    this.#parts = parts;
    this.#stats = parts.scope.block(FILESYSTEM_STATS).values;
  }

  /** The writer of a sink, made on first use. */
  writerFor(sink: AccessLogSink): LogWriter {
    const name = sinkName(sink);
    const known = this.#writers.get(name);
    if (known !== undefined) return known;
    const { clock, logger, streams, createTarget } = this.#parts;
    const target = createTarget?.(sink) ?? createLogTarget(sink, streams);
    const flushIntervalMs = this.#parts.flushIntervalMs ?? DEFAULT_FLUSH_INTERVAL_MS;
    const writer = new LogWriter({ target, name, clock, logger, stats: this.#stats, flushIntervalMs });
    this.#writers.set(name, writer);
    return writer;
  }

  /** Opens what is to be written to; rejects with the name of the first that cannot be opened. */
  async open(): Promise<void> {
    for (const [name, writer] of this.#writers) {
      try {
        await writer.open();
      } catch (thrown: unknown) {
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        throw new MeshError('MESH_CONFIG_INVALID', `access log ${name} cannot be opened: ${reason}`, { cause: thrown });
      }
    }
  }

  /** Opens all files again. */
  reopen(): void {
    for (const writer of this.#writers.values()) writer.reopen();
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.flush()));
  }

  /** Writes what waits and takes no more. */
  async close(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.close()));
  }
}

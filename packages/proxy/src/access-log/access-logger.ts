import type { Random } from '@weft/core';
import {
  type AccessLogRuntime,
  type AccessLogType,
  type LogMoment,
  logLine,
  type RuntimeSource,
  type StreamView,
} from '@weft/engine';
import type { LogWriter } from './log-writer.ts';

/** What an access log is made of. */
export interface StreamLogParts {
  readonly runtime: AccessLogRuntime;
  readonly writer: Pick<LogWriter, 'write'>;
  readonly random: Random;
  readonly runtimeValues: RuntimeSource;
}

const RANDOM_RANGE = 2 ** 53;

/** One access log at work: it writes a line for a stream, if its filter wants one. */
export class AccessLogger {
  readonly #runtime: AccessLogRuntime;
  readonly #writer: Pick<LogWriter, 'write'>;
  readonly #moments: (type: AccessLogType) => LogMoment;
  readonly #atEnd: LogMoment;

  constructor({ runtime, writer, random, runtimeValues }: StreamLogParts) {
    this.#runtime = runtime;
    this.#writer = writer;
    const draw = () => Math.floor(random.next() * RANDOM_RANGE);
    this.#moments = (accessLogType) => ({ accessLogType, localReplyBody: '', random: draw, runtime: runtimeValues });
    this.#atEnd = this.#moments('DownstreamEnd');
  }

  /** A stream has ended, or what else the type says. */
  log(stream: StreamView, type: AccessLogType = 'DownstreamEnd'): void {
    const moment = type === 'DownstreamEnd' ? this.#atEnd : this.#moments(type);
    const line = logLine(this.#runtime, stream, moment);
    if (line !== undefined) this.#writer.write(line);
  }
}

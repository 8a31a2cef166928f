/** The time limits of a stream: without traffic, until the request is complete, and altogether. */
import { ResponseFlag } from '@weft/engine';
import type { LocalReply } from '../../filters/http/filter.ts';
import type { Deadlined } from './deadlines.ts';
import { MANAGER_STAT } from './manager-stats.ts';
import type { StreamServices } from './services.ts';
import { type RecordSource, StreamRecord } from './stream-record.ts';

const NEVER = Number.POSITIVE_INFINITY;
const GRPC_DEADLINE_EXCEEDED = 4;

/** See the file's head. A base class, for an object of its own would cost every request one more. */
export abstract class TimedStream extends StreamRecord implements Deadlined {
  readonly services: StreamServices;
  readonly startMs: number;
  isRequestComplete = false;
  isResponseStarted = false;
  deadlineMs = NEVER;
  deadlineSlot = -1;
  #idleMs: number;
  #idleAtMs = NEVER;
  #requestDueAtMs = NEVER;
  #durationAtMs = NEVER;

  constructor(source: RecordSource, services: StreamServices, protocol: string) {
    super(source, protocol, services.clock.now() * 1000);
    this.services = services;
    this.startMs = services.clock.monotonic();
    const { streamIdleTimeoutMs, requestTimeoutMs, http } = services.runtime;
    this.#idleMs = streamIdleTimeoutMs;
    if (requestTimeoutMs > 0) this.#requestDueAtMs = this.startMs + requestTimeoutMs;
    if (http.maxStreamDurationMs > 0) this.#durationAtMs = this.startMs + http.maxStreamDurationMs;
    this.#touch(this.startMs);
    services.deadlines.add(this);
  }

  /** Answers from here; see TerminalHost. */
  abstract reply(reply: LocalReply): void;
  /** Gives the stream up in the middle. */
  abstract abort(details: string): void;

  /** Microseconds since the start. */
  elapsedUs(): number {
    return Math.round((this.services.clock.monotonic() - this.startMs) * 1000);
  }

  /** The route has limits of its own: `idleMs` undefined keeps the manager's, 0 is none; `durationMs` counts from the start. */
  setLimits(idleMs: number | undefined, durationMs: number | undefined): void {
    if (idleMs !== undefined) {
      this.#idleMs = idleMs;
      this.#idleAtMs = NEVER;
    }
    if (durationMs !== undefined) this.#durationAtMs = this.startMs + durationMs;
    this.#touch(this.services.clock.monotonic());
    this.services.deadlines.bringForward(this);
  }

  /** Something has moved. */
  touch(): void {
    this.#touch(this.services.clock.monotonic());
  }

  onDeadline(nowMs: number): void {
    const { stats } = this.services;
    this.deadlineMs = NEVER;
    if (nowMs >= this.#durationAtMs) {
      stats[MANAGER_STAT.downstream_rq_max_duration_reached]! += 1;
      this.#timeOut(504, 0, 'max_duration_timeout', 'downstream duration timeout', GRPC_DEADLINE_EXCEEDED);
    } else if (nowMs >= this.#requestDueAtMs && !this.isRequestComplete) {
      stats[MANAGER_STAT.downstream_rq_timeout]! += 1;
      this.#timeOut(408, 0, 'request_overall_timeout', 'request timeout');
    } else if (nowMs >= this.#idleAtMs) {
      stats[MANAGER_STAT.downstream_rq_idle_timeout]! += 1;
      const status = this.isRequestComplete ? 504 : 408;
      this.#timeOut(status, ResponseFlag.streamIdleTimeout, 'stream_idle_timeout', 'stream timeout');
    } else this.#touch(nowMs);
  }

  #touch(nowMs: number): void {
    if (this.#idleMs > 0) this.#idleAtMs = nowMs + this.#idleMs;
    const due = this.isRequestComplete ? NEVER : this.#requestDueAtMs;
    this.deadlineMs = Math.min(this.#idleAtMs, due, this.#durationAtMs);
  }

  #timeOut(status: number, flags: number, details: string, body: string, grpcStatus?: number): void {
    this.responseFlags |= flags;
    if (this.isResponseStarted) this.abort(details);
    else this.reply({ status, body, details, ...(grpcStatus === undefined ? {} : { grpcStatus }) });
  }
}

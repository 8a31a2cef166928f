/** The time limits of a stream: without traffic, until the request is complete, and altogether. */
import { ResponseFlag } from '@weft/engine';
import type { LocalReply } from '../../filters/http/filter.ts';
import type { Deadlined } from './deadlines.ts';
import { MANAGER_STAT } from './manager-stats.ts';
import type { StreamServices } from './services.ts';
import { type RecordSource, StreamRecord } from './stream-record.ts';

const NEVER = Number.POSITIVE_INFINITY;
const GRPC_DEADLINE_EXCEEDED = 4;
/** Less than the grain of deadlines. */
const SOON_MS = 1;

/** See the file's head. A base class, for an object of its own would cost every request one more. */
export abstract class TimedStream extends StreamRecord implements Deadlined {
  readonly services: StreamServices;
  /** Whether anybody will ask how large and how late its parts were. */
  readonly isMeasured: boolean;
  readonly startMs: number;
  isRequestComplete = false;
  isResponseStarted = false;
  deadlineMs = NEVER;
  deadlineSlot = -1;
  #idleMs: number;
  #movedAtMs: number;
  /** Altogether; 0 is none. */
  #durationMs: number;
  #terminalDueAtMs = NEVER;

  constructor(source: RecordSource, services: StreamServices, protocol: string) {
    super(source, protocol, services.clock.now() * 1000);
    this.services = services;
    this.isMeasured = services.keepsRecords || services.routes()?.tellsOfStreams === true;
    this.startMs = services.clock.monotonic();
    this.#movedAtMs = this.startMs;
    const { streamIdleTimeoutMs, http } = services.runtime;
    this.#idleMs = streamIdleTimeoutMs;
    this.#durationMs = http.maxStreamDurationMs;
    this.#setDeadline();
    services.deadlines.add(this);
  }

  /** Answers from here; see TerminalHost. */
  abstract reply(reply: LocalReply): void;
  /** Gives the stream up in the middle. */
  abstract abort(details: string): void;
  protected abstract onTerminalDeadline(nowMs: number): void;

  /** Microseconds since the start, for the record; 0 where nobody will ask. */
  elapsedUs(): number {
    return this.isMeasured ? Math.round((this.services.clock.monotonic() - this.startMs) * 1000) : 0;
  }

  /** Milliseconds since the start. */
  elapsedMs(): number {
    return Math.round(this.services.clock.monotonic() - this.startMs);
  }

  /** The route has limits of its own: `idleMs` undefined keeps the manager's, 0 is none; `durationMs` counts from the start. */
  setLimits(idleMs: number | undefined, durationMs: number | undefined): void {
    if (idleMs !== undefined) this.#idleMs = idleMs;
    // 0 ends the stream at once.
    if (durationMs !== undefined) this.#durationMs = Math.max(durationMs, SOON_MS);
    this.touch();
    this.#setDeadline();
    this.services.deadlines.bringForward(this);
  }

  setTerminalDeadline(atMs: number): void {
    this.#terminalDueAtMs = atMs;
    if (atMs === NEVER) return;
    this.#setDeadline();
    this.services.deadlines.bringForward(this);
  }

  /** Something has moved. The deadline follows when it comes: it may only be put off by this. */
  touch(): void {
    this.#movedAtMs = this.services.clock.monotonic();
    if (this.deadlineMs === NEVER) this.#setDeadline();
  }

  onDeadline(nowMs: number): void {
    const { stats } = this.services;
    if (nowMs >= this.#terminalDueAtMs) {
      this.#terminalDueAtMs = NEVER;
      this.onTerminalDeadline(nowMs);
      this.#setDeadline();
      return;
    }
    // What is over time once is not over time again.
    this.deadlineMs = NEVER;
    if (nowMs >= this.#durationAtMs) {
      stats[MANAGER_STAT.downstream_rq_max_duration_reached]! += 1;
      this.#timeOut(504, 0, 'max_duration_timeout', 'downstream duration timeout', GRPC_DEADLINE_EXCEEDED);
    } else if (nowMs >= this.#requestDueAtMs) {
      stats[MANAGER_STAT.downstream_rq_timeout]! += 1;
      this.#timeOut(408, 0, 'request_overall_timeout', 'request timeout');
    } else if (nowMs >= this.#idleAtMs) {
      stats[MANAGER_STAT.downstream_rq_idle_timeout]! += 1;
      const status = this.isRequestComplete ? 504 : 408;
      this.#timeOut(status, ResponseFlag.streamIdleTimeout, 'stream_idle_timeout', 'stream timeout');
    } else this.#setDeadline();
  }

  get #idleAtMs(): number {
    return this.#idleMs > 0 ? this.#movedAtMs + this.#idleMs : NEVER;
  }

  get #durationAtMs(): number {
    return this.#durationMs > 0 ? this.startMs + this.#durationMs : NEVER;
  }

  get #requestDueAtMs(): number {
    const { requestTimeoutMs } = this.services.runtime;
    return requestTimeoutMs > 0 && !this.isRequestComplete ? this.startMs + requestTimeoutMs : NEVER;
  }

  #setDeadline(): void {
    this.deadlineMs = Math.min(this.#idleAtMs, this.#requestDueAtMs, this.#durationAtMs, this.#terminalDueAtMs);
  }

  #timeOut(status: number, flags: number, details: string, body: string, grpcStatus?: number): void {
    this.responseFlags |= flags;
    if (this.isResponseStarted) this.abort(details);
    else this.reply({ status, body, details, ...(grpcStatus === undefined ? {} : { grpcStatus }) });
  }
}

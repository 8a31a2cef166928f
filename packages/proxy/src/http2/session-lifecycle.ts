/**
 * The life of an HTTP/2 connection without its streams: how it begins, fails, drains and closes, and when its handlers are called.
 *
 * Handlers are called from what the transport and the timers cause, never from inside a call of theirs: what such a call brings about for
 * others (a flood, an exchange that ended) is noted in #due and settled when the transport's callback ends, or in a microtask.
 */
import type { Clock, CoarseTimer, CoarseTimers, Random } from '@weft/core';
import type { ConnectionEnd, StreamReset } from '../http/codec.ts';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { ErrorCode } from './error-code.ts';
import { DETAILS, Fault, type Http2Fault } from './fault.ts';
import { DEFAULT_WINDOW } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';
import { Keepalive } from './keepalive.ts';
import type { Http2Options } from './options.ts';
import { SettingId } from './settings.ts';
import type { Http2Stats } from './stats.ts';

/** What a session is made of. */
export interface Http2SessionParts {
  /** Connected already. */
  readonly stream: ByteStream;
  /** From http2Options(). */
  readonly options: Http2Options;
  readonly stats: Http2Stats;
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  readonly random: Random;
}

/** `closing`: nothing is read or sent any more, the transport is to go. */
export type SessionState = 'open' | 'closing' | 'closed';

/** Work that waits for the end of the callback at hand. */
const Due = { endStreams: 1, available: 2 } as const;

/** See the file's head. */
export abstract class SessionLifecycle implements ByteSink {
  protected readonly transport: ByteStream;
  protected readonly options: Http2Options;
  protected readonly stats: Http2Stats;
  protected readonly timers: CoarseTimers;
  protected readonly writer: FrameWriter;
  protected readonly keepalive: Keepalive | undefined;
  protected state: SessionState = 'open';
  /** The highest stream that the peer opened. */
  protected lastPeerId = 0;
  readonly #clock: Clock;
  readonly #settle = (): void => this.#settleDue();
  #isInside = false;
  #due = 0;
  #nowMs = -1;
  #closeTimer: CoarseTimer | undefined = undefined;
  #failure: Http2Fault | undefined = undefined;
  #isRemoteEnd = false;

  constructor(parts: Http2SessionParts) {
    const { options, stats, clock, timers, random } = parts;
    this.transport = parts.stream;
    this.options = options;
    this.stats = stats;
    this.timers = timers;
    this.#clock = clock;
    this.writer = new FrameWriter(parts.stream, options, (fault) => this.#failOutbound(fault));
    if (options.keepalive !== undefined) {
      this.keepalive = new Keepalive({
        options: options.keepalive,
        clock,
        timers,
        random,
        ping: (opaque) => this.writer.ping(opaque),
        onTimeout: () => this.inside(() => this.#keepaliveTimeout()),
      });
    }
  }

  /** Takes bytes of the peer. */
  protected abstract parse(bytes: Buffer, start: number, end: number): void;
  /** Takes no more of them and forgets those of an unfinished frame. */
  protected abstract stopParsing(): void;
  /** The transport takes more. */
  protected abstract pump(): void;
  /** Ends every exchange. */
  protected abstract endStreams(reset: StreamReset): void;
  /** noteAvailable was called. */
  protected abstract onAvailable(): void;
  /** The last call. */
  protected abstract onConnectionClose(end: ConnectionEnd): void;

  onBytes(bytes: Buffer, start: number, end: number): void {
    if (this.state !== 'open') return;
    this.#isInside = true;
    this.#nowMs = -1;
    if (this.keepalive !== undefined) this.keepalive.onBytes();
    this.parse(bytes, start, end);
    this.#leave();
  }

  onDrain(): void {
    if (this.state === 'open') this.inside(() => this.pump());
  }

  onEnd(): void {
    this.inside(() => {
      if (this.state !== 'open') return;
      // Without the peer's WINDOW_UPDATE and RST_STREAM no exchange can be carried on.
      this.#isRemoteEnd = true;
      this.#beginClosing();
      this.#due |= Due.endStreams;
    });
  }

  onClose(fault: StreamFault | undefined): void {
    this.#isInside = true;
    if (this.state === 'open') this.#isRemoteEnd = true;
    this.#stop('closed');
    this.#closeTimer?.cancel();
    const reset = this.#resetBy(fault?.kind);
    this.endStreams(reset);
    const details = this.#failure?.details ?? fault?.kind ?? '';
    const isRemote = this.#isRemoteEnd && this.#failure === undefined;
    const isProtocolError = reset.kind === 'protocolError';
    this.onConnectionClose({ details, isRemote, ...(isProtocolError && { isProtocolError }) });
    this.#due = 0;
    this.#isInside = false;
  }

  /** Ends everything at once; the handlers hear of it when the transport is gone. */
  close(): void {
    if (this.state !== 'open') return;
    this.goaway(this.lastPeerId, ErrorCode.noError);
    this.#stop('closing');
    this.transport.flush();
    this.transport.destroy();
  }

  /** Writes SETTINGS and takes the transport. */
  protected begin(role: ReadonlyArray<readonly [number, number]>): void {
    const { options } = this;
    this.transport.isBatching = true;
    this.writer.settings([
      [SettingId.headerTableSize, options.hpackTableSize],
      [SettingId.initialWindowSize, options.initialStreamWindowSize],
      [SettingId.maxHeaderListSize, options.maxHeaderListSize],
      ...role,
    ]);
    const growth = options.initialConnectionWindowSize - DEFAULT_WINDOW;
    if (growth > 0) this.writer.windowUpdate(0, growth);
    this.keepalive?.start();
    this.transport.attach(this);
  }

  /** Milliseconds; within one callback of the transport the clock is read once. */
  protected nowMs(): number {
    if (!this.#isInside) return this.#clock.monotonic();
    if (this.#nowMs < 0) this.#nowMs = this.#clock.monotonic();
    return this.#nowMs;
  }

  /** Does work that calls handlers, outside of a callback of the transport. */
  protected inside(work: () => void): void {
    this.#isInside = true;
    this.#nowMs = -1;
    work();
    this.#leave();
  }

  /** Ends the connection: GOAWAY, every stream reset, the transport closed when the peer has had time to read. */
  protected fail(fault: Http2Fault): void {
    if (this.state !== 'open') return;
    this.#failure = fault;
    this.goaway(this.lastPeerId, fault.code, fault.description);
    this.#beginClosing();
    this.#note(Due.endStreams);
  }

  /** Tells the peer that streams behind `lastStreamId` are not taken. */
  protected goaway(lastStreamId: number, code: number, debug = ''): void {
    this.stats.goawaySent++;
    this.writer.goaway(lastStreamId, code, debug);
  }

  /** Has onAvailable called once the callback at hand is over. */
  protected noteAvailable(): void {
    this.#note(Due.available);
  }

  /** Sends what is queued, then closes; no exchange is open any more. */
  protected finish(): void {
    if (this.state === 'open') this.#beginClosing();
  }

  #note(due: number): void {
    if (this.#due === 0 && !this.#isInside) queueMicrotask(this.#settle);
    this.#due |= due;
  }

  #leave(): void {
    if (this.#due !== 0) this.#settleDue();
    this.#isInside = false;
  }

  #settleDue(): void {
    this.#isInside = true;
    this.#nowMs = -1;
    // Handlers may make more of it due.
    while (this.#due !== 0) {
      const due = this.#due;
      this.#due = 0;
      if ((due & Due.endStreams) !== 0) this.endStreams(this.#resetBy(undefined));
      if ((due & Due.available) !== 0 && this.state === 'open') this.onAvailable();
    }
    this.#isInside = false;
  }

  #resetBy(transportFault: string | undefined): StreamReset {
    if (this.#failure !== undefined) return resetOf(this.#failure);
    return { kind: 'connectionClosed', details: transportFault ?? DETAILS.connectionClosed };
  }

  #beginClosing(): void {
    this.#stop('closing');
    this.transport.end();
    this.#closeTimer = this.timers.set(this.options.delayedCloseMs, () => this.transport.destroy());
  }

  #stop(state: SessionState): void {
    this.state = state;
    this.writer.isMuted = true;
    this.stopParsing();
    this.keepalive?.stop();
  }

  #failOutbound(fault: Http2Fault): void {
    if (this.state !== 'open') return;
    if (fault === Fault.outboundFlood) this.stats.outboundFlood++;
    else this.stats.outboundControlFlood++;
    this.fail(fault);
  }

  #keepaliveTimeout(): void {
    this.stats.keepaliveTimeout++;
    this.fail(Fault.keepaliveTimeout);
  }
}

/** What a handler is told of a fault of the peer. */
export function resetOf(fault: Http2Fault): StreamReset {
  if (fault === Fault.keepaliveTimeout) return { kind: 'connectionClosed', details: fault.details };
  const isOverflow = fault.code === ErrorCode.enhanceYourCalm || fault.code === ErrorCode.internalError;
  return { kind: isOverflow ? 'overflow' : 'protocolError', details: fault.details };
}

/** Runs the listener filters of one connection, in order, most of them on the first bytes that the client sends. */
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import type { ListenerFilterRuntime } from '@weft/engine';
import type { ListenerFilter } from '../filters/listener/listener-filter.ts';
import type { ByteSink, ByteStream } from '../transport/byte-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import type { Accepted } from '../transport/tcp-listener.ts';
import { LISTENER_STAT } from './listener-stats.ts';

/** A listener filter and its configuration. */
export interface InstalledListenerFilter {
  readonly runtime: ListenerFilterRuntime;
  readonly filter: ListenerFilter;
}

/** What the inspections of one listener share. */
export interface InspectionServices {
  readonly filters: readonly InstalledListenerFilter[];
  readonly timers: CoarseTimers;
  /** 0 for no bound. */
  readonly timeoutMs: number;
  readonly continuesOnTimeout: boolean;
  /** By slot of LISTENER_STATS. */
  readonly stats: Float64Array;
}

/** Takes the outcome; exactly one of the two is called. */
export interface InspectionHandler {
  /** `first` is what was read and nobody has used up. */
  onInspected(inspection: Inspection, first: Buffer | undefined): void;
  /** The connection has been closed. */
  onRefused(inspection: Inspection): void;
}

/** More than this is not kept of a connection whose chain is not known. */
const MAX_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** See the file's head. */
export class Inspection implements ByteSink {
  readonly stream: ByteStream;
  readonly connection: ConnectionInfo;
  readonly #services: InspectionServices;
  readonly #handler: InspectionHandler;
  /** The filter that decides next. */
  #at = 0;
  #bytes: Buffer = NOTHING;
  #timer: CoarseTimer | undefined;
  #isOver = false;

  constructor({ stream, connection }: Accepted, services: InspectionServices, handler: InspectionHandler) {
    this.stream = stream;
    this.connection = connection;
    this.#services = services;
    this.#handler = handler;
  }

  /** Begins with what was read already, and reads more; ends at once when no filter needs to. */
  start(first: Buffer | undefined): void {
    const { stats, timers, timeoutMs } = this.#services;
    stats[LISTENER_STAT.downstream_pre_cx_active]! += 1;
    if (first !== undefined) this.#bytes = first;
    this.#run();
    if (this.#isOver) return;
    if (timeoutMs > 0) this.#timer = timers.set(timeoutMs, () => this.#tooLate());
    this.stream.attach(this);
  }

  /** Closes the connection. */
  cancel(): void {
    this.#refuse();
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    if (this.#isOver) return;
    const piece = bytes.subarray(start, end);
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    this.#run();
  }

  /** A client that ends before it is known what it wants gets nothing. */
  onEnd(): void {
    this.#gone();
  }

  onDrain(): void {}

  onClose(): void {
    this.#gone();
  }

  #run(): void {
    const { filters, stats } = this.#services;
    for (; this.#at < filters.length; this.#at++) {
      const { filter, runtime } = filters[this.#at]!;
      if (runtime.isDisabledFor(this.connection)) continue;
      if ('accept' in filter) {
        filter.accept(this);
        continue;
      }
      // It is asked when there is something to look at.
      if (this.#bytes.length === 0) return;
      const verdict = filter.inspect(this.#bytes, this.#bytes.length, this.connection);
      const isTooMuch = verdict === 'more' && this.#bytes.length >= MAX_BYTES;
      if (verdict === 'reject' || isTooMuch) {
        stats[LISTENER_STAT.downstream_listener_filter_error]! += 1;
        this.#refuse();
        return;
      }
      if (verdict === 'more') return;
      if (verdict > 0) this.#bytes = this.#bytes.subarray(verdict);
    }
    this.#done();
  }

  #tooLate(): void {
    if (this.#isOver) return;
    this.#services.stats[LISTENER_STAT.downstream_pre_cx_timeout]! += 1;
    this.#abandon();
    if (this.#services.continuesOnTimeout) this.#done();
    else this.#refuse();
  }

  #gone(): void {
    if (this.#isOver) return;
    this.#services.stats[LISTENER_STAT.downstream_listener_filter_remote_close]! += 1;
    this.#abandon();
    this.#refuse();
  }

  #abandon(): void {
    const waiting = this.#services.filters[this.#at]?.filter;
    if (waiting !== undefined && 'inspect' in waiting) waiting.abandon?.();
  }

  #refuse(): void {
    if (this.#isOver) return;
    this.#end();
    // As in Envoy, which does not take from the system what it looks at: closing with that unread is a reset.
    this.stream.destroy(this.#bytes.length > 0);
    this.#handler.onRefused(this);
  }

  #done(): void {
    this.#end();
    const first = this.#bytes.length === 0 ? undefined : this.#bytes;
    this.#bytes = NOTHING;
    this.#handler.onInspected(this, first);
  }

  #end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#services.stats[LISTENER_STAT.downstream_pre_cx_active]! -= 1;
  }
}

import { Fault, type Http2Fault } from './fault.ts';
import type { Http2Options } from './options.ts';
import type { Http2Stats } from './stats.ts';

/** Windows updates that any connection may send before it opened a stream; the formula is Envoy's. */
const FREE_WINDOW_UPDATES = 5;

/** Peers that tune their windows send a few dozen in the life of a connection. */
const FREE_SETTINGS = 1000;
const SETTINGS_PER_STREAM = 10;

/** Counts what a peer sends without need; each method returns the fault once a bound is passed. */
export class InboundLimits {
  /** Streams opened on the connection. */
  openedStreams = 0;
  readonly #options: Http2Options;
  readonly #stats: Http2Stats;
  #emptyFrames = 0;
  #priorityFrames = 0;
  #windowUpdates = 0;
  #settings = 0;
  #closedRequests = 0;
  #prematureResets = 0;

  constructor(options: Http2Options, stats: Http2Stats) {
    this.#options = options;
    this.#stats = stats;
  }

  /** HEADERS, CONTINUATION or DATA with `length` bytes without padding. */
  payload(length: number, endStream: boolean): Http2Fault | undefined {
    if (length > 0 || endStream) {
      this.#emptyFrames = 0;
      return undefined;
    }
    if (++this.#emptyFrames <= this.#options.maxConsecutiveInboundFramesWithEmptyPayload) return undefined;
    this.#stats.inboundEmptyFramesFlood++;
    return Fault.emptyDataFlood;
  }

  /** PRIORITY or PRIORITY_UPDATE. */
  priority(): Http2Fault | undefined {
    const most = this.#options.maxInboundPriorityFramesPerStream * (1 + this.openedStreams);
    if (++this.#priorityFrames <= most) return undefined;
    this.#stats.inboundPriorityFramesFlood++;
    return Fault.priorityFlood;
  }

  /** WINDOW_UPDATE, after `dataFrames` frames of DATA were sent. */
  windowUpdate(dataFrames: number): Http2Fault | undefined {
    const perFrame = this.#options.maxInboundWindowUpdateFramesPerDataFrameSent;
    const most = FREE_WINDOW_UPDATES + 2 * (this.openedStreams + perFrame * dataFrames);
    if (++this.#windowUpdates <= most) return undefined;
    this.#stats.inboundWindowUpdateFramesFlood++;
    return Fault.windowUpdateFlood;
  }

  /** SETTINGS: each may change the window of every stream, which costs more than it costs the peer. */
  settings(): Http2Fault | undefined {
    const most = FREE_SETTINGS + SETTINGS_PER_STREAM * this.openedStreams;
    return ++this.#settings > most ? Fault.settingsFlood : undefined;
  }

  /** A request is over; `isPremature` if the client gave it up, or made us give it up, at once and unanswered. */
  requestClosed(isPremature: boolean): Http2Fault | undefined {
    this.#closedRequests++;
    if (!isPremature) return undefined;
    this.#prematureResets++;
    // Half of the requests; before enough were seen, half of those that will have been seen by then.
    const seen = Math.max(this.#closedRequests, this.#options.prematureResetTotalStreams);
    if (this.#prematureResets * 2 < seen) return undefined;
    this.#stats.rapidResetFlood++;
    return Fault.rapidReset;
  }
}

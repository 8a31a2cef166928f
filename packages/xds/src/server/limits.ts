import type { RateLimit } from '../protocol/token-bucket.ts';

/** What bounds a server against its clients. */
export interface AdsLimits {
  /** Streams at a time; a further one is refused with RESOURCE_EXHAUSTED. */
  readonly maxStreams: number;
  /** How fast new streams are served; those above wait in the order in which they came, so that a storm of reconnects is worked off evenly. */
  readonly newStreams: RateLimit;
  /** Requests of one stream; whoever asks faster is read slower. A request costs a token, and more when it is long or changes a long list. */
  readonly requests: RateLimit;
  /** A longer request ends its stream. */
  readonly maxRequestBytes: number;
  /** A longer node ends its stream. */
  readonly maxNodeBytes: number;
  /** Types on one stream. */
  readonly maxTypes: number;
  /** Names of one type on one stream. */
  readonly maxNames: number;
  /** How long a stream may take until its first request. */
  readonly firstRequestMs: number;
  /** Streams that have been sent something which their connections have not taken yet; the others wait for their turn. */
  readonly maxConcurrentPushes: number;
  /** A stream that does not take what it was sent for so long no longer counts: slow readers hold up nobody. */
  readonly slowReaderMs: number;
  /** How long the loop is kept busy with pushes before something else gets a turn. */
  readonly pushSliceMs: number;
  /** How long routes wait for their clusters to be accepted, and removals for whatever may use what goes. */
  readonly orderHoldMs: number;
}

/** Bounds that no honest client of a large mesh comes near. */
export const defaultAdsLimits: AdsLimits = Object.freeze({
  maxStreams: 10_000,
  newStreams: { maxTokens: 500, fillRatePerSecond: 500 },
  requests: { maxTokens: 2000, fillRatePerSecond: 1000 },
  maxRequestBytes: 4 * 1024 * 1024,
  maxNodeBytes: 256 * 1024,
  maxTypes: 64,
  maxNames: 100_000,
  firstRequestMs: 10_000,
  maxConcurrentPushes: 100,
  slowReaderMs: 1000,
  pushSliceMs: 8,
  orderHoldMs: 5000,
});

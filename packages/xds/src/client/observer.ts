/**
 * What happens to subscriptions, for statistics: the names follow Envoy's `update_attempt`, `update_success`, `update_rejected`,
 * `update_failure`, `init_fetch_timeout`, `version_text` (whose hash is `version`), `control_plane.connected_state`, `control_plane.identifier`
 * and `rate_limit_enforced`. `source` is the key of the source (`ads`, or that of the plan).
 */
export interface XdsObserver {
  onConnected(source: string, isConnected: boolean): void;
  /** A request was sent or a file was read. */
  onUpdateAttempt(source: string, typeUrl: string): void;
  /** A response was accepted in full; taking it over took so long. */
  onUpdateSuccess(source: string, typeUrl: string, version: string, durationMs: number): void;
  /** A response was rejected, at least in part. */
  onUpdateRejected(source: string, typeUrl: string, reason: string): void;
  /** A stream broke or a file could not be read. */
  onUpdateFailure(source: string, typeUrl: string, reason: string): void;
  onFetchTimeout(source: string, typeUrl: string, names: readonly string[]): void;
  /** A request has to wait because of the rate limit. */
  onRateLimited(source: string): void;
  /** How many types have requests that wait, when that changes. */
  onPending(source: string, count: number): void;
  /** The server's own name for itself, when it changes. */
  onControlPlane(source: string, identifier: string): void;
}

/** Counts nothing. */
export const silentObserver: XdsObserver = Object.freeze({
  onConnected: () => undefined,
  onUpdateAttempt: () => undefined,
  onUpdateSuccess: () => undefined,
  onUpdateRejected: () => undefined,
  onUpdateFailure: () => undefined,
  onFetchTimeout: () => undefined,
  onRateLimited: () => undefined,
  onPending: () => undefined,
  onControlPlane: () => undefined,
});

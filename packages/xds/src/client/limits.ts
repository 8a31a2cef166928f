/** What bounds a client against its servers. */
export interface XdsLimits {
  /** A longer response ends its stream. A server of state of the world sends everything at once, so this is generous. */
  readonly maxMessageBytes: number;
  /** A response with more fields than this ends its stream before it is decoded: small resources cost far more memory than bytes. */
  readonly maxResourcesPerResponse: number;
  /** Answers that wait because they cannot be sent; beyond them the server floods and its stream is ended. */
  readonly maxPendingAnswers: number;
}

/** Bounds that no honest server of a large mesh comes near. */
export const defaultXdsLimits: XdsLimits = Object.freeze({
  maxMessageBytes: 64 * 1024 * 1024,
  maxResourcesPerResponse: 200_000,
  maxPendingAnswers: 1000,
});

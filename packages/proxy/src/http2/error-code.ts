import type { ResetReason } from '../http/codec.ts';

/** RFC 9113 §7. */
export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

const RESET_CODES: Readonly<Record<ResetReason, number>> = {
  cancel: ErrorCode.cancel,
  internalError: ErrorCode.internalError,
  protocolError: ErrorCode.protocolError,
  refusedStream: ErrorCode.refusedStream,
  noError: ErrorCode.noError,
  connectError: ErrorCode.connectError,
  enhanceYourCalm: ErrorCode.enhanceYourCalm,
};

/** What the peer is told when this side gives a stream up. */
export function resetCodeOf(reason: ResetReason): number {
  return RESET_CODES[reason];
}

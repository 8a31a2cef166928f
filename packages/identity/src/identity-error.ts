import { type ErrorCode, err, MeshError, type MeshErrorOptions, type Result } from '@weft/core';

/** An identity cannot be made or believed; whoever gets one refuses the connection and never falls back to plain text. */
export class IdentityError extends MeshError {}

/** A failed result with an identity error. */
export function refuseIdentity(
  code: ErrorCode,
  message: string,
  options?: MeshErrorOptions,
): Result<never, IdentityError> {
  return err(new IdentityError(code, message, options));
}

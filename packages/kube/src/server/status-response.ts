import type { ApiStatusError } from '../shared/status.ts';
import { type BodyResponse, jsonResponse } from './exchange.ts';

/** The answer that carries a failure. */
export function statusResponse(error: ApiStatusError): BodyResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  const headers: Record<string, string> = {};
  // A webhook may have sent anything here.
  if (typeof retryAfter === 'number' && retryAfter > 0) headers['retry-after'] = String(retryAfter);
  if (error.statusCode === 401) headers['www-authenticate'] = 'Bearer realm="weft"';
  return jsonResponse(error.statusCode, error.toStatus(), { headers });
}

/** When a failed request is sent again, and how long to wait before. */
import { type BackoffPolicy, isMeshError } from '@weft/core';
import { isApiStatusError } from '../../shared/status.ts';
import { isReset } from './connection-error.ts';
import type { Method } from './request.ts';

/** Sendings of one request, the first included. */
export const MAX_ATTEMPTS = 6;

/** Between attempts, when the server does not say how long to wait. */
export const RETRY_BACKOFF: BackoffPolicy = { baseMs: 100, maxMs: 5_000, jitter: 'decorrelated' };

/** A server that asks for a longer wait than this is not waited for. */
const MAX_RETRY_AFTER_MS = 30_000;

/**
 * Only reads are sent again when nobody knows whether they arrived: a second DELETE of an object that the first one deleted
 * would report it missing, a second PUT would report a conflict with itself.
 */
const REPEATABLE: ReadonlySet<Method> = new Set<Method>(['GET']);

/** What to do about a failure. */
export type RetryDecision =
  | { readonly kind: 'fail' }
  /** After this long; undefined leaves it to the back-off. */
  | { readonly kind: 'retry'; readonly afterMs: number | undefined };

const FAIL: RetryDecision = Object.freeze({ kind: 'fail' });

/** Decides about a failed attempt; `retryAfter` is the header of the answer. */
export function decideRetry(method: Method, thrown: unknown, retryAfter: string | undefined): RetryDecision {
  if (isApiStatusError(thrown)) {
    const isBusy = thrown.statusCode === 429;
    // Without Retry-After a 503 does not promise that nothing was done.
    const isNotDone = thrown.statusCode === 503 && (retryAfter !== undefined || REPEATABLE.has(method));
    if (!isBusy && !isNotDone) return FAIL;
    const seconds = retryAfter === undefined ? thrown.details?.retryAfterSeconds : Number(retryAfter);
    const afterMs = seconds === undefined || !(seconds >= 0) ? undefined : seconds * 1000;
    return afterMs !== undefined && afterMs > MAX_RETRY_AFTER_MS ? FAIL : { kind: 'retry', afterMs };
  }
  const isBroken = isMeshError(thrown) && thrown.code === 'MESH_API_UNREACHABLE' && isReset(thrown);
  return isBroken && REPEATABLE.has(method) ? { kind: 'retry', afterMs: undefined } : FAIL;
}

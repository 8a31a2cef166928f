import type {
  RetryPolicy_RateLimitedRetryBackOff,
  RetryPolicy_RetryBackOff,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { asciiLower } from '../../match/ascii.ts';
import type { RuntimeSource } from '../../match/fraction.ts';
import type { HeaderSource } from '../../match/header-matcher.ts';
import type { RouteCompileContext } from '../context.ts';

/** How long to wait between attempts. */
export interface BackOffRuntime {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** A response header that says when to try again. */
export interface ResetHeaderRuntime {
  /** In lower case. */
  readonly name: string;
  readonly format: 'seconds' | 'unixTimestamp';
}

/** Waiting for as long as a rate-limited response says. */
export interface ResetBackOffRuntime {
  readonly headers: readonly ResetHeaderRuntime[];
  /** Longer waits are not heeded. */
  readonly maxMs: number;
}

const DEFAULT_BASE_MS = 25;
const MAX_FACTOR = 10;
const DEFAULT_RESET_MAX_MS = 300_000;

/** Compiles back-off intervals; what is below a millisecond counts as one. */
export function compileBackOff(
  message: RetryPolicy_RetryBackOff,
  path: string,
  context: RouteCompileContext,
): BackOffRuntime | undefined {
  const base = compileOptionalMs(message.baseInterval, `${path}.base_interval`, context);
  const max = compileOptionalMs(message.maxInterval, `${path}.max_interval`, context);
  if (message.baseInterval === undefined) return isMissing(path, 'base_interval', context);
  if (base === undefined) return undefined;
  const baseMs = Math.max(base, 1);
  const maxMs = max === undefined ? baseMs * MAX_FACTOR : Math.max(max, 1);
  if (maxMs >= baseMs) return Object.freeze({ baseMs, maxMs });
  context.problems.add(
    `${path}.max_interval`,
    `must not be shorter than base_interval, ${maxMs} ms is than ${baseMs} ms`,
  );
  return undefined;
}

/** Compiles the back-off by response headers. */
export function compileResetBackOff(
  message: RetryPolicy_RateLimitedRetryBackOff,
  path: string,
  context: RouteCompileContext,
): ResetBackOffRuntime | undefined {
  if (message.resetHeaders.length === 0) return isMissing(path, 'at least one of reset_headers', context);
  const maxMs = compileOptionalMs(message.maxInterval, `${path}.max_interval`, context);
  const headers = message.resetHeaders.map(({ name, format }): ResetHeaderRuntime => {
    return { name: asciiLower(name), format: format === 0 ? 'seconds' : 'unixTimestamp' };
  });
  return Object.freeze({ headers, maxMs: maxMs === undefined ? DEFAULT_RESET_MAX_MS : Math.max(maxMs, 1) });
}

/**
 * The wait before a retry (the first is 1), fully jittered: less than the base for the first, than twice the base for the second, and so on up to
 * the maximum. `random` is from 0 up to 1.
 */
export function backOffMs(
  backOff: BackOffRuntime | undefined,
  retry: number,
  random: number,
  runtime: RuntimeSource,
): number {
  const baseMs = backOff?.baseMs ?? runtime.integer('upstream.base_retry_backoff_ms') ?? DEFAULT_BASE_MS;
  const maxMs = backOff?.maxMs ?? baseMs * MAX_FACTOR;
  return Math.floor(random * Math.min(baseMs * 2 ** (retry - 1), maxMs));
}

/**
 * The wait that a response asks for, with up to half as much on top; undefined when it has no header that says so, or one that asks for too much.
 */
export function resetBackOffMs(
  backOff: ResetBackOffRuntime,
  response: HeaderSource,
  nowMs: number,
  random: number,
): number | undefined {
  for (const { name, format } of backOff.headers) {
    const waitMs = waitOf(response.get(name), format, nowMs);
    if (waitMs === undefined || waitMs > backOff.maxMs) continue;
    // Envoy takes the first header that is usable, and its own back-off where that one asks for no wait.
    return waitMs > 1 ? waitMs + Math.floor(random * Math.max(Math.floor(waitMs / 2), 1)) : undefined;
  }
  return undefined;
}

function waitOf(text: string | undefined, format: ResetHeaderRuntime['format'], nowMs: number): number | undefined {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) return undefined;
  const seconds = Number(text);
  if (format === 'seconds') return seconds * 1000;
  const now = Math.floor(nowMs / 1000);
  return seconds < now ? undefined : (seconds - now) * 1000;
}

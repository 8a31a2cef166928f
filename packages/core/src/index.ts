export * from './backoff.ts';
export * from './clock.ts';
export * from './coarse-timers.ts';
export * from './debounce.ts';
export * from './deep-freeze.ts';
export * from './drain.ts';
export * from './duration.ts';
export * from './env.ts';
export * from './error-codes.ts';
export * from './errors.ts';
export * from './ip.ts';
export * from './json.ts';
export { type DuplicateJsonKey, findDuplicateJsonKeys } from './json-problem.ts';
export * from './keyed-queue.ts';
export * from './log-format.ts';
export * from './log-levels.ts';
export * from './logger.ts';
export * from './own-member.ts';
export * from './quantity.ts';
export {
  BoundedQueue,
  type BoundedQueueOptions,
  type OverflowPolicy,
  type PushOutcome,
} from './queue.ts';
export * from './random.ts';
export * from './redact.ts';
export * from './result.ts';
export * from './secret.ts';
export * from './text-cache.ts';
export * from './throw-later.ts';
export * from './utf8.ts';
export * from './watch.ts';

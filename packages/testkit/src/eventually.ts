import { describeError, MeshError, systemClock } from '@weft/core';

/** How long to wait and what for. */
export interface EventuallyOptions {
  /** The deadline; 5,000 ms unless given, generous because test machines are slow at times. */
  readonly withinMs?: number;
  /** What is awaited, for the error, e.g. `the pod to be ready`. */
  readonly what?: string;
}

const DEFAULT_WITHIN_MS = 5_000;
const MAX_POLL_MS = 20;

type Truthy<T> = Exclude<T, false | undefined | null | 0 | '' | 0n>;

/** Waits until `check` returns something truthy and returns that; a check that throws is tried again. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Truthy<Awaited<T>>> {
  const withinMs = options.withinMs ?? DEFAULT_WITHIN_MS;
  const deadlineMs = systemClock.monotonic() + withinMs;
  let failure: unknown;
  for (let pollMs = 1; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 2)) {
    let seen = 'a falsy value';
    try {
      const value = await check();
      if (value) return value as Truthy<Awaited<T>>;
      seen = String(value);
      failure = undefined;
    } catch (thrown) {
      failure = thrown;
      seen = describeError(thrown);
    }
    if (systemClock.monotonic() >= deadlineMs) {
      const what = options.what ?? 'the condition';
      throw new MeshError('MESH_TEST', `waited ${withinMs} ms for ${what}; last seen: ${seen}`, { cause: failure });
    }
    await pause(pollMs);
  }
}

/** Waits until `assertion` no longer throws. */
export async function eventuallyPasses(
  assertion: () => void | Promise<void>,
  options: EventuallyOptions = {},
): Promise<void> {
  await eventually(async () => {
    await assertion();
    return true;
  }, options);
}

/** The promise's value, or an error naming what was awaited when it takes too long. */
export async function within<T>(what: string, promise: Promise<T>, withinMs: number = DEFAULT_WITHIN_MS): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = systemClock.setTimer(withinMs, () => {
    timeout.reject(new MeshError('MESH_TEST', `waited ${withinMs} ms for ${what}`));
  });
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    timer.cancel();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(ms, resolve);
  });
}

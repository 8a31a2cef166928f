import { MeshError } from './errors.ts';

/** A pending call made by `Clock.setTimer`. */
export interface Timer {
  /** Stops the call from happening; does nothing when it already happened. */
  cancel(): void;
  /** Lets the process end although the call is still pending. */
  unref(): void;
}

/** The only source of time: everything that waits or reads the time takes one, so that tests can move it by hand. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start, with fractions; never goes back. */
  monotonic(): number;
  /** Calls `fn` once, `ms` milliseconds from now; zero and negative delays mean "as soon as possible". */
  setTimer(ms: number, fn: () => void): Timer;
}

/** Hosts keep timer delays in 32 bits and turn anything longer into 1 ms, so longer delays are made of several. */
const MAX_HOST_DELAY_MS = 2 ** 31 - 1;

class SystemTimer implements Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;
  #isUnref = false;
  readonly #fn: () => void;

  constructor(ms: number, fn: () => void) {
    this.#fn = fn;
    this.#arm(ms);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  unref(): void {
    this.#isUnref = true;
    unrefHandle(this.#handle);
  }

  #arm(ms: number): void {
    const step = Math.min(ms, MAX_HOST_DELAY_MS);
    const rest = ms - step;
    this.#handle = setTimeout(() => {
      this.#handle = undefined;
      if (rest > 0) this.#arm(rest);
      else this.#fn();
    }, step);
    if (this.#isUnref) unrefHandle(this.#handle);
  }
}

/** Browsers return a number from `setTimeout`, which has nothing to unref. */
function unrefHandle(handle: unknown): void {
  if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function') {
    handle.unref();
  }
}

/** Looked up once: the global is an accessor, which costs more than the reading. */
const { performance: hostPerformance } = globalThis;

/** The machine's own clock and timers. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => hostPerformance.now(),
  setTimer: (ms: number, fn: () => void): Timer => new SystemTimer(checkDelay(ms), fn),
});

/** Refuses the delays that hosts silently turn into 1 ms, because such a timer becomes a busy loop. */
export function checkDelay(ms: number): number {
  if (Number.isNaN(ms) || ms === Number.POSITIVE_INFINITY) {
    throw new MeshError('MESH_INVALID_ARGUMENT', `timer delay ${ms} is not a number of milliseconds`);
  }
  return Math.max(0, ms);
}

/** Resolves after `ms`; rejects with the signal's reason as soon as the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(abortReason(signal));
    };
    const timer = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** What a piece of work is called and how it is stopped from outside. */
export interface DeadlineOptions {
  /** Names the work in the error, e.g. `list pods`. */
  readonly what: string;
  /** Aborting it stops the work early with its own reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` with a signal that aborts after `ms`, and settles by then even when the work ignores the signal.
 * Rejects with `MESH_DEADLINE_EXCEEDED` when the time is up.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const outer = options.signal;
  if (outer?.aborted) throw abortReason(outer);
  const controller = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const stop = (reason: unknown) => {
    controller.abort(reason);
    stopped.reject(reason);
  };
  const onOuterAbort = () => stop(abortReason(outer));
  const timer = clock.setTimer(ms, () =>
    stop(new MeshError('MESH_DEADLINE_EXCEEDED', `${options.what} took longer than ${ms} ms`)),
  );
  outer?.addEventListener('abort', onOuterAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), stopped.promise]);
  } finally {
    timer.cancel();
    outer?.removeEventListener('abort', onOuterAbort);
  }
}

/** The reason a signal aborted with, or a named error when there is none. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? new MeshError('MESH_ABORTED', 'the operation was aborted');
}

import { after } from 'node:test';
import { MeshError, systemClock } from '@weft/core';
import { eventually } from './eventually.ts';
import type { TestHooks } from './hooks.ts';

/** What `trackLeaks` compares against. */
export interface LeakTracker {
  /** Kinds of active resources that have become more since the start, with how many more. */
  current(): ReadonlyMap<string, number>;
  /** Waits until nothing is left over; fails with the list when something stays. */
  check(withinMs?: number): Promise<void>;
}

/** Closing is done in the background: handles need a few turns of the event loop to go. */
const SETTLE_MS = 2_000;
const EXIT_MS = 1_000;

/** Remembers the sockets, servers, timers and other handles that are active now. */
export function trackLeaks(): LeakTracker {
  const before = countResources();
  const current = () => {
    const now = countResources();
    // What was closing at the start must not make room for a leak once it is gone.
    for (const [kind, count] of before) before.set(kind, Math.min(count, now.get(kind) ?? 0));
    const more = new Map<string, number>();
    for (const [kind, count] of now) {
      const extra = count - (before.get(kind) ?? 0);
      if (extra > 0) more.set(kind, extra);
    }
    return more;
  };
  const check = async (withinMs: number = SETTLE_MS) => {
    try {
      await eventually(() => current().size === 0, { withinMs, what: 'handles to be closed' });
    } catch (thrown) {
      const list = [...current()].map(([kind, count]) => `${count} ${kind}`).join(', ');
      throw new MeshError('MESH_TEST', `left open: ${list}`, { cause: thrown });
    }
  };
  return { current, check };
}

/**
 * Fails when handles are left open: at the top of a test file without an argument for the whole file, or with a test's
 * context for that test. Clean-up hooks run in the order they were registered, so in a test it is called last.
 */
export function leakCheck(hooks: TestHooks = { after }): void {
  const tracker = trackLeaks();
  hooks.after(async () => {
    try {
      await tracker.check();
    } catch (thrown) {
      exitSoon();
      throw thrown;
    }
  });
}

/** A leaked handle keeps the test process alive for ever; it gets a moment to report the failure and is ended then. */
function exitSoon(): void {
  // Only a process that the test runner started for one file; with all files in one process the others must go on.
  if (process.env['NODE_TEST_CONTEXT'] === undefined) return;
  systemClock.setTimer(EXIT_MS, () => process.exit(1)).unref();
}

/** Short-lived requests are work in progress, not handles someone forgot to close. */
const TRANSIENT = new Set(['Immediate', 'CloseReq', 'FSReqCallback', 'FSReqPromise', 'RandomBytesRequest']);

/** Counts the resources that keep the process alive; those that were unref'd are invisible here. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!TRANSIENT.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

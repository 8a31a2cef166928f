/** Writes pairs of objects as fast as it can and says which revisions were acknowledged; killed by `store-kill.test.ts`. */
import { writeSync } from 'node:fs';
import { noopLogger, systemClock } from '@weft/core';
import { openStorage } from '../src/server/store/index.ts';
import { put } from './store-steps.ts';

const WRITERS = 8;
const store = await openStorage({ state: process.argv[2] ?? '', clock: systemClock, log: noopLogger });

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Writes before anything else happens, so that a kill loses no line; waits where the reader has not caught up. */
function say(line: string): void {
  for (let left = Buffer.from(line); left.length > 0; ) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EAGAIN') throw thrown;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}

/** Both objects of a pair are written in one turn, so they share a batch and must never differ. */
async function writePairs(writer: number): Promise<void> {
  for (;;) {
    const value = `${systemClock.monotonic()}-${'x'.repeat(500)}`;
    const halves = ['left', 'right'].map(async (half) => {
      const path = `${half}/${writer}`;
      const result = await put(store, path, store.latest('/pods', half, String(writer))?.revision ?? 0, value);
      if (result.kind === 'ok') say(`${path} ${result.entry.revision}\n`);
    });
    await Promise.all(halves);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writePairs(writer)));

/** Whether a proxy needs more memory the longer it works. */
import { type MemoryUse, memoryOf } from '../lib/process-stats.ts';
import { slopeOf } from '../lib/stats.ts';
import { sendHttp1 } from '../proxy/load.ts';

/** Between two looks; each look has new connections. */
const LOOK_SECONDS = 10;
const CONNECTIONS = 1000;

/** What the memory of a process was after some time of load. */
export interface Sample {
  readonly minute: number;
  readonly memory: MemoryUse;
}

/** What was seen. */
export interface Growth {
  readonly requests: number;
  readonly samples: readonly Sample[];
}

/** Where the load goes, and for how long. */
export interface GrowthOptions {
  readonly pid: number;
  readonly port: number;
  readonly minutes: number;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Makes load and looks at the memory of the process meanwhile. */
export function watchGrowth({ pid, port, minutes, log, signal }: GrowthOptions): Growth {
  const samples: Sample[] = [];
  let requests = 0;
  const startedAt = performance.now();
  for (let seconds = 0; seconds < minutes * 60; seconds += LOOK_SECONDS) {
    signal.throwIfAborted();
    requests += sendHttp1(port, Math.min(LOOK_SECONDS, minutes * 60 - seconds), { connections: CONNECTIONS });
    const sample = { minute: (performance.now() - startedAt) / 60_000, memory: memoryOf(pid) };
    samples.push(sample);
    log(`  ${sample.minute.toFixed(1)} min, ${requests} requests: ${formatMemory(sample.memory)} MB`);
  }
  return { requests, samples };
}

/** One row: requests, memory at the first look, in the middle and at the end, and the growth in the second half, when caches are warm. */
export function growthRow({ requests, samples }: Growth): readonly (string | number)[] {
  const half = samples.slice(Math.floor(samples.length / 2));
  const kbPerMinute = (of: (memory: MemoryUse) => number) =>
    Math.round(slopeOf(half.map(({ minute, memory }) => [minute, of(memory) / 1000] as const)));
  const shown = [samples[0], half[0], samples.at(-1)].map((sample) =>
    sample === undefined ? '' : formatMemory(sample.memory),
  );
  const slope = `${kbPerMinute(({ rssBytes }) => rssBytes)} (${kbPerMinute(({ anonymousBytes }) => anonymousBytes)})`;
  return [requests, ...shown, slope];
}

/** RSS, and in brackets the private part of it, in MB. */
export function formatMemory({ rssBytes, anonymousBytes }: MemoryUse): string {
  return `${Math.round(rssBytes / 1e6)} (${Math.round(anonymousBytes / 1e6)})`;
}

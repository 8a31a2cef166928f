import { readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms (USER_HZ, fixed at 100 for programs). */
const MS_PER_TICK = 10;

/** CPU time that a process has used so far, with all its threads, in milliseconds (Linux). */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold spaces and brackets itself: fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Memory of a process in bytes, from the kernel's own sums (Linux). */
export interface MemoryUse {
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** Private memory not backed by files: what another such process would cost. */
  readonly anonymousBytes: number;
}

/** What a process holds in memory now. */
export function memoryOf(pid: number): MemoryUse {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { rssBytes: kib('VmRSS') * 1024, peakRssBytes: kib('VmHWM') * 1024, anonymousBytes: kib('RssAnon') * 1024 };
}

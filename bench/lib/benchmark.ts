import type { Report } from './report.ts';

/** What `npm run bench -- NAME` gives to a benchmark. */
export interface BenchContext {
  /** Collects the results; written to bench/results/NAME.md when the benchmark ends, unless it says that it is partial. */
  readonly report: Report;
  /** Words behind the name on the command line. */
  readonly args: readonly string[];
  /** Says what is going on, on the terminal only. */
  readonly log: (text: string) => void;
  /** Aborts on Ctrl-C: end early and clean up. */
  readonly signal: AbortSignal;
}

/** The default export of every bench/NAME/bench.ts. */
export interface Benchmark {
  /** The folder's name. */
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  run(context: BenchContext): Promise<void>;
}

/** Declares a benchmark. */
export function defineBenchmark(benchmark: Benchmark): Benchmark {
  return benchmark;
}

import { findTests, planJobs, selectTests } from './plan.ts';
import { formatEnd, formatJob, sumUp } from './report.ts';
import { type JobResult, runJob } from './run-job.ts';

/** How to run the tests of a repository. */
export interface RunTestsOptions {
  readonly root: string;
  /** Parts of paths; all tests when empty. */
  readonly patterns: readonly string[];
  readonly namePattern?: string;
  readonly timeoutMs: number;
  readonly processes: number;
  readonly write: (text: string) => void;
  /** Shows a line that the next text replaces; absent where the output is no terminal. */
  readonly showStatus?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Runs the selected tests, printing each job as it ends; returns the exit code. */
export async function runTests(options: RunTestsOptions): Promise<number> {
  const { root, patterns, processes, write, showStatus } = options;
  const startedAt = performance.now();
  const files = selectTests(root, findTests(root), patterns);
  if (files.length === 0) {
    write(`no test file matches ${patterns.map((pattern) => `"${pattern}"`).join(', ') || 'at all'}\n`);
    return 1;
  }
  const jobs = planJobs(root, files, processes);
  const results: JobResult[] = [];
  let ended = 0;
  let failed = 0;
  const onEnded = (outcome: string) => {
    ended++;
    if (outcome === 'failed') failed++;
    showStatus?.(`${results.length}/${jobs.length} jobs, ${ended} tests, ${failed} failed`);
  };
  let next = 0;
  const runLane = async () => {
    for (let job = jobs[next++]; job !== undefined && options.signal?.aborted !== true; job = jobs[next++]) {
      const result = await runJob(job, { ...options, onEnded });
      results.push(result);
      write(formatJob(result));
    }
  };
  await Promise.all(Array.from({ length: processes }, runLane));
  write(formatEnd(results, performance.now() - startedAt));
  const { failed: failures, cancelled } = sumUp(results);
  return failures + cancelled === 0 && options.signal?.aborted !== true ? 0 : 1;
}

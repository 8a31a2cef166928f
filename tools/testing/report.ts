import type { JobResult } from './run-job.ts';

const SLOWEST = 5;
const SLOW_FROM_MS = 200;

/** Sums over all jobs, in the terms of node:test. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
  readonly suites: number;
}

/** Adds up the jobs. */
export function sumUp(results: readonly JobResult[]): Totals {
  const sum = (of: (result: JobResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return {
    passed: sum((result) => result.passed),
    failed: sum((result) => result.failures.length),
    cancelled: sum((result) => result.cancelled),
    skipped: sum((result) => result.skips.length),
    todo: sum((result) => result.todo),
    suites: sum((result) => result.suites),
  };
}

/** One line for a finished job, followed by its failures in full and by what its tests printed if any failed. */
export function formatJob(result: JobResult): string {
  const { job, failures, skips, passed, ms } = result;
  const counts = [`${passed} passed`];
  if (failures.length > 0) counts.push(`${failures.length} failed`);
  if (skips.length > 0) counts.push(`${skips.length} skipped`);
  const files = job.files.length > 1 ? `, ${job.files.length} files` : '';
  const lines = [`${failures.length === 0 ? '✓' : '✗'} ${job.label}: ${counts.join(', ')}${files}, ${seconds(ms)}`];
  for (const { where, name, detail } of failures) lines.push(`  ✗ ${name}  (${where})`, indent(detail, 4));
  if (failures.length > 0 && result.output.trim() !== '') lines.push('  output:', indent(result.output.trimEnd(), 4));
  return `${lines.join('\n')}\n`;
}

/** The end of a run: skips with reasons, slow files, failures once more, node:test's closing lines and ours. */
export function formatEnd(results: readonly JobResult[], ms: number): string {
  const totals = sumUp(results);
  const lines: string[] = [];
  const skips = results.flatMap((result) => result.skips);
  if (skips.length > 0) lines.push('', 'skipped:');
  for (const { where, name, reason } of skips) lines.push(`  ${where}  ${name}: ${reason || 'no reason given'}`);
  const slow = results
    .flatMap((result) =>
      result.job.files.length === 1 ? [[result.job.label, result.ms] as const] : [...result.fileMs],
    )
    .filter(([, fileMs]) => fileMs >= SLOW_FROM_MS)
    .sort((a, b) => b[1] - a[1])
    .slice(0, SLOWEST);
  if (slow.length > 0) lines.push('', 'slowest files:');
  for (const [file, fileMs] of slow) lines.push(`  ${seconds(fileMs).padStart(8)}  ${file}`);
  const failures = results.flatMap((result) => result.failures);
  if (failures.length > 0) lines.push('', 'failed:');
  for (const { where, name } of failures) lines.push(`  ${where}  ${name}`);
  lines.push(
    '',
    `ℹ tests ${totals.passed + totals.failed + totals.skipped + totals.todo}`,
    `ℹ suites ${totals.suites}`,
    `ℹ pass ${totals.passed}`,
    `ℹ fail ${totals.failed}`,
    `ℹ cancelled ${totals.cancelled}`,
    `ℹ skipped ${totals.skipped}`,
    `ℹ todo ${totals.todo}`,
    `ℹ duration_ms ${ms.toFixed(0)}`,
    `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped + totals.todo} skipped`,
  );
  return `${lines.join('\n')}\n`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function indent(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by));
}

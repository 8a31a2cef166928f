import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { EVENT_FD, type TestEvent } from './events.ts';
import type { Job } from './plan.ts';

/** A test that failed, or a process that did not come to a proper end. */
export interface Failure {
  readonly where: string;
  readonly name: string;
  readonly detail: string;
}

/** What one process reported. */
export interface JobResult {
  readonly job: Job;
  readonly ms: number;
  readonly passed: number;
  readonly todo: number;
  readonly suites: number;
  readonly cancelled: number;
  readonly failures: Failure[];
  readonly skips: Array<{ readonly where: string; readonly name: string; readonly reason: string }>;
  /** Time by file, for the list of the slowest. */
  readonly fileMs: Map<string, number>;
  /** What the tests themselves printed. */
  readonly output: string;
}

/** How to run jobs. */
export interface RunJobOptions {
  readonly root: string;
  /** Longest silence of a process, and longest run of an isolated file. */
  readonly timeoutMs: number;
  readonly namePattern?: string;
  readonly onEnded?: (outcome: string) => void;
  readonly signal?: AbortSignal;
}

/** What a test process prints is kept only up to this length. */
const MAX_OUTPUT_CHARS = 200_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Runs the files of a job in one process and collects what happened; never throws for a failing test. */
export async function runJob(job: Job, options: RunJobOptions): Promise<JobResult> {
  const startedAt = performance.now();
  const child = startProcess(job, options);
  const result = emptyResult(job);
  const watchdog = watch(child, job, options);
  let current = 'none';
  let hasSummary = false;
  let hasLeak = false;
  readEvents(child.stdio[EVENT_FD] as Readable, (event) => {
    watchdog.heard();
    if (event.kind === 'started') current = `${path.relative(options.root, event.file)}: ${event.name}`;
    else if (event.kind === 'ended') {
      record(result, options.root, event);
      options.onEnded?.(event.outcome);
    } else if (event.kind === 'summary') {
      hasSummary = true;
      result.suites = event.suites;
      result.cancelled = event.cancelled;
    } else {
      hasLeak = true;
      const detail = `the process stayed alive after its last test; not closed: ${event.resources.join(', ')}`;
      result.failures.push({ where: job.label, name: 'leak', detail });
    }
  });
  const keep = (chunk: string) => {
    if (result.output.length < MAX_OUTPUT_CHARS) result.output += chunk;
  };
  child.stdout!.setEncoding('utf8').on('data', keep);
  child.stderr!.setEncoding('utf8').on('data', keep);
  const ending = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`cannot start: ${error.message}`));
    child.on('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const killedBecause = watchdog.stop();
  // Whatever the tests left running goes with them.
  killGroup(child.pid);
  result.ms = performance.now() - startedAt;
  if (killedBecause !== undefined) {
    result.failures.push({ where: job.label, name: 'timeout', detail: `${killedBecause}; last started: ${current}` });
  } else if (!hasSummary && !hasLeak) {
    const detail = `the process ended (${ending}) before its tests did; last started: ${current}`;
    result.failures.push({ where: job.label, name: 'crash', detail });
  } else if (ending !== 'exit code 0' && result.failures.length === 0) {
    result.failures.push({ where: job.label, name: 'crash', detail: `all tests passed, but it ended with ${ending}` });
  }
  return result;
}

function startProcess(job: Job, { root, namePattern }: RunJobOptions): ChildProcess {
  const args = ['--test', '--test-isolation=none', `--test-reporter=${path.join(import.meta.dirname, 'reporter.ts')}`];
  if (namePattern !== undefined) args.push(`--test-name-pattern=${namePattern}`);
  // A test of this runner runs within a test process: the inner one must not take itself for the outer's child.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawn(process.execPath, [...args, ...job.files.map((file) => path.join(root, file))], {
    cwd: root,
    env: { ...env, FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Leads a process group, so that it can be ended with everything it started.
    detached: true,
  });
}

function emptyResult(job: Job): Mutable<JobResult> {
  const counts = { passed: 0, todo: 0, suites: 0, cancelled: 0 };
  return { job, ms: 0, ...counts, failures: [], skips: [], fileMs: new Map(), output: '' };
}

/** Ends the process when it is silent or, with a single file, runs for too long, and when the run is interrupted. */
function watch(child: ChildProcess, job: Job, { timeoutMs, signal }: RunJobOptions) {
  let reason: string | undefined;
  const kill = (why: string) => {
    reason ??= why;
    killGroup(child.pid);
  };
  const seconds = timeoutMs / 1000;
  let silence = setTimeout(kill, timeoutMs, `no test ended for ${seconds} s`);
  const total = job.files.length === 1 ? setTimeout(kill, timeoutMs, `took longer than ${seconds} s`) : undefined;
  const onAbort = () => kill('interrupted');
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    heard() {
      clearTimeout(silence);
      silence = setTimeout(kill, timeoutMs, `no test ended for ${seconds} s`);
    },
    /** Returns why the process was ended, if it was. */
    stop(): string | undefined {
      clearTimeout(silence);
      clearTimeout(total);
      signal?.removeEventListener('abort', onAbort);
      return reason;
    },
  };
}

function record(result: Mutable<JobResult>, root: string, event: Extract<TestEvent, { kind: 'ended' }>): void {
  const file = path.relative(root, event.file);
  const where = event.line > 0 ? `${file}:${event.line}` : file;
  result.fileMs.set(file, (result.fileMs.get(file) ?? 0) + event.ms);
  if (event.outcome === 'passed') result.passed++;
  else if (event.outcome === 'todo') result.todo++;
  else if (event.outcome === 'skipped') result.skips.push({ where, name: event.name, reason: event.detail });
  else result.failures.push({ where, name: event.name, detail: event.detail });
}

function readEvents(stream: Readable, onEvent: (event: TestEvent) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onEvent(JSON.parse(line) as TestEvent);
  });
}

/** Ends the process and everything it started: the child leads a group of its own. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

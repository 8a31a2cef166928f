// A node:test reporter that runs inside the test process and writes every outcome to an inherited pipe. It also ends a process that
// stays alive after its last test because something was not closed.
import { writeSync } from 'node:fs';
import type { TestEvent as NodeTestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { EVENT_FD, type TestEvent } from './events.ts';

/** How long a process may live with no test left before that counts as a leak; loading a slow file must fit in. */
const LEAK_AFTER_MS = 3000;

function send(event: TestEvent): void {
  writeSync(EVENT_FD, `${JSON.stringify(event)}\n`);
}

/** Consumes node:test's events; everything it has to say goes through the pipe. */
export default async function* reporter(source: AsyncIterable<NodeTestEvent>): AsyncGenerator<string> {
  const unfinished = new Set<number>();
  let leakTimer: NodeJS.Timeout | undefined;
  for await (const event of source) {
    if (event.type === 'test:enqueue') unfinished.add(event.data.testId);
    else if (event.type === 'test:complete') unfinished.delete(event.data.testId);
    else if (event.type === 'test:dequeue')
      send({ kind: 'started', name: event.data.name, file: event.data.file ?? '' });
    else if (event.type === 'test:pass' || event.type === 'test:fail') reportEnd(event);
    else if (event.type === 'test:summary') {
      send({ kind: 'summary', suites: event.data.counts.suites, cancelled: event.data.counts.cancelled });
    }
    clearTimeout(leakTimer);
    if (unfinished.size === 0) leakTimer = setTimeout(reportLeak, LEAK_AFTER_MS).unref();
  }
  yield '';
}

function reportEnd(event: Extract<NodeTestEvent, { type: 'test:pass' | 'test:fail' }>): void {
  const { name, file, line, details, skip, todo } = event.data;
  const hasFailed = event.type === 'test:fail';
  const error = hasFailed ? (event.data.details.error as Error & { readonly failureType?: string }) : undefined;
  // A suite fails with its tests; only a failure of its own (a hook, its body) is news.
  if (details.type === 'suite' && (!hasFailed || error?.failureType === 'subtestsFailed')) return;
  const outcome = skip !== undefined ? 'skipped' : todo !== undefined ? 'todo' : hasFailed ? 'failed' : 'passed';
  const reason = typeof skip === 'string' ? skip : typeof todo === 'string' ? todo : '';
  send({
    kind: 'ended',
    name,
    file: file ?? '',
    line: line ?? 0,
    outcome,
    ms: details.duration_ms,
    detail: outcome === 'failed' ? describeError(error) : reason,
  });
}

function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 6, breakLength: 120, maxStringLength: 10_000 });
}

function reportLeak(): void {
  send({ kind: 'leak', resources: process.getActiveResourcesInfo() });
  process.exit(1);
}

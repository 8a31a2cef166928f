/** The one word in which `kubectl` sums up a pod, and the numbers beside it. */
import type { ObjectMeta } from '../../../kind/index.ts';
import type { ContainerStatus } from './container-status.ts';
import type { PodSpec } from './pod-spec.ts';
import type { PodStatus } from './pod-status.ts';

/** The parts of a pod that the summary is made from. */
export interface PodParts {
  readonly metadata?: ObjectMeta;
  readonly spec?: PodSpec;
  readonly status?: PodStatus;
}

/** A pod in one line. */
export interface PodSummary {
  /** `Running`, `Init:0/1`, `CrashLoopBackOff`, `Completed`, `Terminating` … */
  readonly status: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** When a container last ended before it was started again, in milliseconds. */
  readonly lastRestart?: number;
}

interface Restarts {
  count: number;
  last: number | undefined;
}

/** Sums up a pod from the states of its containers. */
export function summarizePod(pod: PodParts): PodSummary {
  const { spec, status = {}, metadata = {} } = pod;
  const sidecars = new Set(
    (spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
  );
  const total = (spec?.containers ?? []).length + sidecars.size;
  const init = summarizeInit(status, spec?.initContainers?.length ?? 0, sidecars);
  let { ready } = init;
  let word = init.word ?? wordOfPhase(status);
  let restarts = init.all;
  if (init.word === undefined || hasCondition(status, 'Initialized')) {
    const main = summarizeContainers(status, word);
    word = main.word;
    ready += main.ready;
    restarts = addRestarts(init.sidecars, main.restarts);
  }
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') word = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') word = 'Terminating';
  }
  return {
    status: word,
    ready,
    total,
    restarts: restarts.count,
    ...(restarts.last === undefined ? {} : { lastRestart: restarts.last }),
  };
}

function wordOfPhase(status: PodStatus): string {
  const isGated = (status.conditions ?? []).some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  return isGated ? 'SchedulingGated' : status.reason || (status.phase ?? 'Unknown');
}

/** The first init container that has not done its part gives the word; sidecars that started have done theirs. */
function summarizeInit(
  status: PodStatus,
  initCount: number,
  sidecars: ReadonlySet<string>,
): { word: string | undefined; ready: number; all: Restarts; sidecars: Restarts } {
  const all: Restarts = { count: 0, last: undefined };
  const ofSidecars: Restarts = { count: 0, last: undefined };
  let ready = 0;
  for (const [i, one] of (status.initContainerStatuses ?? []).entries()) {
    countRestarts(all, one);
    if (sidecars.has(one.name)) countRestarts(ofSidecars, one);
    const { terminated, waiting } = one.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(one.name) && one.started === true) {
      if (one.ready) ready++;
      continue;
    }
    let word = `Init:${i}/${initCount}`;
    if (terminated !== undefined) word = `Init:${wordOfEnd(terminated)}`;
    else if ((waiting?.reason ?? '') !== '' && waiting!.reason !== 'PodInitializing') word = `Init:${waiting!.reason}`;
    return { word, ready, all, sidecars: ofSidecars };
  }
  return { word: undefined, ready, all, sidecars: ofSidecars };
}

function summarizeContainers(status: PodStatus, before: string): { word: string; ready: number; restarts: Restarts } {
  const restarts: Restarts = { count: 0, last: undefined };
  let word = before;
  let ready = 0;
  // Backwards, so that the first container has the last word.
  for (const one of (status.containerStatuses ?? []).toReversed()) {
    countRestarts(restarts, one);
    const { terminated, waiting, running } = one.state ?? {};
    if ((waiting?.reason ?? '') !== '') word = waiting!.reason!;
    else if (terminated !== undefined) word = wordOfEnd(terminated);
    else if (one.ready && running !== undefined) ready++;
  }
  if (word === 'Completed' && ready > 0) word = hasCondition(status, 'Ready') ? 'Running' : 'NotReady';
  return { word, ready, restarts };
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function wordOfEnd({ reason = '', signal = 0, exitCode }: Terminated): string {
  if (reason !== '') return reason;
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function hasCondition(status: PodStatus, type: string): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
}

function countRestarts(into: Restarts, one: ContainerStatus): void {
  into.count += one.restartCount;
  const finished = one.lastState?.terminated?.finishedAt;
  const at = finished === undefined ? Number.NaN : Date.parse(finished);
  if (!Number.isNaN(at) && (into.last === undefined || at > into.last)) into.last = at;
}

function addRestarts(a: Restarts, b: Restarts): Restarts {
  const lasts = [a.last, b.last].filter((at) => at !== undefined);
  return { count: a.count + b.count, last: lasts.length === 0 ? undefined : Math.max(...lasts) };
}

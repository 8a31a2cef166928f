import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { ApiObject } from '../../../kind/index.ts';
import { rowOf } from '../../../table/index.ts';
import { pod } from './pod.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

/** Ready, Status and Restarts of a pod that YAML describes. */
function shown(yaml: string): unknown[] {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, ...(parse(yaml) as object) } as ApiObject;
  return rowOf(pod, 'v1', object, NOW).slice(1, 4);
}

const SPEC = 'spec: {containers: [{name: a}, {name: b}]}';
const SIDECAR_SPEC = 'spec: {initContainers: [{name: s, restartPolicy: Always}, {name: i}], containers: [{name: a}]}';
const running = (name: string, ready = true, restarts = 0): string =>
  `{name: ${name}, ready: ${ready}, restartCount: ${restarts}, state: {running: {}}}`;

const CASES: readonly (readonly [string, string, readonly unknown[]])[] = [
  ['that nobody has taken', `${SPEC}\nstatus: {phase: Pending}`, ['0/2', 'Pending', '0']],
  [
    'that runs',
    `${SPEC}\nstatus: {phase: Running, containerStatuses: [${running('a')}, ${running('b', false, 3)}]}`,
    ['1/2', 'Running', '3'],
  ],
  [
    'that crashes again and again',
    `${SPEC}\nstatus: {phase: Running, containerStatuses: [${running('a')}, {name: b, ready: false, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, finishedAt: "2026-01-02T03:03:05Z"}}}]}`,
    ['1/2', 'CrashLoopBackOff', '2 (60s ago)'],
  ],
  [
    'that is done',
    `${SPEC}\nstatus: {phase: Succeeded, containerStatuses: [{name: a, ready: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed}}}]}`,
    ['0/2', 'Completed', '0'],
  ],
  [
    'of which one container is done and one runs',
    `${SPEC}\nstatus: {phase: Running, conditions: [{type: Ready, status: "False"}], containerStatuses: [{name: a, ready: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed}}}, ${running('b')}]}`,
    ['1/2', 'NotReady', '0'],
  ],
  [
    'that ended without a reason',
    `${SPEC}\nstatus: {phase: Failed, containerStatuses: [{name: a, ready: false, restartCount: 0, state: {terminated: {exitCode: 137, signal: 9}}}]}`,
    ['0/2', 'Signal:9', '0'],
  ],
  ['that was evicted', `${SPEC}\nstatus: {phase: Failed, reason: Evicted}`, ['0/2', 'Evicted', '0']],
  [
    'that is going away',
    `metadata: {name: x, deletionTimestamp: "2026-01-02T03:04:05Z"}\n${SPEC}\nstatus: {phase: Running, containerStatuses: [${running('a')}]}`,
    ['1/2', 'Terminating', '0'],
  ],
  [
    'whose node is lost',
    `metadata: {name: x, deletionTimestamp: "2026-01-02T03:04:05Z"}\n${SPEC}\nstatus: {phase: Running, reason: NodeLost}`,
    ['0/2', 'Unknown', '0'],
  ],
  [
    'that waits at a gate',
    `${SPEC}\nstatus: {phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: SchedulingGated}]}`,
    ['0/2', 'SchedulingGated', '0'],
  ],
  [
    'whose sidecar starts',
    `${SIDECAR_SPEC}\nstatus: {phase: Pending, initContainerStatuses: [{name: s, ready: false, started: false, restartCount: 0, state: {running: {}}}, {name: i, ready: false, restartCount: 0, state: {waiting: {reason: PodInitializing}}}]}`,
    ['0/2', 'Init:0/2', '0'],
  ],
  [
    'whose sidecar runs while another init container works',
    `${SIDECAR_SPEC}\nstatus: {phase: Pending, initContainerStatuses: [{name: s, ready: true, started: true, restartCount: 0, state: {running: {}}}, {name: i, ready: false, restartCount: 0, state: {running: {}}}]}`,
    ['1/2', 'Init:1/2', '0'],
  ],
  [
    'whose init container fails',
    `${SIDECAR_SPEC}\nstatus: {phase: Pending, initContainerStatuses: [{name: s, ready: true, started: true, restartCount: 1, state: {running: {}}}, {name: i, ready: false, restartCount: 4, state: {terminated: {exitCode: 2, reason: Error}}}]}`,
    ['1/2', 'Init:Error', '5'],
  ],
  [
    'with a sidecar, when all runs; restarts of finished init containers no longer count',
    `${SIDECAR_SPEC}\nstatus: {phase: Running, initContainerStatuses: [{name: s, ready: true, started: true, restartCount: 1, state: {running: {}}}, {name: i, ready: true, restartCount: 4, state: {terminated: {exitCode: 0, reason: Completed}}}], containerStatuses: [${running('a', true, 2)}]}`,
    ['2/2', 'Running', '3'],
  ],
];

describe('a pod', () => {
  for (const [what, yaml, wanted] of CASES) test(what, () => assert.deepEqual(shown(yaml), wanted));
});

test('more is shown with -o wide', () => {
  const object = parse(
    '{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {nodeName: n, containers: [{name: a}], readinessGates: [{conditionType: g}, {conditionType: h}]}, status: {podIP: 10.0.0.1, conditions: [{type: g, status: "True"}]}}',
  ) as ApiObject;
  assert.deepEqual(rowOf(pod, 'v1', object, NOW).slice(5), ['10.0.0.1', 'n', '<none>', '1/2']);
});

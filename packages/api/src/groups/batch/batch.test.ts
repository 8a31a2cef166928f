import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { ApiObject } from '../../kind/index.ts';
import { rowOf } from '../../table/index.ts';
import { judgeSpec } from '../../test-support/judge.ts';
import { created, updateErrors } from '../../test-support/judge-update.ts';
import { cronJob } from './cron-job.ts';
import { parseCron } from './cron-schedule.ts';
import { job } from './job.ts';

const TEMPLATE = 'template: {spec: {restartPolicy: Never, containers: [{name: a, image: x:1}]}}';
const stored = (more = '', metadata = '{name: pi, uid: 1-2-3}'): ApiObject =>
  created(
    job,
    `{apiVersion: batch/v1, kind: Job, metadata: ${metadata}, spec: {${TEMPLATE}${more === '' ? '' : `, ${more}`}}}`,
  );

describe('a job', () => {
  test('runs one pod unless told otherwise, and knows it by its own identity', () => {
    const { template, ...spec } = stored()['spec'] as { template: { metadata: unknown } };
    assert.deepEqual(spec, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': '1-2-3' } },
    });
    assert.deepEqual(template.metadata, {
      labels: {
        'batch.kubernetes.io/controller-uid': '1-2-3',
        'batch.kubernetes.io/job-name': 'pi',
        'controller-uid': '1-2-3',
        'job-name': 'pi',
      },
    });
  });
  test('that is a work queue has no number of completions', () => {
    const spec = stored('parallelism: 3')['spec'] as Record<string, unknown>;
    assert.equal(spec['parallelism'], 3);
    assert.ok(!('completions' in spec));
  });

  const cases: readonly (readonly [string, string])[] = [
    [
      '{template: {spec: {containers: [{name: a, image: x}]}}}',
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [`{${TEMPLATE}, parallelism: -1}`, 'spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    [
      `{${TEMPLATE}, completionMode: Indexed, parallelism: 1}`,
      'spec.completions: Required value: when completion mode is Indexed',
    ],
    [
      `{${TEMPLATE}, backoffLimitPerIndex: 1}`,
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ],
    [`{${TEMPLATE}, manualSelector: true}`, 'spec.selector: Required value'],
    [
      `{${TEMPLATE}, podFailurePolicy: {rules: [{action: Ignore}]}}`,
      'spec.podFailurePolicy.rules[0]: Invalid value: "": specifying one of OnExitCodes and OnPodConditions is required',
    ],
    [
      `{${TEMPLATE}, podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [0]}}]}}`,
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
    ],
    [
      `{${TEMPLATE}, completionMode: Indexed, completions: 2, successPolicy: {rules: [{}]}}`,
      'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
    ],
  ];
  for (const [spec, error] of cases) test(error, () => assert.deepEqual(judgeSpec(job, spec).errors, [error]));

  test('keeps its template once it has started', () => {
    type Spec = {
      template: { spec: { nodeSelector?: unknown; containers: { image: string }[] } };
      parallelism: number;
    };
    const change = (before: ApiObject, edit: (spec: Spec) => void) =>
      updateErrors(job, before, (object) => edit(object['spec'] as Spec));
    assert.deepEqual(
      change(stored(), (spec) => Object.assign(spec, { parallelism: 2 })),
      [],
    );
    const place = (spec: Spec): unknown => Object.assign(spec.template.spec, { nodeSelector: { a: 'b' } });
    assert.match(change(stored(), place)[0]!, /^spec\.template: Invalid value: .*: field is immutable$/);
    assert.deepEqual(change(stored('suspend: true'), place), []);
    const replace = (spec: Spec): unknown => Object.assign(spec.template.spec.containers[0]!, { image: 'y' });
    assert.equal(change(stored('suspend: true'), replace).length, 1);
  });

  test('is shown with its state and duration', () => {
    const row = (status: string) =>
      rowOf(job, 'v1', { ...stored(), status: parse(status) as unknown }, Date.parse('2026-01-02T03:04:05Z')).slice(
        1,
        4,
      );
    assert.deepEqual(row('{}'), ['Running', '0/1', '']);
    assert.deepEqual(row('{startTime: "2026-01-02T03:03:05Z"}'), ['Running', '0/1', '60s']);
    assert.deepEqual(
      row(
        '{startTime: "2026-01-02T03:03:05Z", completionTime: "2026-01-02T03:03:10Z", succeeded: 1, conditions: [{type: Complete, status: "True"}]}',
      ),
      ['Complete', '1/1', '5s'],
    );
    assert.equal(row('{conditions: [{type: Suspended, status: "True"}]}')[0], 'Suspended');
  });
});

describe('a cron job', () => {
  const spec = (schedule: string, more = ''): string =>
    `{schedule: "${schedule}", jobTemplate: {spec: {${TEMPLATE}}}${more}}`;
  test('has defaults', () => {
    const object = created(
      cronJob,
      `{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: ${spec('@daily')}}`,
    );
    const { jobTemplate: _template, ...rest } = object['spec'] as Record<string, unknown>;
    assert.deepEqual(rest, {
      schedule: '@daily',
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
  });
  const cases: readonly (readonly [string, string])[] = [
    [spec(''), 'spec.schedule: Required value'],
    [spec('* * *'), 'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
    [spec('60 * * * *'), 'spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
    [
      spec('CRON_TZ=UTC 0 0 * * *'),
      'spec.schedule: Invalid value: "CRON_TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      spec('0 0 * * *', ', timeZone: Mars/Base'),
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    ],
    [
      spec('0 0 * * *').replace('restartPolicy: Never', 'restartPolicy: Always'),
      'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
  ];
  for (const [given, error] of cases) test(error, () => assert.deepEqual(judgeSpec(cronJob, given).errors, [error]));
  test('knows the time zones of the world', () => {
    assert.deepEqual(judgeSpec(cronJob, spec('0 0 * * *', ', timeZone: Europe/Berlin')).errors, []);
  });
});

describe('a schedule', () => {
  const minutesOf = (text: string): number[] => {
    const schedule = parseCron(`${text} * * * *`);
    assert.ok('minutes' in schedule, text);
    return Array.from({ length: 60 }, (_, i) => i).filter((i) => ((schedule.minutes >> BigInt(i)) & 1n) === 1n);
  };
  test('lists, ranges and steps name minutes', () => {
    assert.deepEqual(minutesOf('5'), [5]);
    assert.deepEqual(minutesOf('1-3,7'), [1, 2, 3, 7]);
    assert.deepEqual(minutesOf('*/20'), [0, 20, 40]);
    assert.deepEqual(minutesOf('50/4'), [50, 54, 58]);
    assert.deepEqual(minutesOf('10-20/5'), [10, 15, 20]);
    assert.equal(minutesOf('*').length, 60);
  });
  test('months and days have names', () => {
    assert.deepEqual(parseCron('0 0 * jan-mar MON'), parseCron('0 0 * 1-3 1'));
    assert.deepEqual(parseCron('@weekly'), parseCron('0 0 * * 0'));
  });
  test('may be a distance', () => {
    assert.deepEqual(parseCron('@every 1h30m'), { everySeconds: 5400 });
  });
  for (const text of [
    '',
    'x * * * *',
    '1-2-3 * * * *',
    '1/2/3 * * * *',
    '5-1 * * * *',
    '*/0 * * * *',
    '* * 0 * *',
    '@often',
    '@every soon',
    'toString',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.ok('problem' in parseCron(text)));
  }
});

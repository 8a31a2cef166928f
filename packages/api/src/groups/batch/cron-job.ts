import { type ApiObject, defineBuiltin, embeddedMeta, type ObjectOf } from '../../kind/index.ts';
import {
  boolean,
  enumeration,
  FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { humanAge } from '../../table/human-duration.ts';
import { formatLabelSelector } from '../../validation/label-selector.ts';
import { checkNonNegative } from '../apps/workload.check.ts';
import { describeContainers } from '../apps/workload.columns.ts';
import { applyPodSpecDefaults } from '../core/pod/pod-spec.defaults.ts';
import { objectReference } from '../core/references.ts';
import { ageColumn, alwaysPresent, NONE, timestamp } from '../meta/index.ts';
import { parseCron } from './cron-schedule.ts';
import { checkJobSpec } from './job.check.ts';
import { jobSpec } from './job-spec.ts';

const BATCH = 'io.k8s.api.batch.v1';
/** Names of jobs get a suffix of eleven characters. */
const MAX_NAME = 52;

const cronJobSpec = object(
  'When jobs are made, and which.',
  {
    schedule: required(string('When a job starts, in cron syntax: minute hour day month weekday.')),
    timeZone: string('Time zone of the schedule; that of the controller when absent.'),
    startingDeadlineSeconds: integer('Seconds by which a start may be late.', { format: 'int64' }),
    concurrencyPolicy: enumeration('What happens when the last job still runs.', ['Allow', 'Forbid', 'Replace'], {
      default: 'Allow',
    }),
    suspend: boolean('No more jobs are started.', { default: false }),
    jobTemplate: required(
      object(
        'The jobs that are made.',
        { metadata: alwaysPresent(embeddedMeta), spec: required(jobSpec) },
        { name: `${BATCH}.JobTemplateSpec` },
      ),
    ),
    successfulJobsHistoryLimit: integer('Jobs that succeeded and are kept.', { default: 3 }),
    failedJobsHistoryLimit: integer('Jobs that failed and are kept.', { default: 1 }),
  },
  { name: `${BATCH}.CronJobSpec` },
);

/** When jobs are made, and which. */
export type CronJobSpec = Infer<typeof cronJobSpec>;

const cronJobStatus = object(
  'Which jobs run.',
  {
    active: list('Jobs that run.', objectReference('A job.'), { listType: 'atomic' }),
    lastScheduleTime: timestamp('When a job was last started.'),
    lastSuccessfulTime: timestamp('When a job last succeeded.'),
  },
  { name: `${BATCH}.CronJobStatus` },
);

interface CronJobParts {
  readonly spec?: CronJobSpec;
  readonly status?: Infer<typeof cronJobStatus>;
}

const as = (object: ApiObject): CronJobParts => object as CronJobParts;

/** Starts jobs on a schedule. */
export const cronJob = defineBuiltin({
  group: 'batch',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  hasStatus: true,
  description: 'Starts jobs on a schedule.',
  fields: { spec: required(cronJobSpec), status: alwaysPresent(cronJobStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Schedule', type: 'string', value: '.spec.schedule', description: 'When jobs start.' },
    {
      name: 'Timezone',
      type: 'string',
      description: 'Time zone of the schedule.',
      value: (o) => as(o).spec?.timeZone ?? NONE,
    },
    {
      name: 'Suspend',
      type: 'string',
      declaredType: 'boolean',
      description: 'Whether no more jobs start.',
      value: (o) => (as(o).spec?.suspend === true ? 'True' : 'False'),
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'Jobs that run.',
      value: (o) => (as(o).status?.active ?? []).length,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      description: 'Time since a job was last started.',
      value: (o, now) => {
        const last = as(o).status?.lastScheduleTime;
        return last === undefined ? NONE : humanAge(last, now);
      },
    },
    ageColumn,
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      description: 'Names of the containers.',
      value: (o) => describeContainers(as(o).spec?.jobTemplate.spec.template).names,
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images of the containers.',
      value: (o) => describeContainers(as(o).spec?.jobTemplate.spec.template).images,
    },
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods.',
      value: (o) => formatLabelSelector(as(o).spec?.jobTemplate.spec.selector),
    },
  ],
  applyDefaults({ spec }) {
    // The rest is filled in when a job is made of it.
    const { spec: podSpec } = spec.jobTemplate.spec.template;
    if (podSpec !== undefined) applyPodSpecDefaults(podSpec);
  },
  check(object, report) {
    checkCronJob(object.metadata.name ?? '', object.spec, report);
  },
});

/** Starts jobs on a schedule. */
export type CronJob = ObjectOf<typeof cronJob>;

function checkCronJob(name: string, spec: CronJobSpec, report: IssueReport): void {
  const path = FieldPath.root.child('spec');
  if (name.length > MAX_NAME) {
    report.invalid(FieldPath.root.child('metadata', 'name'), name, `must be no more than ${MAX_NAME} characters`);
  }
  checkSchedule(path, spec, report);
  checkNonNegative(
    path,
    spec,
    ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'],
    report,
  );
  const template = spec.jobTemplate.spec;
  const at = path.child('jobTemplate', 'spec');
  checkJobSpec(at, template, report);
  if (template.manualSelector === true) report.notSupported(at.child('manualSelector'), true, ['nil', 'false']);
}

function checkSchedule(path: FieldPath, { schedule, timeZone }: CronJobSpec, report: IssueReport): void {
  const at = path.child('schedule');
  if (schedule === '') report.required(at);
  else if (/\b(CRON_)?TZ=/.test(schedule)) {
    report.invalid(at, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  } else {
    const parsed = parseCron(schedule);
    if ('problem' in parsed) report.invalid(at, schedule, parsed.problem);
  }
  if (timeZone === undefined) return;
  if (timeZone === '') report.invalid(path.child('timeZone'), timeZone, 'must be nil or non-empty string');
  else if (timeZone.toLowerCase() === 'local') {
    report.invalid(
      path.child('timeZone'),
      timeZone,
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    );
  } else if (!isTimeZone(timeZone)) report.invalid(path.child('timeZone'), timeZone, `unknown time zone ${timeZone}`);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

import { type ApiObject, type Column, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { humanDuration } from '../../table/human-duration.ts';
import { oldSpecOf } from '../apps/workload.check.ts';
import { containerColumns, selectorColumn } from '../apps/workload.columns.ts';
import { ageColumn, alwaysPresent } from '../meta/index.ts';
import { checkJob } from './job.check.ts';
import { applyJobSelector, applyJobSpecDefaults } from './job.defaults.ts';
import { type JobSpec, type JobStatus, jobSpec, jobStatus } from './job-spec.ts';

interface JobParts {
  readonly spec?: JobSpec;
  readonly status?: JobStatus;
}

const as = (object: ApiObject): JobParts => object as JobParts;

const columns: readonly Column[] = [
  { name: 'Status', type: 'string', description: 'How the job is doing.', value: (o) => statusOf(o) },
  {
    name: 'Completions',
    type: 'string',
    description: 'Pods that succeeded, of those needed.',
    value: (o) => completions(as(o)),
  },
  {
    name: 'Duration',
    type: 'string',
    description: 'How long the job has run.',
    value: (o, now) => durationOf(as(o), now),
  },
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

/** Runs pods to their end. */
export const job = defineBuiltin({
  group: 'batch',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  scope: 'Namespaced',
  hasStatus: true,
  description: 'Runs pods until enough of them have succeeded.',
  fields: { spec: alwaysPresent(jobSpec), status: alwaysPresent(jobStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns,
  applyDefaults({ metadata, spec }, { old }) {
    if (spec === undefined) return;
    applyJobSpecDefaults(spec);
    if (old === undefined) applyJobSelector(metadata, spec);
    const labels = spec.template.metadata?.labels;
    if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  },
  check({ metadata, spec }, report, context) {
    if (spec !== undefined) checkJob(metadata, spec, oldSpecOf(context.old), report);
  },
});

/** Runs pods to their end. */
export type Job = ObjectOf<typeof job>;

/** Conditions that sum up a job that has not ended, the strongest first. */
const OPEN_CONDITIONS = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

function statusOf(object: ApiObject): string {
  const conditions = as(object).status?.conditions ?? [];
  const has = (type: string): boolean => conditions.some((c) => c.type === type && c.status === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return OPEN_CONDITIONS.find(has) ?? 'Running';
}

function completions({ spec, status }: JobParts): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf({ status }: JobParts, now: number): string {
  if (status?.startTime === undefined) return '';
  const end = status.completionTime === undefined ? now : Date.parse(status.completionTime);
  return humanDuration(end - Date.parse(status.startTime));
}

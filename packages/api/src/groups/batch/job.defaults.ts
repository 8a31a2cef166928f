/** Defaults of jobs that depend on other fields. All work in place. */
import type { ObjectMeta } from '../../kind/index.ts';
import { applyPodSpecDefaults } from '../core/pod/pod-spec.defaults.ts';
import type { JobSpec } from './job-spec.ts';

const BACKOFF_LIMIT = 6;
const NO_LIMIT = 2_147_483_647;

/** Completes the spec of a job. */
export function applyJobSpecDefaults(spec: JobSpec): void {
  spec.completionMode ??= 'NonIndexed';
  spec.manualSelector ??= false;
  spec.suspend ??= false;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : NO_LIMIT;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  if (spec.template.spec !== undefined) applyPodSpecDefaults(spec.template.spec);
}

/** The labels by which a job knows its pods, as soon as the job has an identity. */
export function applyJobSelector(metadata: ObjectMeta, spec: JobSpec): void {
  const { uid, name } = metadata;
  if (spec.manualSelector === true || uid === undefined || uid === '' || spec.selector !== undefined) return;
  spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  spec.template.metadata = {
    ...spec.template.metadata,
    labels: {
      ...spec.template.metadata?.labels,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name ?? '',
      'controller-uid': uid,
      'job-name': name ?? '',
    },
  };
}

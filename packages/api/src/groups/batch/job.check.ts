/** The rules of jobs. */
import type { ObjectMeta } from '../../kind/index.ts';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';
import { checkLabelSelector, selectsLabels } from '../../validation/label-selector.ts';
import { dns1123LabelProblems } from '../../validation/names.ts';
import { checkNonNegative, checkUnchanged } from '../apps/workload.check.ts';
import { checkPodTemplate } from '../core/pod/pod-template.check.ts';
import type { JobSpec } from './job-spec.ts';

const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_FAILURE_RULES = 20;
const namePath = FieldPath.root.child('metadata', 'name');
const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;
const IMMUTABLE = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
];

type FailureRule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number];

/** Judges the spec of a job or of a job template. */
export function checkJobSpec(path: FieldPath, spec: JobSpec, report: IssueReport): void {
  checkNonNegative(path, spec, COUNTS, report);
  checkCompletionMode(path, spec, report);
  checkPodTemplate(path.child('template'), spec.template, report);
  checkRestartPolicy(path, spec, report);
  checkFailurePolicy(path, spec, report);
  const at = path.child('successPolicy');
  if (spec.successPolicy === undefined) return;
  if (spec.completionMode !== 'Indexed') report.invalid(at, spec.successPolicy, 'requires indexed completion mode');
  for (const [i, rule] of spec.successPolicy.rules.entries()) {
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      const message = 'at least one of succeededCount or succeededIndexes must be specified';
      report.required(at.child('rules').index(i), message);
    }
  }
}

/** Judges a job as a whole. */
export function checkJob(metadata: ObjectMeta, spec: JobSpec, old: JobSpec | undefined, report: IssueReport): void {
  const path = FieldPath.root.child('spec');
  checkJobSpec(path, spec, report);
  checkSelector(path, metadata, spec, report);
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    // The number of a pod becomes part of its host name.
    const longest = `${metadata.name ?? ''}-${spec.completions! - 1}`;
    if (dns1123LabelProblems(longest).length > 0) {
      report.invalid(namePath, metadata.name, `will not able to create pod with invalid DNS label: ${longest}`);
    }
  }
  if (old !== undefined) checkJobUpdate(path, spec, old, report);
}

function checkSelector(path: FieldPath, metadata: ObjectMeta, spec: JobSpec, report: IssueReport): void {
  if (spec.selector === undefined) {
    // Without an identity the server has not made the selector yet.
    if (spec.manualSelector === true || (metadata.uid ?? '') !== '') report.required(path.child('selector'));
    return;
  }
  checkLabelSelector(path.child('selector'), spec.selector, report);
  const labels = spec.template.metadata?.labels;
  if (!selectsLabels(spec.selector, labels)) {
    report.invalid(
      path.child('template', 'metadata', 'labels'),
      labels ?? {},
      '`selector` does not match template `labels`',
    );
  }
  if (spec.manualSelector === true || (metadata.uid ?? '') === '') return;
  const uid = metadata.uid ?? '';
  const generated = { 'batch.kubernetes.io/controller-uid': uid, 'controller-uid': uid };
  const names = { 'batch.kubernetes.io/job-name': metadata.name ?? '', 'job-name': metadata.name ?? '' };
  if (!selectsLabels(spec.selector, { ...generated, ...names })) {
    report.invalid(path.child('selector'), spec.selector, '`selector` not auto-generated');
  }
}

function checkCompletionMode(path: FieldPath, spec: JobSpec, report: IssueReport): void {
  const { completionMode, completions, parallelism, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    report.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified');
  }
  if (completionMode !== 'Indexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[field] !== undefined) report.invalid(path.child(field), spec[field], 'requires indexed completion mode');
    }
    return;
  }
  if (completions === undefined) report.required(path.child('completions'), 'when completion mode is Indexed');
  if (parallelism !== undefined && parallelism > MAX_INDEXED_PARALLELISM) {
    const message = `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`;
    report.invalid(path.child('parallelism'), parallelism, message);
  }
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    report.invalid(path.child('maxFailedIndexes'), maxFailedIndexes, 'must be less than or equal to completions');
  }
}

function checkRestartPolicy(path: FieldPath, spec: JobSpec, report: IssueReport): void {
  const at = path.child('template', 'spec', 'restartPolicy');
  const policy = spec.template.spec?.restartPolicy ?? 'Always';
  if (policy === 'Always') report.required(at, 'valid values: "OnFailure", "Never"');
  else if (spec.podFailurePolicy !== undefined && policy !== 'Never') {
    report.invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}

function checkFailurePolicy(path: FieldPath, spec: JobSpec, report: IssueReport): void {
  if (spec.podFailurePolicy === undefined) return;
  if (spec.podReplacementPolicy !== undefined && spec.podReplacementPolicy !== 'Failed') {
    report.notSupported(path.child('podReplacementPolicy'), spec.podReplacementPolicy, ['Failed']);
  }
  const { rules } = spec.podFailurePolicy;
  const at = path.child('podFailurePolicy', 'rules');
  if (rules.length > MAX_FAILURE_RULES) report.tooMany(at, rules.length, MAX_FAILURE_RULES);
  const template = spec.template.spec;
  const names = new Set([...(template?.containers ?? []), ...(template?.initContainers ?? [])].map((one) => one.name));
  for (const [i, rule] of rules.entries()) checkFailureRule(at.index(i), rule, spec, names, report);
}

function checkFailureRule(
  path: FieldPath,
  rule: FailureRule,
  spec: JobSpec,
  containers: ReadonlySet<string>,
  report: IssueReport,
): void {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    report.invalid(path.child('action'), action, 'requires the backoffLimitPerIndex to be set');
  }
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    report.invalid(path, '', 'specifying both OnExitCodes and OnPodConditions is not supported');
  }
  if (onExitCodes === undefined && onPodConditions.length === 0) {
    report.invalid(path, '', 'specifying one of OnExitCodes and OnPodConditions is required');
  }
  if (onExitCodes === undefined) return;
  const at = path.child('onExitCodes');
  const { containerName, operator, values } = onExitCodes;
  if (containerName !== undefined && !containers.has(containerName)) {
    report.invalid(
      at.child('containerName'),
      containerName,
      'must be one of the container or initContainer names in the pod template',
    );
  }
  if (values.length === 0) report.invalid(at.child('values'), values, 'at least one value is required');
  if (operator === 'In' && values.includes(0)) {
    report.invalid(at.child('values').index(values.indexOf(0)), 0, 'must not be 0 for the In operator');
  }
}

function checkJobUpdate(path: FieldPath, spec: JobSpec, old: JobSpec, report: IssueReport): void {
  // The number of indexes may follow the parallelism up and down.
  const isElastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!isElastic) checkUnchanged(path, spec, old, ['completions'], report);
  checkUnchanged(path, spec, old, IMMUTABLE, report);
  const before = old.suspend === true ? withPlacement(spec, old) : old.template;
  if (!deepEqual(spec.template, before)) report.invalid(path.child('template'), spec.template, 'field is immutable');
}

/** A job that has not started may still be placed elsewhere, as queueing systems do. */
function withPlacement(spec: JobSpec, old: JobSpec): JobSpec['template'] {
  const now = spec.template;
  const podSpec = old.template.spec;
  return {
    metadata: { ...old.template.metadata, labels: now.metadata?.labels, annotations: now.metadata?.annotations },
    ...(podSpec === undefined ? {} : { spec: { ...podSpec, ...placementOf(now.spec ?? podSpec) } }),
  };
}

function placementOf(
  spec: NonNullable<JobSpec['template']['spec']>,
): Partial<NonNullable<JobSpec['template']['spec']>> {
  const fields = ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates'] as const;
  return Object.fromEntries(fields.map((field) => [field, spec[field]]));
}

/** The rules of pod templates, and of the workloads that hold them. */
import { checkAnnotations, checkLabels } from '../../../kind/index.ts';
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import {
  checkLabelSelector,
  isEmptySelector,
  type LabelSelector,
  selectsLabels,
} from '../../../validation/label-selector.ts';
import { checkPodSpec } from './pod-spec.check.ts';
import type { PodTemplateSpec } from './pod-template.ts';

/** Judges a template from which pods are made. */
export function checkPodTemplate(path: FieldPath, template: PodTemplateSpec, report: IssueReport): void {
  checkLabels(path.child('metadata', 'labels'), template.metadata?.labels, report);
  checkAnnotations(path.child('metadata', 'annotations'), template.metadata?.annotations, report);
  if (template.spec === undefined) return;
  checkPodSpec(path.child('spec'), template.spec, report);
  if ((template.spec.ephemeralContainers ?? []).length > 0) {
    report.forbidden(path.child('spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template');
  }
}

/** Judges the template of a workload whose pods always run. */
export function checkRunningTemplate(
  path: FieldPath,
  template: PodTemplateSpec,
  kind: string,
  report: IssueReport,
): void {
  checkPodTemplate(path, template, report);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    report.notSupported(path.child('spec', 'restartPolicy'), restartPolicy, ['Always']);
  }
  if (activeDeadlineSeconds !== undefined) {
    const message = `activeDeadlineSeconds in ${kind} is not Supported`;
    report.forbidden(path.child('spec', 'activeDeadlineSeconds'), message);
  }
}

/** A workload must select the pods that it makes, and not all pods. */
export function checkSelectsTemplate(
  path: FieldPath,
  selector: LabelSelector,
  template: PodTemplateSpec,
  kind: string,
  report: IssueReport,
): void {
  const before = report.failureCount;
  checkLabelSelector(path.child('selector'), selector, report);
  if (isEmptySelector(selector)) {
    report.invalid(path.child('selector'), selector, `empty selector is invalid for ${kind}`);
  }
  if (report.failureCount > before) return;
  const labels = template.metadata?.labels;
  if (!selectsLabels(selector, labels)) {
    report.invalid(
      path.child('template', 'metadata', 'labels'),
      labels ?? {},
      '`selector` does not match template `labels`',
    );
  }
}

/** The rules of HorizontalPodAutoscalers, on the form of version 2. */
import { parseQuantity } from '@weft/core';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { checkLabelSelector } from '../../validation/label-selector.ts';
import { pathSegmentProblems } from '../../validation/names.ts';
import type { AutoscalerSpecV2, ScalingRules } from './horizontal-pod-autoscaler-spec.ts';
import type { CrossVersionObjectReference, MetricSpec, MetricTarget } from './metrics.ts';

const specPath = FieldPath.root.child('spec');
const SOURCES = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
const POLICIES = ['Percent', 'Pods'];
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

/** Judges what is scaled and by which metrics. */
export function checkAutoscaler(spec: AutoscalerSpecV2, report: IssueReport): void {
  const { minReplicas, maxReplicas, scaleTargetRef } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    report.invalid(specPath.child('minReplicas'), minReplicas, 'must be greater than or equal to 1');
  }
  if (maxReplicas < 1) report.invalid(specPath.child('maxReplicas'), maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    report.invalid(specPath.child('maxReplicas'), maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  checkReference(specPath.child('scaleTargetRef'), scaleTargetRef, report);
  const { apiVersion = '', kind } = scaleTargetRef;
  // The one workload of the core group has none.
  if (kind !== 'ReplicationController' && !/^[^/]+\/[^/]+$/.test(apiVersion)) {
    report.invalid(specPath.child('scaleTargetRef', 'apiVersion'), apiVersion, 'apiVersion must specify API group');
  }
  for (const [i, metric] of (spec.metrics ?? []).entries())
    checkMetric(specPath.child('metrics').index(i), metric, report);
  checkRules(specPath.child('behavior', 'scaleUp'), spec.behavior?.scaleUp, report);
  checkRules(specPath.child('behavior', 'scaleDown'), spec.behavior?.scaleDown, report);
}

function checkReference(path: FieldPath, ref: CrossVersionObjectReference, report: IssueReport): void {
  for (const field of ['kind', 'name'] as const) {
    const text = ref[field];
    if (text === '') report.required(path.child(field));
    else for (const problem of pathSegmentProblems(text)) report.invalid(path.child(field), text, problem);
  }
}

function checkMetric(path: FieldPath, metric: MetricSpec, report: IssueReport): void {
  const wanted = SOURCES[metric.type];
  if (metric[wanted] === undefined) {
    report.required(path.child(wanted), 'must populate information for the given metric source');
  }
  for (const source of Object.values(SOURCES)) {
    if (source !== wanted && metric[source] !== undefined) {
      report.forbidden(path.child(source), 'must populate the given metric source only');
    }
  }
  const { object, pods, external, resource, containerResource } = metric;
  if (object !== undefined) {
    const at = path.child('object');
    checkReference(at.child('describedObject'), object.describedObject, report);
    checkIdentifier(at.child('metric'), object.metric, report);
    checkTarget(at.child('target'), object.target, ['value', 'averageValue'], report);
  }
  if (pods !== undefined) {
    checkIdentifier(path.child('pods', 'metric'), pods.metric, report);
    checkTarget(path.child('pods', 'target'), pods.target, ['averageValue'], report);
  }
  if (external !== undefined) {
    checkIdentifier(path.child('external', 'metric'), external.metric, report);
    checkTarget(path.child('external', 'target'), external.target, ['value', 'averageValue'], report);
  }
  for (const [field, source] of Object.entries({ resource, containerResource })) {
    if (source === undefined) continue;
    const at = path.child(field);
    if (source.name === '') report.required(at.child('name'), 'must specify a resource name');
    checkTarget(at.child('target'), source.target, ['averageUtilization', 'averageValue'], report);
  }
  if (containerResource?.container === '') {
    report.required(path.child('containerResource', 'container'), 'must specify a container');
  }
}

function checkIdentifier(
  path: FieldPath,
  metric: NonNullable<MetricSpec['pods']>['metric'],
  report: IssueReport,
): void {
  if (metric.name === '') report.required(path.child('name'));
  else for (const problem of pathSegmentProblems(metric.name)) report.invalid(path.child('name'), metric.name, problem);
  checkLabelSelector(path.child('selector'), metric.selector, report);
}

type ValueField = 'value' | 'averageValue' | 'averageUtilization';
const VALUE_FIELDS: readonly ValueField[] = ['value', 'averageValue', 'averageUtilization'];

/** A target says its value in exactly one of the ways that fit the metric. */
function checkTarget(path: FieldPath, target: MetricTarget, allowed: readonly ValueField[], report: IssueReport): void {
  const given = VALUE_FIELDS.filter((field) => target[field] !== undefined);
  for (const field of given) checkPositive(path.child(field), target[field]!, report);
  const fitting = given.filter((field) => allowed.includes(field));
  const words = allowed.join(' or ');
  if (fitting.length === 0)
    report.required(path.child(allowed[0]!), `must specify ${allowed.length > 1 ? 'either ' : ''}${words}`);
  if (fitting.length > 1) report.forbidden(path.child(fitting[0]!), `may not set both ${fitting.join(' and ')}`);
}

function checkPositive(path: FieldPath, value: string | number, report: IssueReport): void {
  if (typeof value === 'number') {
    if (value < 1) report.invalid(path, value, 'must be greater than 0');
  } else if ((parseQuantity(value)?.nanos ?? 1n) <= 0n) report.invalid(path, value, 'must be positive');
}

function checkRules(path: FieldPath, rules: ScalingRules | undefined, report: IssueReport): void {
  if (rules === undefined) return;
  const { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance } = rules;
  const windowPath = path.child('stabilizationWindowSeconds');
  if (window !== undefined && window < 0) report.invalid(windowPath, window, 'must be greater than or equal to zero');
  if (window !== undefined && window > MAX_WINDOW_SECONDS) {
    report.invalid(windowPath, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    report.notSupported(path.child('selectPolicy'), selectPolicy, SELECT_POLICIES);
  }
  if (policies?.length === 0) report.required(path.child('policies'), 'must specify at least one Policy');
  for (const [i, policy] of (policies ?? []).entries()) {
    const at = path.child('policies').index(i);
    if (!POLICIES.includes(policy.type)) report.notSupported(at.child('type'), policy.type, POLICIES);
    if (policy.value <= 0) report.invalid(at.child('value'), policy.value, 'must be greater than zero');
    if (policy.periodSeconds <= 0)
      report.invalid(at.child('periodSeconds'), policy.periodSeconds, 'must be greater than zero');
    if (policy.periodSeconds > MAX_PERIOD_SECONDS) {
      const message = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      report.invalid(at.child('periodSeconds'), policy.periodSeconds, message);
    }
  }
  if (tolerance !== undefined && (parseQuantity(tolerance)?.nanos ?? 0n) < 0n) {
    report.invalid(path.child('tolerance'), tolerance, 'must be greater than or equal to 0');
  }
}

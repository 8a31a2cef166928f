/** The rules of admission webhooks. */
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { checkLabelSelector } from '../../validation/label-selector.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.ts';
import { checkWebhookClientConfig } from '../meta/webhook-client-config.ts';
import type { Webhook } from './webhook.ts';

const webhooksPath = FieldPath.root.child('webhooks');
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MAX_MATCH_CONDITIONS = 64;

/** Judges all webhooks of a configuration. */
export function checkWebhooks(webhooks: readonly Webhook[] | undefined, report: IssueReport): void {
  const names = new Set<string>();
  for (const [i, webhook] of (webhooks ?? []).entries()) {
    const path = webhooksPath.index(i);
    if (names.has(webhook.name)) report.duplicate(path.child('name'), webhook.name);
    names.add(webhook.name);
    checkWebhook(path, webhook, report);
  }
}

function checkWebhook(path: FieldPath, webhook: Webhook, report: IssueReport): void {
  checkFullName(path.child('name'), webhook.name, report);
  checkReviewVersions(path.child('admissionReviewVersions'), webhook.admissionReviewVersions, report);
  checkWebhookClientConfig(path.child('clientConfig'), webhook.clientConfig, report);
  checkLabelSelector(path.child('namespaceSelector'), webhook.namespaceSelector, report);
  checkLabelSelector(path.child('objectSelector'), webhook.objectSelector, report);
  if (webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
    report.notSupported(path.child('sideEffects'), webhook.sideEffects, ['None', 'NoneOnDryRun']);
  }
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > 30)) {
    report.invalid(path.child('timeoutSeconds'), seconds, 'the timeout value must be between 1 and 30 seconds');
  }
  for (const [i, rule] of (webhook.rules ?? []).entries()) checkRule(path.child('rules').index(i), rule, report);
  checkMatchConditions(path.child('matchConditions'), webhook.matchConditions ?? [], report);
}

function checkFullName(path: FieldPath, name: string, report: IssueReport): void {
  if (name === '') {
    report.required(path);
    return;
  }
  const problems = dns1123SubdomainProblems(name);
  for (const problem of problems) report.invalid(path, name, problem);
  if (problems.length === 0 && name.split('.').length < 3) {
    report.invalid(path, name, 'should be a domain with at least three segments separated by dots');
  }
}

function checkReviewVersions(path: FieldPath, versions: readonly string[], report: IssueReport): void {
  if (versions.length === 0) {
    report.required(path, `must specify one of ${REVIEW_VERSIONS.join(', ')}`);
    return;
  }
  const seen = new Set<string>();
  for (const [i, version] of versions.entries()) {
    if (seen.has(version)) report.duplicate(path.index(i), version);
    seen.add(version);
    for (const problem of dns1035LabelProblems(version)) report.invalid(path.index(i), version, problem);
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    report.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
  }
}

function checkRule(path: FieldPath, rule: NonNullable<Webhook['rules']>[number], report: IssueReport): void {
  const words = { operations: 'operations', apiGroups: 'API groups', apiVersions: 'API versions' } as const;
  for (const [field, word] of Object.entries(words)) {
    const entries: readonly string[] = rule[field as keyof typeof words] ?? [];
    const at = path.child(field);
    if (entries.length === 0) report.required(at);
    if (entries.length > 1 && entries.includes('*')) {
      report.invalid(at, entries, `if '*' is present, must not specify other ${word}`);
    }
    if (field === 'apiVersions' && entries.includes('')) report.required(at.index(entries.indexOf('')));
  }
  const resources = rule.resources ?? [];
  const at = path.child('resources');
  if (resources.length === 0) report.required(at);
  if (resources.includes('*/*') && resources.length > 1) {
    report.invalid(at, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes('*') && resources.some((resource) => resource !== '*' && !resource.includes('/'))) {
    report.invalid(at, resources, "if '*' is present, must not specify other resources without subresources");
  }
  for (const [i, resource] of resources.entries()) if (resource === '') report.required(at.index(i));
}

function checkMatchConditions(
  path: FieldPath,
  conditions: NonNullable<Webhook['matchConditions']>,
  report: IssueReport,
): void {
  if (conditions.length > MAX_MATCH_CONDITIONS) report.tooMany(path, conditions.length, MAX_MATCH_CONDITIONS);
  const names = new Set<string>();
  for (const [i, { name, expression }] of conditions.entries()) {
    const at = path.index(i);
    if (expression.trim() === '') report.required(at.child('expression'));
    if (name === '') report.required(at.child('name'));
    else for (const problem of qualifiedNameProblems(name)) report.invalid(at.child('name'), name, problem);
    if (names.has(name)) report.duplicate(at.child('name'), name);
    names.add(name);
  }
}

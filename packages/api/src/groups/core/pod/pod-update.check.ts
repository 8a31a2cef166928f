/** What may change in a pod once it exists. */
import { FieldPath, type IssueReport } from '../../../schema/index.ts';
import { deepEqual } from '../../../validation/deep-equal.ts';
import type { Container } from './container.ts';
import type { PodSpec } from './pod-spec.ts';

const specPath = FieldPath.root.child('spec');
const MESSAGE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Judges an update of a pod; each subresource changes its own part. */
export function checkPodUpdate(
  spec: PodSpec,
  old: PodSpec,
  subresource: string | undefined,
  report: IssueReport,
): void {
  if (subresource === 'status') return;
  if (subresource === 'ephemeralcontainers') {
    checkEphemeralContainers(spec, old, report);
    return;
  }
  const allowed = withAllowedChanges(spec, old, subresource);
  checkTolerations(spec, old, report);
  checkDeadline(spec, old, report);
  if (!deepEqual(allowed, spec))
    report.forbidden(specPath, `${MESSAGE}; changed: ${changedFields(spec, allowed).join(', ')}`);
}

/** The old spec with those changes of the new one that this write may make. */
function withAllowedChanges(spec: PodSpec, old: PodSpec, subresource: string | undefined): PodSpec {
  const kept: PodSpec = { ...old };
  kept.containers = withImages(old.containers, spec.containers, subresource);
  if (old.initContainers !== undefined) {
    kept.initContainers = withImages(old.initContainers, spec.initContainers ?? [], subresource);
  }
  copy(kept, spec, 'tolerations');
  copy(kept, spec, 'activeDeadlineSeconds');
  if ((old.terminationGracePeriodSeconds ?? 0) < 0) copy(kept, spec, 'terminationGracePeriodSeconds');
  if (subresource === 'binding' && (old.nodeName ?? '') === '') copy(kept, spec, 'nodeName');
  if (isSubset(spec.schedulingGates, old.schedulingGates)) copy(kept, spec, 'schedulingGates');
  // A pod that still waits at a gate may be narrowed to fewer nodes.
  if ((old.schedulingGates ?? []).length > 0) {
    copy(kept, spec, 'affinity');
    if (keepsEntries(spec.nodeSelector, old.nodeSelector)) copy(kept, spec, 'nodeSelector');
  }
  return kept;
}

function copy<K extends keyof PodSpec>(to: PodSpec, from: PodSpec, field: K): void {
  const value = from[field];
  if (value === undefined) delete (to as Partial<PodSpec>)[field];
  else to[field] = value;
}

function withImages(
  old: readonly Container[],
  next: readonly Container[],
  subresource: string | undefined,
): Container[] {
  if (old.length !== next.length) return [...old];
  return old.map((one, i) => {
    const image = next[i]?.image;
    const changed: Container = { ...one, ...(image === undefined || image === '' ? {} : { image }) };
    const resources = next[i]?.resources;
    if (subresource === 'resize' && resources !== undefined) changed.resources = resources;
    return changed;
  });
}

function isSubset(next: PodSpec['schedulingGates'], old: PodSpec['schedulingGates']): boolean {
  return (next ?? []).every((gate) => (old ?? []).some((other) => other.name === gate.name));
}

function keepsEntries(next: Record<string, string> = {}, old: Record<string, string> = {}): boolean {
  return Object.entries(old).every(([key, value]) => next[key] === value);
}

function checkTolerations(spec: PodSpec, old: PodSpec, report: IssueReport): void {
  const next = spec.tolerations ?? [];
  const isMissing = (old.tolerations ?? []).some(
    (before) =>
      !next.some((now) =>
        deepEqual({ ...now, tolerationSeconds: undefined }, { ...before, tolerationSeconds: undefined }),
      ),
  );
  if (isMissing)
    report.forbidden(
      specPath.child('tolerations'),
      'existing toleration can not be modified except its tolerationSeconds',
    );
}

function checkDeadline(spec: PodSpec, old: PodSpec, report: IssueReport): void {
  const before = old.activeDeadlineSeconds;
  const now = spec.activeDeadlineSeconds;
  const path = specPath.child('activeDeadlineSeconds');
  if (before === undefined) return;
  if (now === undefined) report.invalid(path, now, 'must not update from a positive integer to nil value');
  else if (now > before) report.invalid(path, now, 'must be less than or equal to previous value');
}

function checkEphemeralContainers(spec: PodSpec, old: PodSpec, report: IssueReport): void {
  const path = specPath.child('ephemeralContainers');
  for (const before of old.ephemeralContainers ?? []) {
    const now = (spec.ephemeralContainers ?? []).find((one) => one.name === before.name);
    if (now === undefined) report.forbidden(path, `existing ephemeral containers "${before.name}" may not be removed`);
    else if (!deepEqual(now, before)) {
      report.forbidden(path, `existing ephemeral containers "${before.name}" may not be changed`);
    }
  }
}

function changedFields(a: PodSpec, b: PodSpec): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => !deepEqual(a[name as keyof PodSpec], b[name as keyof PodSpec])).toSorted();
}

/** The rules of claims on storage. */
import { parseQuantity } from '@weft/core';
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { checkLabelSelector } from '../../validation/label-selector.ts';
import { dns1123SubdomainProblems } from '../../validation/names.ts';
import type { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';

/** Judges what a claim asks of storage. */
export function checkPersistentVolumeClaimSpec(
  path: FieldPath,
  spec: PersistentVolumeClaimSpec,
  report: IssueReport,
): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) report.required(path.child('accessModes'), 'at least 1 access mode is required');
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    const message = 'may not use ReadWriteOncePod with other access modes';
    report.forbidden(path.child('accessModes'), message);
  }
  checkLabelSelector(path.child('selector'), spec.selector, report);
  const at = path.child('resources').key('storage');
  const size = spec.resources?.requests?.['storage'];
  if (size === undefined) report.required(at);
  else if ((parseQuantity(size)?.nanos ?? 1n) <= 0n) report.invalid(at, size, 'must be greater than zero');
  const className = spec.storageClassName ?? '';
  for (const problem of className === '' ? [] : dns1123SubdomainProblems(className)) {
    report.invalid(path.child('storageClassName'), className, problem);
  }
}

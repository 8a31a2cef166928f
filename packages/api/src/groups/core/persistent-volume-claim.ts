import { compareQuantities, parseQuantity } from '@weft/core';
import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';
import { ageColumn } from '../meta/index.ts';
import { checkPersistentVolumeClaimSpec } from './persistent-volume-claim.check.ts';
import { type PersistentVolumeClaimStatus, persistentVolumeClaimFields } from './persistent-volume-claim-fields.ts';
import type { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';
import { canonicalizeResources } from './resources.ts';

interface ClaimParts {
  readonly spec?: PersistentVolumeClaimSpec;
  readonly status?: PersistentVolumeClaimStatus;
}

const as = (object: ApiObject): ClaimParts => object as ClaimParts;
const specPath = FieldPath.root.child('spec');
const SHORT_MODES = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };
const UNSET = '<unset>';

/** Asks for storage that outlives pods. */
export const persistentVolumeClaim = defineBuiltin({
  group: '',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  scope: 'Namespaced',
  hasGeneration: false,
  hasStatus: true,
  description: 'Asks for storage that outlives pods.',
  fields: persistentVolumeClaimFields,
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Status',
      type: 'string',
      description: 'Where the claim is in its life.',
      value: (o) => (o.metadata.deletionTimestamp === undefined ? (as(o).status?.phase ?? '') : 'Terminating'),
    },
    { name: 'Volume', type: 'string', description: 'Volume of the claim.', value: (o) => as(o).spec?.volumeName ?? '' },
    {
      name: 'Capacity',
      type: 'string',
      description: 'Size of the volume.',
      value: (o) => (hasVolume(o) ? (as(o).status?.capacity?.['storage'] ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'Ways in which the volume can be mounted.',
      value: (o) => (hasVolume(o) ? (as(o).status?.accessModes ?? []).map((mode) => SHORT_MODES[mode]).join(',') : ''),
    },
    {
      name: 'StorageClass',
      type: 'string',
      description: 'Class of storage.',
      value: (o) => as(o).spec?.storageClassName ?? '',
    },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'Class of changeable attributes.',
      value: (o) => as(o).spec?.volumeAttributesClassName ?? UNSET,
    },
    ageColumn,
    {
      name: 'VolumeMode',
      type: 'string',
      priority: 1,
      description: 'File system or raw device.',
      value: (o) => as(o).spec?.volumeMode ?? UNSET,
    },
  ],
  initialStatus: () => ({ phase: 'Pending' }),
  applyDefaults({ spec }) {
    canonicalizeResources(spec?.resources?.requests);
    canonicalizeResources(spec?.resources?.limits);
  },
  check({ spec }, report, context) {
    if (spec === undefined) return;
    checkPersistentVolumeClaimSpec(specPath, spec, report);
    if (context.old !== undefined) checkClaimUpdate(spec, as(context.old), report);
  },
});

/** Asks for storage that outlives pods. */
export type PersistentVolumeClaim = ObjectOf<typeof persistentVolumeClaim>;

function hasVolume(object: ApiObject): boolean {
  return (as(object).spec?.volumeName ?? '') !== '';
}

function checkClaimUpdate(spec: PersistentVolumeClaimSpec, old: ClaimParts, report: IssueReport): void {
  const before = old.spec;
  if (before === undefined) return;
  const allowed: PersistentVolumeClaimSpec = { ...before };
  if (spec.resources !== undefined) allowed.resources = { ...before.resources, ...pick(spec.resources) };
  if ((before.volumeName ?? '') === '' && spec.volumeName !== undefined) allowed.volumeName = spec.volumeName;
  if (before.storageClassName === undefined && spec.storageClassName !== undefined) {
    allowed.storageClassName = spec.storageClassName;
  }
  if (spec.volumeAttributesClassName !== undefined) allowed.volumeAttributesClassName = spec.volumeAttributesClassName;
  if (!deepEqual(allowed, spec)) {
    const message =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    report.forbidden(specPath, message);
  }
  const now = parseQuantity(spec.resources?.requests?.['storage'] ?? '');
  const then = parseQuantity(before.resources?.requests?.['storage'] ?? '');
  const isSmaller = now !== undefined && then !== undefined && compareQuantities(now, then) < 0;
  if (isSmaller) {
    const path = specPath.child('resources', 'requests', 'storage');
    report.forbidden(path, 'field can not be less than status.capacity');
  }
}

function pick(resources: NonNullable<PersistentVolumeClaimSpec['resources']>): { requests?: Record<string, string> } {
  return resources.requests === undefined ? {} : { requests: resources.requests };
}

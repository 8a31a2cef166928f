import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import type { IssueReport } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';
import { checkAtMostHundredPercent, checkPositiveIntOrPercent, parsePercent } from '../../validation/int-or-percent.ts';
import { dns1123LabelProblems } from '../../validation/names.ts';
import { checkPersistentVolumeClaimSpec } from '../core/persistent-volume-claim.check.ts';
import { applyPodSpecDefaults } from '../core/pod/pod-spec.defaults.ts';
import { checkRunningTemplate, checkSelectsTemplate } from '../core/pod/pod-template.check.ts';
import type { PodTemplateSpec } from '../core/pod/pod-template.ts';
import { canonicalizeResources } from '../core/resources.ts';
import { ageColumn, alwaysPresent } from '../meta/index.ts';
import {
  type StatefulSetSpec,
  type StatefulSetStatus,
  statefulSetSpec,
  statefulSetStatus,
} from './stateful-set-spec.ts';
import { checkNonNegative, oldSpecOf, specPath } from './workload.check.ts';
import { containerColumns } from './workload.columns.ts';

const MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;
const UPDATE_PROBLEM = `updates to statefulset spec for fields other than ${MUTABLE.slice(0, -1)
  .map((field) => `'${field}'`)
  .join(', ')} and 'minReadySeconds' are forbidden`;
const RETENTION = ['Delete', 'Retain'];

/** Keeps numbered pods running, each with its own name and storage. */
export const statefulSet = defineBuiltin({
  group: 'apps',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  nameRule: 'dns-label',
  hasStatus: true,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.spec.selector',
  },
  description: 'Keeps numbered pods running, each with its own name and storage.',
  fields: { spec: alwaysPresent(statefulSetSpec), status: alwaysPresent(statefulSetStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of those wanted.',
      value: (object) => {
        const { spec, status } = object as { spec?: StatefulSetSpec; status?: StatefulSetStatus };
        return `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`;
      },
    },
    ageColumn,
    ...containerColumns,
  ],
  initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    if (spec.template.spec !== undefined) applyPodSpecDefaults(spec.template.spec);
    if (spec.updateStrategy?.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate = { partition: 0, ...spec.updateStrategy.rollingUpdate };
    }
    for (const claim of spec.volumeClaimTemplates ?? []) {
      canonicalizeResources(claim.spec?.resources?.requests);
      canonicalizeResources(claim.spec?.resources?.limits);
      claim.status = { phase: 'Pending', ...claim.status };
    }
  },
  check({ spec }, report, context) {
    if (spec !== undefined) checkStatefulSet(spec, oldSpecOf(context.old), report);
  },
});

/** Keeps numbered pods running. */
export type StatefulSet = ObjectOf<typeof statefulSet>;

function checkStatefulSet(spec: StatefulSetSpec, old: StatefulSetSpec | undefined, report: IssueReport): void {
  checkNonNegative(specPath, spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit'], report);
  checkNonNegative(specPath.child('ordinals'), spec.ordinals ?? {}, ['start'], report);
  checkSelectsTemplate(specPath, spec.selector, spec.template, 'statefulset', report);
  const { serviceName = '' } = spec;
  for (const problem of serviceName === '' || serviceName === old?.serviceName
    ? []
    : dns1123LabelProblems(serviceName)) {
    report.invalid(specPath.child('serviceName'), serviceName, problem);
  }
  if (old === undefined) {
    for (const [i, claim] of (spec.volumeClaimTemplates ?? []).entries()) {
      const at = specPath.child('volumeClaimTemplates').index(i);
      if ((claim.metadata?.name ?? '') === '') report.required(at.child('metadata', 'name'));
      checkPersistentVolumeClaimSpec(at.child('spec'), claim.spec ?? {}, report);
    }
  }
  checkRunningTemplate(specPath.child('template'), withClaims(spec), 'StatefulSet', report);
  checkUpdateStrategy(spec.updateStrategy, report);
  const policy = spec.persistentVolumeClaimRetentionPolicy ?? {};
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const value = policy[field];
    if (value === undefined || RETENTION.includes(value)) continue;
    report.notSupported(specPath.child('persistentVolumeClaimRetentionPolicy', field), value, RETENTION);
  }
  if (old === undefined) return;
  const allowed = { ...old };
  for (const field of MUTABLE) Object.assign(allowed, { [field]: spec[field] });
  if (!deepEqual(allowed, spec)) report.forbidden(specPath, UPDATE_PROBLEM);
}

/** Mounts may name claim templates, which become volumes of each pod. */
function withClaims(spec: StatefulSetSpec): PodTemplateSpec {
  const { template } = spec;
  if (template.spec === undefined) return template;
  const known = new Set((template.spec.volumes ?? []).map((volume) => volume.name));
  const claims = (spec.volumeClaimTemplates ?? [])
    .map((claim) => claim.metadata?.name ?? '')
    .filter((name) => name !== '' && !known.has(name))
    .map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...claims] } };
}

function checkUpdateStrategy(strategy: StatefulSetSpec['updateStrategy'], report: IssueReport): void {
  const path = specPath.child('updateStrategy', 'rollingUpdate');
  const rolling = strategy?.rollingUpdate;
  if (rolling === undefined) return;
  if (strategy?.type === 'OnDelete') {
    report.invalid(path, rolling, "only allowed for updateStrategy 'RollingUpdate'");
    return;
  }
  checkNonNegative(path, rolling, ['partition'], report);
  const { maxUnavailable } = rolling;
  if (maxUnavailable === undefined) return;
  const at = path.child('maxUnavailable');
  checkPositiveIntOrPercent(at, maxUnavailable, report);
  if (maxUnavailable === 0 || parsePercent(maxUnavailable) === 0) report.invalid(at, maxUnavailable, 'cannot be 0');
  checkAtMostHundredPercent(at, maxUnavailable, report);
}

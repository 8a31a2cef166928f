import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import {
  boolean,
  enumeration,
  FieldPath,
  type Infer,
  type IssueReport,
  integer,
  object,
  required,
} from '../../schema/index.ts';
import {
  checkAtMostHundredPercent,
  checkPositiveIntOrPercent,
  intOrPercent,
  parsePercent,
} from '../../validation/int-or-percent.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { applyPodSpecDefaults } from '../core/pod/pod-spec.defaults.ts';
import { checkRunningTemplate, checkSelectsTemplate } from '../core/pod/pod-template.check.ts';
import { podTemplateSpec } from '../core/pod/pod-template.ts';
import { ageColumn, alwaysPresent } from '../meta/index.ts';
import { checkNonNegative, checkUnchanged, oldSpecOf, specPath } from './workload.check.ts';
import { containerColumns, countColumn, selectorColumn } from './workload.columns.ts';
import { workloadConditions } from './workload-condition.ts';

const APPS = 'io.k8s.api.apps.v1';

const strategy = object(
  'How old pods are replaced by new ones.',
  {
    type: enumeration(
      'Recreate: all old pods go first; RollingUpdate: one after the other.',
      ['Recreate', 'RollingUpdate'],
      {
        default: 'RollingUpdate',
      },
    ),
    rollingUpdate: object(
      'Limits of a rolling update.',
      {
        maxUnavailable: intOrPercent('Pods that may be missing, as a number or share.'),
        maxSurge: intOrPercent('Pods that may be too many, as a number or share.'),
      },
      { name: `${APPS}.RollingUpdateDeployment` },
    ),
  },
  { name: `${APPS}.DeploymentStrategy`, patch: { strategy: 'retainKeys' } },
);

const deploymentSpec = object(
  'Which pods should run, and how they are replaced.',
  {
    replicas: integer('How many pods should run.', { default: 1 }),
    selector: required(labelSelector('Pods that belong to the deployment; cannot be changed.')),
    template: required(podTemplateSpec),
    strategy: alwaysPresent(strategy),
    minReadySeconds: integer('Seconds for which a new pod must be ready to count as available.'),
    revisionHistoryLimit: integer('Old replica sets that are kept for a rollback.', { default: 10 }),
    paused: boolean('Changes of the template are not rolled out.'),
    progressDeadlineSeconds: integer('Seconds without progress after which a rollout counts as failed.', {
      default: 600,
    }),
  },
  { name: `${APPS}.DeploymentSpec` },
);

/** Which pods a deployment runs. */
export type DeploymentSpec = Infer<typeof deploymentSpec>;

const deploymentStatus = object(
  'How far the deployment is.',
  {
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    replicas: integer('Pods that exist.'),
    updatedReplicas: integer('Pods of the current template.'),
    readyReplicas: integer('Pods that are ready.'),
    availableReplicas: integer('Pods that have been ready for long enough.'),
    unavailableReplicas: integer('Pods that are missing.'),
    terminatingReplicas: integer('Pods that are ending.'),
    conditions: workloadConditions(`${APPS}.DeploymentCondition`, true),
    collisionCount: integer('Collisions of replica set names so far.'),
  },
  { name: `${APPS}.DeploymentStatus` },
);

/** How far a deployment is. */
export type DeploymentStatus = Infer<typeof deploymentStatus>;

/** Keeps a number of equal pods running and replaces them step by step. */
export const deployment = defineBuiltin({
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  hasStatus: true,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.spec.selector',
  },
  description: 'Keeps a number of equal pods running and replaces them step by step.',
  fields: { spec: alwaysPresent(deploymentSpec), status: alwaysPresent(deploymentStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of those wanted.',
      value: (object) => {
        const { spec, status } = object as { spec?: DeploymentSpec; status?: Infer<typeof deploymentStatus> };
        return `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`;
      },
    },
    {
      ...countColumn('Up-to-date', 'status', 'updatedReplicas', 'Pods of the current template.'),
      declaredType: 'string',
    },
    {
      ...countColumn('Available', 'status', 'availableReplicas', 'Pods that have been ready for long enough.'),
      declaredType: 'string',
    },
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    if (spec.template.spec !== undefined) applyPodSpecDefaults(spec.template.spec);
    if (spec.strategy?.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
    }
  },
  check({ spec, status }, report, context) {
    if (spec !== undefined) checkDeployment(spec, oldSpecOf(context.old), report);
    if (context.subresource === 'status' && status !== undefined) checkStatus(status, report);
  },
});

/** Keeps a number of equal pods running. */
export type Deployment = ObjectOf<typeof deployment>;

const COUNTS = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'] as const;

function checkStatus(status: DeploymentStatus, report: IssueReport): void {
  const path = FieldPath.root.child('status');
  checkNonNegative(path, status, ['observedGeneration', ...COUNTS, 'collisionCount'], report);
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const field of ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    const count = status[field] ?? 0;
    if (count > replicas) report.invalid(path.child(field), count, 'cannot be greater than status.replicas');
  }
  if (availableReplicas > readyReplicas) {
    report.invalid(path.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas');
  }
}

function checkDeployment(spec: DeploymentSpec, old: DeploymentSpec | undefined, report: IssueReport): void {
  const counts = ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'] as const;
  checkNonNegative(specPath, spec, counts, report);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) {
    report.invalid(specPath.child('progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds');
  }
  checkSelectsTemplate(specPath, spec.selector, spec.template, 'deployment', report);
  checkRunningTemplate(specPath.child('template'), spec.template, 'ReplicaSet', report);
  checkStrategy(spec.strategy, report);
  checkUnchanged(specPath, spec, old, ['selector'], report);
}

function checkStrategy(given: DeploymentSpec['strategy'], report: IssueReport): void {
  const path = specPath.child('strategy', 'rollingUpdate');
  const rolling = given?.rollingUpdate;
  if (rolling === undefined) return;
  if (given?.type === 'Recreate') {
    report.forbidden(path, "may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  const { maxUnavailable, maxSurge } = rolling;
  checkPositiveIntOrPercent(path.child('maxUnavailable'), maxUnavailable, report);
  checkPositiveIntOrPercent(path.child('maxSurge'), maxSurge, report);
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    report.invalid(path.child('maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  }
  checkAtMostHundredPercent(path.child('maxUnavailable'), maxUnavailable, report);
}

function isZero(value: number | string | undefined): boolean {
  return value === 0 || parsePercent(value) === 0;
}

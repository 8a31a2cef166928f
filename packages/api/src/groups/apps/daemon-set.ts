import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { enumeration, type Infer, type IssueReport, integer, object, required } from '../../schema/index.ts';
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
import { ageColumn, alwaysPresent, formatLabels } from '../meta/index.ts';
import { checkNonNegative, checkUnchanged, oldSpecOf, specPath } from './workload.check.ts';
import { containerColumns, countColumn, selectorColumn } from './workload.columns.ts';
import { workloadConditions } from './workload-condition.ts';

const APPS = 'io.k8s.api.apps.v1';

const updateStrategy = object(
  'How old pods are replaced by new ones.',
  {
    type: enumeration(
      'RollingUpdate: by the controller; OnDelete: when somebody deletes them.',
      ['OnDelete', 'RollingUpdate'],
      {
        default: 'RollingUpdate',
      },
    ),
    rollingUpdate: object(
      'Limits of a rolling update.',
      {
        maxUnavailable: intOrPercent('Nodes whose pod may be missing, as a number or share.'),
        maxSurge: intOrPercent('Nodes that may have an old and a new pod, as a number or share.'),
      },
      { name: `${APPS}.RollingUpdateDaemonSet` },
    ),
  },
  { name: `${APPS}.DaemonSetUpdateStrategy` },
);

const daemonSetSpec = object(
  'Which pod runs on every node.',
  {
    selector: required(labelSelector('Pods that belong to the set; cannot be changed.')),
    template: required(podTemplateSpec),
    updateStrategy: alwaysPresent(updateStrategy),
    minReadySeconds: integer('Seconds for which a new pod must be ready to count as available.'),
    revisionHistoryLimit: integer('Old revisions that are kept.', { default: 10 }),
  },
  { name: `${APPS}.DaemonSetSpec` },
);

/** Which pod a daemon set runs on every node. */
export type DaemonSetSpec = Infer<typeof daemonSetSpec>;

const daemonSetStatus = object(
  'On how many nodes the pod runs.',
  {
    currentNumberScheduled: required(integer('Nodes that should run the pod and do.', { default: 0 })),
    numberMisscheduled: required(integer('Nodes that run the pod and should not.', { default: 0 })),
    desiredNumberScheduled: required(integer('Nodes that should run the pod.', { default: 0 })),
    numberReady: required(integer('Nodes whose pod is ready.', { default: 0 })),
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    updatedNumberScheduled: integer('Nodes that run the current template.'),
    numberAvailable: integer('Nodes whose pod has been ready for long enough.'),
    numberUnavailable: integer('Nodes whose pod is missing.'),
    collisionCount: integer('Collisions of revision names so far.'),
    conditions: workloadConditions(`${APPS}.DaemonSetCondition`),
  },
  { name: `${APPS}.DaemonSetStatus` },
);

/** Keeps one pod running on every node. */
export const daemonSet = defineBuiltin({
  group: 'apps',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  hasStatus: true,
  description: 'Keeps one pod running on every node.',
  fields: { spec: alwaysPresent(daemonSetSpec), status: alwaysPresent(daemonSetStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    countColumn('Desired', 'status', 'desiredNumberScheduled', 'Nodes that should run the pod.'),
    countColumn('Current', 'status', 'currentNumberScheduled', 'Nodes that should run the pod and do.'),
    countColumn('Ready', 'status', 'numberReady', 'Nodes whose pod is ready.'),
    countColumn('Up-to-date', 'status', 'updatedNumberScheduled', 'Nodes that run the current template.'),
    countColumn('Available', 'status', 'numberAvailable', 'Nodes whose pod has been ready for long enough.'),
    {
      name: 'Node Selector',
      type: 'string',
      description: 'Labels of the nodes.',
      value: (object) => formatLabels((object['spec'] as DaemonSetSpec | undefined)?.template.spec?.nodeSelector),
    },
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  initialStatus: () => ({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }),
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    if (spec.template.spec !== undefined) applyPodSpecDefaults(spec.template.spec);
    if (spec.updateStrategy?.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
    }
  },
  check({ spec }, report, context) {
    if (spec === undefined) return;
    checkNonNegative(specPath, spec, ['minReadySeconds', 'revisionHistoryLimit'], report);
    checkSelectsTemplate(specPath, spec.selector, spec.template, 'daemonset', report);
    checkRunningTemplate(specPath.child('template'), spec.template, 'DaemonSet', report);
    checkUpdateStrategy(spec.updateStrategy, report);
    checkUnchanged(specPath, spec, oldSpecOf(context.old), ['selector'], report);
  },
});

/** Keeps one pod running on every node. */
export type DaemonSet = ObjectOf<typeof daemonSet>;

function checkUpdateStrategy(strategy: DaemonSetSpec['updateStrategy'], report: IssueReport): void {
  if (strategy?.type !== 'RollingUpdate' || strategy.rollingUpdate === undefined) return;
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const path = specPath.child('updateStrategy', 'rollingUpdate');
  checkPositiveIntOrPercent(path.child('maxUnavailable'), maxUnavailable, report);
  checkPositiveIntOrPercent(path.child('maxSurge'), maxSurge, report);
  checkAtMostHundredPercent(path.child('maxUnavailable'), maxUnavailable, report);
  checkAtMostHundredPercent(path.child('maxSurge'), maxSurge, report);
  if (isSome(maxUnavailable) && isSome(maxSurge)) {
    report.invalid(path.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero');
  } else if (!isSome(maxUnavailable) && !isSome(maxSurge)) {
    report.required(path.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0');
  }
}

function isSome(value: number | string | undefined): boolean {
  return value !== undefined && value !== 0 && parsePercent(value) !== 0;
}
